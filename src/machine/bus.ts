/**
 * Everything outside RAM that a hart can reach: the devices by address, and the bytes between guest accesses and device
 * registers. One bus for each hart, on its worker; the devices' state is in the one memory (machine.md, Physical map).
 */
import type { Device, DeviceAccess } from './devices/device.ts';

export class Bus {
  private readonly devices: readonly Device[];
  private readonly bytes: DataView;
  private readonly access: DeviceAccess;

  /** Windows of `devices` must not overlap. */
  constructor(memory: WebAssembly.Memory, hart: number, devices: readonly Device[]) {
    this.devices = devices;
    this.bytes = new DataView(memory.buffer);
    this.access = { hart, instance: 0, offset: 0, width: 0, lo: 0, hi: 0 };
  }

  /** Reads 1, 2, 4 or 8 bytes at a guest-physical address into host memory at `into`. False: access fault. */
  read(instance: number, address: number, width: number, into: number): boolean {
    const device = this.find(address, width);
    if (device === undefined) return false;
    const access = this.prepare(device, instance, address, width);
    if (!device.read(access)) return false;
    if (width === 1) {
      this.bytes.setUint8(into, access.lo);
    } else if (width === 2) {
      this.bytes.setUint16(into, access.lo, true);
    } else {
      this.bytes.setInt32(into, access.lo, true);
      if (width === 8) this.bytes.setInt32(into + 4, access.hi, true);
    }
    return true;
  }

  /** Writes 1, 2, 4 or 8 bytes from host memory at `from` to a guest-physical address. False: access fault. */
  write(instance: number, address: number, width: number, from: number): boolean {
    const device = this.find(address, width);
    if (device === undefined) return false;
    const access = this.prepare(device, instance, address, width);
    if (width === 1) {
      access.lo = this.bytes.getUint8(from);
    } else if (width === 2) {
      access.lo = this.bytes.getUint16(from, true);
    } else {
      access.lo = this.bytes.getInt32(from, true);
      if (width === 8) access.hi = this.bytes.getInt32(from + 4, true);
    }
    return device.write(access);
  }

  /** The device whose window holds the whole access. Devices take aligned accesses only, so that none straddles registers. */
  private find(address: number, width: number): Device | undefined {
    if (address % width !== 0) return undefined;
    return this.devices.find(({ base, size }) => address >= base && address + width <= base + size);
  }

  private prepare(device: Device, instance: number, address: number, width: number): DeviceAccess {
    const { access } = this;
    access.instance = instance;
    access.offset = address - device.base;
    access.width = width;
    access.lo = 0;
    access.hi = 0;
    return access;
  }
}
