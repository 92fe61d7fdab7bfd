/**
 * ACLINT (RISC-V ACLINT specification 1.0-rc4): MSWI, and MTIMER whose mtime is machine time, in the places where the
 * SiFive CLINT has them. Only kernels entered in M-mode have it; an access fault for the others. Registers of harts that
 * the kernel does not own read as 0 and ignore writes.
 *
 * State at INSTANCE.ACLINT: u64[16], the complement of mtimecmp by hart, so that memory that is all 0 at power-on means
 * "never". MSWI needs none: MSIP of the hart is the register.
 */
import { lowerInterrupt, raiseInterrupt, signal } from '../../protocol/hart-protocol.ts';
import { HART, hartBlock, HEADER, INSTANCE, instanceBlock, REASON_INTERRUPT } from '../../protocol/layout.ts';
import type { Device, DeviceAccess } from './device.ts';

export const ACLINT_BASE = 0x200_0000;
const MTIMECMP = 0x4000;
const MTIME = 0xbff8;

const MIP_MSIP = 1 << 3;
const MIP_MTIP = 1 << 7;
const TWO_32 = 0x1_0000_0000;
const LOW_WORD = 0xffff_ffffn;
/** From here on a Number is not exact; 28 000 years of ticks. */
const NEVER = 2n ** 53n;

export class Aclint implements Device {
  readonly base = ACLINT_BASE;
  readonly size = 0x1_0000;
  private readonly words: Int32Array;
  private readonly longs: BigUint64Array;
  private readonly time: () => number;

  /** `time`: mtime now, in ticks, an exact integer. */
  constructor(memory: WebAssembly.Memory, time: () => number) {
    this.words = new Int32Array(memory.buffer);
    this.longs = new BigUint64Array(memory.buffer);
    this.time = time;
  }

  read(access: DeviceAccess): boolean {
    if (!this.fits(access)) return false;
    const { offset, instance } = access;
    if (offset < MTIMECMP) {
      const hart = this.ownHart(instance, offset >> 2);
      if (hart !== null) access.lo = (this.mip(hart) & MIP_MSIP) === 0 ? 0 : 1;
      return true;
    }
    if (offset >= MTIME) {
      const now = this.time();
      answer(access, now >>> 0, Math.floor(now / TWO_32));
      return true;
    }
    const hart = this.ownHart(instance, (offset - MTIMECMP) >> 3);
    if (hart === null) return true;
    const compare = this.compare(instance, hart);
    answer(access, Number(compare & LOW_WORD), Number(compare >> 32n));
    return true;
  }

  /** mtime is the machine's and not the kernel's: writes to it are ignored. */
  write(access: DeviceAccess): boolean {
    if (!this.fits(access)) return false;
    const { offset, instance } = access;
    if (offset < MTIMECMP) {
      const hart = this.ownHart(instance, offset >> 2);
      if (hart === null) return true;
      if ((access.lo & 1) !== 0) raiseInterrupt(this.words, hart, MIP_MSIP);
      else lowerInterrupt(this.words, hart, MIP_MSIP);
      return true;
    }
    const hart = offset < MTIME ? this.ownHart(instance, (offset - MTIMECMP) >> 3) : null;
    if (hart !== null) this.setCompare(access, hart);
    return true;
  }

  /** mtimecmp of a hart in ticks, for its runtime; Infinity when no machine lives to see it, or for a kernel without. */
  deadline(instance: number, hart: number): number {
    if (!this.present(instance)) return Infinity;
    const compare = this.compare(instance, hart);
    return compare < NEVER ? Number(compare) : Infinity;
  }

  /** MSWI takes words of 32 bits, MTIMER of 32 or 64; anything else is a fault, as on the virt board. */
  private fits({ offset, width, instance }: DeviceAccess): boolean {
    const widthFits = width === 4 || (width === 8 && offset >= MTIMECMP);
    return widthFits && offset % width === 0 && this.present(instance);
  }

  private present(instance: number): boolean {
    return this.words[(instanceBlock(instance) + INSTANCE.M_MODE) >> 2] === 1;
  }

  private ownHart(instance: number, hart: number): number | null {
    if (hart >= (this.words[HEADER.HARTS >> 2] ?? 0)) return null;
    const owners = Atomics.load(this.words, (HEADER.HART_OWNER + hart) >> 2);
    return ((owners >>> ((hart & 3) * 8)) & 0xff) === instance + 1 ? hart : null;
  }

  private compare(instance: number, hart: number): bigint {
    return BigInt.asUintN(64, ~Atomics.load(this.longs, compareIndex(instance, hart)));
  }

  private setCompare({ offset, width, instance, lo, hi }: DeviceAccess, hart: number): void {
    if (width === 8) {
      const value = (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
      Atomics.store(this.longs, compareIndex(instance, hart), BigInt.asUintN(64, ~value));
    } else {
      // Little-endian: the half at offset 4 is the upper word of the complement too.
      Atomics.store(this.words, compareIndex(instance, hart) * 2 + ((offset & 4) >> 2), ~lo);
    }
    // At once, so that a handler that moves the deadline does not find MTIP again when it returns.
    if (this.time() >= this.deadline(instance, hart)) {
      raiseInterrupt(this.words, hart, MIP_MTIP);
    } else {
      lowerInterrupt(this.words, hart, MIP_MTIP);
      // A hart that sleeps has to sleep until the new deadline.
      signal(this.words, hart, REASON_INTERRUPT);
    }
  }

  private mip(hart: number): number {
    return Atomics.load(this.words, (hartBlock(hart) + HART.MIP) >> 2);
  }
}

const compareIndex = (instance: number, hart: number): number =>
  (instanceBlock(instance) + INSTANCE.ACLINT + 8 * hart) / 8;

/** Leaves a 64-bit register in an access of 8 bytes, or of 4 at either half. */
function answer(access: DeviceAccess, lo: number, hi: number): void {
  if (access.width === 8) {
    access.lo = lo;
    access.hi = hi;
  } else {
    access.lo = (access.offset & 4) === 0 ? lo : hi;
  }
}
