/**
 * Physical memory protection: 16 entries that act, granularity 4 bytes (privileged spec, "Physical Memory Protection").
 * The CSRs lie in the hart's block; decoded ranges are a cache that `decode` rebuilds.
 */
import { type HartState, MACHINE, SLOT } from './hart-state.ts';
import { PAGE_SIZE } from '../protocol/layout.ts';

export const PMP_ENTRIES = 16;
export const PMP_READ = 1;
export const PMP_WRITE = 2;
export const PMP_EXECUTE = 4;
const LOCKED = 0x80;
const MODE = 0x18;
const MODE_OFF = 0;
const MODE_TOR = 0x08;
const MODE_NA4 = 0x10;
/** Bits 5 and 6 of a configuration byte are reserved and read 0. */
const WRITABLE = 0x9f;
const ADDRESS_MASK = (1n << 54n) - 1n;

export class Pmp {
  private readonly state: HartState;
  /** First byte and first byte behind each entry's range; equal when it matches nothing. */
  private readonly from = new Float64Array(PMP_ENTRIES);
  private readonly to = new Float64Array(PMP_ENTRIES);
  private readonly config = new Uint8Array(PMP_ENTRIES);
  /** Entries from this number on are OFF. */
  private used = 0;

  constructor(state: HartState) {
    this.state = state;
    this.decode();
  }

  /** Reads the CSRs again: after they were written by other means than this class. */
  decode(): void {
    this.used = 0;
    for (let entry = 0; entry < PMP_ENTRIES; entry++) {
      const config = this.readConfigByte(entry);
      this.config[entry] = config;
      this.from[entry] = 0;
      this.to[entry] = 0;
      if ((config & MODE) === MODE_OFF) continue;
      const [from, to] = this.range(entry, config & MODE);
      this.from[entry] = Number(from);
      this.to[entry] = Number(to);
      this.used = entry + 1;
    }
  }

  /**
   * May `privilege` access all of [address, address + length) in the way `need` (PMP_*)? The lowest-numbered entry that
   * matches any byte decides, and must match all of them.
   */
  allows(address: number, length: number, privilege: number, need: number): boolean {
    const end = address + length;
    for (let entry = 0; entry < this.used; entry++) {
      const from = this.from[entry] ?? 0;
      const to = this.to[entry] ?? 0;
      if (from >= end || to <= address || from >= to) continue;
      if (from > address || to < end) return false;
      const config = this.config[entry] ?? 0;
      return (privilege === MACHINE && (config & LOCKED) === 0) || (config & need) === need;
    }
    return privilege === MACHINE;
  }

  /** True when all bytes of the page are decided by the same entry (or all by none), so that one check holds for all. */
  uniform(page: number): boolean {
    const end = page + PAGE_SIZE;
    for (let entry = 0; entry < this.used; entry++) {
      const from = this.from[entry] ?? 0;
      const to = this.to[entry] ?? 0;
      if (from >= end || to <= page || from >= to) continue;
      return from <= page && to >= end;
    }
    return true;
  }

  /** Writes pmpcfg0 or pmpcfg2 (`first` entry 0 or 8). Locked entries keep their value. */
  writeConfig(first: number, low: number, high: number): void {
    for (let index = 0; index < 8; index++) {
      const entry = first + index;
      if ((this.readConfigByte(entry) & LOCKED) !== 0) continue;
      const value = ((index < 4 ? low : high) >>> ((index & 3) * 8)) & WRITABLE;
      // W without R is reserved; the field then keeps neither.
      this.writeConfigByte(entry, (value & PMP_READ) === 0 ? value & ~PMP_WRITE : value);
    }
    this.decode();
  }

  /** Writes pmpaddr. Ignored when the entry, or the TOR entry that begins at it, is locked. */
  writeAddress(entry: number, low: number, high: number): void {
    if ((this.readConfigByte(entry) & LOCKED) !== 0) return;
    if (entry + 1 < PMP_ENTRIES) {
      const next = this.readConfigByte(entry + 1);
      if ((next & LOCKED) !== 0 && (next & MODE) === MODE_TOR) return;
    }
    this.state.set(SLOT.PMPADDR + entry * 8, low, high & 0x3f_ffff);
    this.decode();
  }

  private range(entry: number, mode: number): [bigint, bigint] {
    const value = this.address(entry);
    if (mode === MODE_TOR) return [entry === 0 ? 0n : this.address(entry - 1) << 2n, value << 2n];
    if (mode === MODE_NA4) return [value << 2n, (value << 2n) + 4n];
    // NAPOT: the trailing ones and the zero above them are the part of the address that does not count.
    const inside = value ^ (value + 1n);
    const base = (value & ~inside & ADDRESS_MASK) << 2n;
    return [base, base + ((inside + 1n) << 2n)];
  }

  private address(entry: number): bigint {
    return this.state.long(SLOT.PMPADDR + entry * 8) & ADDRESS_MASK;
  }

  private configOffset(entry: number): number {
    return (entry < 8 ? SLOT.PMPCFG0 : SLOT.PMPCFG2) + (entry & 4);
  }

  private readConfigByte(entry: number): number {
    return (this.state.low(this.configOffset(entry)) >>> ((entry & 3) * 8)) & 0xff;
  }

  private writeConfigByte(entry: number, value: number): void {
    const offset = this.configOffset(entry);
    const shift = (entry & 3) * 8;
    this.state.setWord(offset, (this.state.low(offset) & ~(0xff << shift)) | (value << shift));
  }
}
