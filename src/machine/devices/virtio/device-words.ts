/**
 * The words of one device of the pool (layout.ts, POOL_DEVICE): where it is, and its virtio registers. All are atomics,
 * because any hart of its owner may touch them.
 */
import { MAX_POOL_DEVICES, POOL_DEVICE, POOL_DEVICE_STRIDE, poolDevice } from '../../../protocol/layout.ts';
import { slotInterrupt } from '../../../protocol/pool-devices.ts';
import { setLine } from '../plic.ts';
import { SERVICES, settle } from '../settle.ts';

/** Offsets from an entry. Each device here has one queue, so the registers of a queue are there once. */
export const WORD = {
  /** Pairs of settle.ts: for the interrupt line, and for serving the queue. */
  LINE: POOL_DEVICE.REGISTERS,
  SERVE: POOL_DEVICE.REGISTERS + 0x08,
  STATUS: POOL_DEVICE.REGISTERS + 0x10,
  INTERRUPT: POOL_DEVICE.REGISTERS + 0x14,
  DEVICE_FEATURES_SEL: POOL_DEVICE.REGISTERS + 0x18,
  DRIVER_FEATURES_SEL: POOL_DEVICE.REGISTERS + 0x1c,
  /** Two words: bits 0 … 31, and 32 … 63. */
  DRIVER_FEATURES: POOL_DEVICE.REGISTERS + 0x20,
  QUEUE_SEL: POOL_DEVICE.REGISTERS + 0x28,
  QUEUE_SIZE: POOL_DEVICE.REGISTERS + 0x2c,
  QUEUE_READY: POOL_DEVICE.REGISTERS + 0x30,
  /** Low and high words of the addresses of the descriptors, the available ring and the used ring. */
  QUEUE_DESCRIPTORS: POOL_DEVICE.REGISTERS + 0x34,
  QUEUE_AVAILABLE: POOL_DEVICE.REGISTERS + 0x3c,
  QUEUE_USED: POOL_DEVICE.REGISTERS + 0x44,
  /** Chains served since the queue was made ready, 16 bits: the device's place in both rings. */
  SERVED: POOL_DEVICE.REGISTERS + 0x4c,
} as const;

/** Bits of the device status (virtio 1.2, 2.1). */
export const STATUS = { DRIVER_OK: 4, FEATURES_OK: 8, NEEDS_RESET: 0x40 } as const;
/** Bits of InterruptStatus (4.2.2). */
export const INTERRUPT = { USED: 1, CONFIG: 2 } as const;

export interface DevicePlace {
  readonly instance: number;
  readonly slot: number;
}

export class DeviceWords {
  readonly index: number;
  readonly words: Int32Array;
  /** Host address of the entry. */
  readonly at: number;

  constructor(words: Int32Array, index: number) {
    this.words = words;
    this.index = index;
    this.at = poolDevice(index);
  }

  load(offset: number): number {
    return Atomics.load(this.words, (this.at + offset) >> 2);
  }

  store(offset: number, value: number): void {
    Atomics.store(this.words, (this.at + offset) >> 2, value);
  }

  set(offset: number, bits: number): void {
    Atomics.or(this.words, (this.at + offset) >> 2, bits);
  }

  clear(offset: number, bits: number): void {
    Atomics.and(this.words, (this.at + offset) >> 2, ~bits);
  }

  /** The 64-bit address in two words; inexact above 2^53, where there is no memory. */
  address(offset: number): number {
    return (this.load(offset + 4) >>> 0) * 2 ** 32 + (this.load(offset) >>> 0);
  }

  /** Virtio device ID; 0: the machine does not have the device. */
  get type(): number {
    return this.load(POOL_DEVICE.TYPE);
  }

  /** Null: it is in the pool. */
  get place(): DevicePlace | null {
    const place = this.load(POOL_DEVICE.PLACE);
    return place === 0 ? null : { instance: (place & 0xff) - 1, slot: (place >>> 8) & 0xff };
  }

  /** For the controller, and nothing but the record: multikernel/move-device.ts has what else a move takes. */
  setPlace(place: DevicePlace | null): void {
    this.store(POOL_DEVICE.PLACE, place === null ? 0 : (place.instance + 1) | (place.slot << 8));
  }

  /** Something happened that the driver should look at. */
  interrupt(bits: number, who: number): void {
    this.set(WORD.INTERRUPT, bits);
    this.settleLine(who);
  }

  acknowledge(bits: number, who: number): void {
    this.clear(WORD.INTERRUPT, bits);
    this.settleLine(who);
  }

  /** The driver has done what it must not, and hears so (2.1.2). The device does nothing more until it is reset. */
  fail(who: number): void {
    this.set(WORD.STATUS, STATUS.NEEDS_RESET);
    if ((this.load(WORD.STATUS) & STATUS.DRIVER_OK) !== 0) this.interrupt(INTERRUPT.CONFIG, who);
  }

  /** Reset by the driver (2.4). */
  reset(who: number): void {
    for (let word: number = WORD.STATUS; word <= WORD.SERVED; word += 4) this.store(word, 0);
    this.settleLine(who);
  }

  /** As at power-on, for a driver that knows nothing of the last one. Nobody may be at its registers. */
  powerOn(): void {
    this.words.fill(0, (this.at + POOL_DEVICE.REGISTERS) >> 2, (this.at + POOL_DEVICE_STRIDE) >> 2);
  }

  /** Lowers its line in the PLIC of the kernel that had it; for the controller, once nobody can raise it any more. */
  lowerLine({ instance, slot }: DevicePlace): void {
    setLine(this.words, instance, slotInterrupt(slot), false, SERVICES);
  }

  private settleLine(who: number): void {
    settle(this.words, this.at + WORD.LINE, who, () => {
      const { place } = this;
      if (place === null) return;
      const level = this.load(WORD.INTERRUPT) !== 0;
      setLine(this.words, place.instance, slotInterrupt(place.slot), level, who);
    });
  }
}

/** Every entry of the table, also those of devices that the machine does not have. */
export const deviceTable = (words: Int32Array): DeviceWords[] =>
  Array.from({ length: MAX_POOL_DEVICES }, (_, index) => new DeviceWords(words, index));
