/** For tests of pool devices: a driver on the real bus, with its rings in guest memory. */
import { Gate } from '../../gate.ts';
import { createMemory } from '../../memory.ts';
import { HEADER, PAGE_OWNER, RAM_BASE, RAM_HOST } from '../../../protocol/layout.ts';
import type { MachineMode } from '../../../protocol/machine-view.ts';
import { POOL_DEVICES, slotAddress, type PoolDeviceName } from '../../../protocol/pool-devices.ts';
import { Guest } from '../devices.testkit.ts';
import { DeviceWords } from './device-words.ts';
import { VirtioSlots } from './slots.ts';

export const INSTANCE_ID = 1;
/** Pages of the driver; page 8 and what follows is somebody else's. */
const OWN_PAGES = 8;
export const FOREIGN = RAM_BASE + OWN_PAGES * 4096;
/** Where the driver has its rings and buffers. */
export const TABLE: number = RAM_BASE;
export const AVAILABLE = RAM_BASE + 0x1000;
export const USED = RAM_BASE + 0x2000;
export const BUFFERS = RAM_BASE + 0x3000;
export const QUEUE_SIZE = 8;

export const FLAGS = { NEXT: 1, WRITE: 2, INDIRECT: 4 } as const;

export interface TestDescriptor {
  readonly address: number | bigint;
  readonly length: number;
  readonly flags: number;
  readonly next?: number;
}

/** A machine with all pool devices, hart 0 with instance 1, and `name` in its slot `slot`. */
export function machineWith(name: PoolDeviceName, slot = 0, mode: MachineMode = 'parallel', seed = 0) {
  const memory = createMemory({
    harts: 2,
    memory: 0x20_0000,
    isolation: 'enforced',
    mode,
    seed,
    devices: POOL_DEVICES.map((device) => device.name),
  });
  const bytes = new Uint8Array(memory.buffer);
  bytes[HEADER.HART_OWNER] = INSTANCE_ID + 1;
  bytes.fill(INSTANCE_ID + 1, PAGE_OWNER, PAGE_OWNER + OWN_PAGES);
  const words = new DeviceWords(
    new Int32Array(memory.buffer),
    POOL_DEVICES.findIndex((device) => device.name === name),
  );
  words.setPlace({ instance: INSTANCE_ID, slot });
  return { memory, words, driver: new Driver(memory, slot) };
}

export class Driver {
  readonly refused: number[] = [];
  readonly view: DataView;
  private readonly guest: Guest;
  private readonly base: number;
  private made = 0;

  constructor(memory: WebAssembly.Memory, slot: number, instance = INSTANCE_ID, hart = 0) {
    const slots = new VirtioSlots(memory, new Gate(memory), (address) => this.refused.push(address));
    this.guest = new Guest(memory, hart, instance, slots);
    this.base = slotAddress(slot);
    this.view = new DataView(memory.buffer, RAM_HOST);
  }

  read(register: number, width = 4): number {
    return Number(this.guest.read(this.base + register, width));
  }

  write(register: number, value: number, width = 4): void {
    this.guest.write(this.base + register, BigInt(value), width);
  }

  /** Negotiates: bits 0 … 31 and 32 … 63. Returns the status after FEATURES_OK. */
  negotiate(low: number, high = 1): number {
    this.write(0x70, 0);
    this.write(0x70, 3);
    this.write(0x24, 0);
    this.write(0x20, low);
    this.write(0x24, 1);
    this.write(0x20, high);
    this.write(0x70, 0xb);
    return this.read(0x70);
  }

  /** Brings the device to life with a queue of QUEUE_SIZE, or as said. */
  start(
    options: { readonly low?: number; readonly size?: number; readonly at?: readonly number[] } = {},
  ): void {
    this.negotiate(options.low ?? 0);
    const [table, available, used] = options.at ?? [TABLE, AVAILABLE, USED];
    this.write(0x30, 0);
    this.write(0x38, options.size ?? QUEUE_SIZE);
    for (const [register, address] of [
      [0x80, table],
      [0x90, available],
      [0xa0, used],
    ] as const) {
      this.write(register, (address ?? 0) % 2 ** 32);
      this.write(register + 4, Math.floor((address ?? 0) / 2 ** 32));
    }
    this.write(0x44, 1);
    this.write(0x70, 0xf);
    this.made = 0;
  }

  descriptor(index: number, { address, length, flags, next = 0 }: TestDescriptor, table = TABLE): void {
    const at = table - RAM_BASE + 16 * index;
    this.view.setBigUint64(at, BigInt.asUintN(64, BigInt(address)), true);
    this.view.setUint32(at + 8, length, true);
    this.view.setUint16(at + 12, flags, true);
    this.view.setUint16(at + 14, next, true);
  }

  /** Makes chains available, by their heads, and notifies. */
  offer(...heads: readonly number[]): void {
    for (const head of heads) {
      this.view.setUint16(AVAILABLE - RAM_BASE + 4 + 2 * (this.made % QUEUE_SIZE), head, true);
      this.made = (this.made + 1) & 0xffff;
    }
    this.setAvailable(this.made);
    this.notify();
  }

  setAvailable(index: number): void {
    this.view.setUint16(AVAILABLE - RAM_BASE + 2, index, true);
  }

  notify(): void {
    this.write(0x50, 0);
  }

  usedIndex(): number {
    return this.view.getUint16(USED - RAM_BASE + 2, true);
  }

  usedEntry(index: number): { id: number; length: number } {
    const at = USED - RAM_BASE + 4 + 8 * (index % QUEUE_SIZE);
    return { id: this.view.getUint32(at, true), length: this.view.getUint32(at + 4, true) };
  }

  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.view.buffer, RAM_HOST + address - RAM_BASE, length);
  }

  needsReset(): boolean {
    return (this.read(0x70) & 0x40) !== 0;
  }
}
