/**
 * Machine time: `mtime` in ticks of 100 ns (10 MHz), injected into everything that asks for it.
 *
 * Parallel mode: host time against a shared base, so that all workers agree. The base lies in HEADER.CLOCK_* and is
 * written by the controller only, under a sequence lock: CLOCK_SEQ odd while it writes. Pausing the machine freezes it.
 * Host clocks of two workers may differ by microseconds: TIME_SHOWN holds the greatest time that any hart was shown, and
 * nobody is shown less.
 *
 * Repeatable mode: the pump of the solo machine sets the time from the count of instructions.
 */
import { HEADER } from '../protocol/layout.ts';

/** Ticks of machine time in a millisecond. */
export const TICKS_PER_MS = 10_000;

export interface Clock {
  /** mtime now, in ticks, an exact integer; never less than what any hart was shown before. */
  time(): number;
  /** Milliseconds of host time until `deadline` (ticks); 0 when it has passed; Infinity while frozen or for Infinity. */
  hostMsUntil(deadline: number): number;
}

/** Wall clock in milliseconds that is the same in every worker of the process. */
export function hostNow(): number {
  return performance.timeOrigin + performance.now();
}

export class HostClock implements Clock {
  private readonly words: Int32Array;
  private readonly doubles: Float64Array;
  private readonly longs: BigInt64Array;

  constructor(memory: WebAssembly.Memory) {
    this.words = new Int32Array(memory.buffer, 0, 1024);
    this.doubles = new Float64Array(memory.buffer, 0, 512);
    this.longs = new BigInt64Array(memory.buffer, 0, 512);
  }

  time(): number {
    const now = this.unclamped();
    const index = HEADER.TIME_SHOWN >> 3;
    let shown = Atomics.load(this.longs, index);
    const mine = BigInt(now);
    while (shown < mine) {
      const seen = Atomics.compareExchange(this.longs, index, shown, mine);
      if (seen === shown) return now;
      shown = seen;
    }
    return Number(shown);
  }

  /** What `time` would give, without showing it to anybody: in Repeatable mode this clock is not the machine's. */
  peek(): number {
    return Math.max(this.unclamped(), Number(Atomics.load(this.longs, HEADER.TIME_SHOWN >> 3)));
  }

  hostMsUntil(deadline: number): number {
    if (deadline === Infinity || Atomics.load(this.words, HEADER.CLOCK_FROZEN >> 2) !== 0) return Infinity;
    return Math.max(0, (deadline - this.unclamped()) / TICKS_PER_MS);
  }

  private unclamped(): number {
    for (;;) {
      const before = Atomics.load(this.words, HEADER.CLOCK_SEQ >> 2);
      const base = this.doubles[HEADER.CLOCK_TICKS_BASE >> 3] ?? 0;
      const hostBase = this.doubles[HEADER.CLOCK_HOST_BASE >> 3] ?? 0;
      const frozen = Atomics.load(this.words, HEADER.CLOCK_FROZEN >> 2) !== 0;
      if ((before & 1) === 0 && Atomics.load(this.words, HEADER.CLOCK_SEQ >> 2) === before) {
        return frozen ? base : base + Math.max(0, Math.floor((hostNow() - hostBase) * TICKS_PER_MS));
      }
    }
  }
}

/** Freezes or releases machine time. Called by the controller's thread only (the one writer of CLOCK_*). */
export function setClockFrozen(memory: WebAssembly.Memory, frozen: boolean): void {
  const words = new Int32Array(memory.buffer, 0, 1024);
  const doubles = new Float64Array(memory.buffer, 0, 512);
  const wasFrozen = Atomics.load(words, HEADER.CLOCK_FROZEN >> 2) !== 0;
  if (wasFrozen === frozen) return;
  const now = frozen ? new HostClock(memory).peek() : (doubles[HEADER.CLOCK_TICKS_BASE >> 3] ?? 0);
  Atomics.add(words, HEADER.CLOCK_SEQ >> 2, 1);
  doubles[HEADER.CLOCK_TICKS_BASE >> 3] = now;
  doubles[HEADER.CLOCK_HOST_BASE >> 3] = hostNow();
  Atomics.store(words, HEADER.CLOCK_FROZEN >> 2, frozen ? 1 : 0);
  Atomics.add(words, HEADER.CLOCK_SEQ >> 2, 1);
}

/** Starts machine time at 0, running. Called once, before any worker starts. */
export function startClock(memory: WebAssembly.Memory): void {
  const doubles = new Float64Array(memory.buffer, 0, 512);
  doubles[HEADER.CLOCK_TICKS_BASE >> 3] = 0;
  doubles[HEADER.CLOCK_HOST_BASE >> 3] = hostNow();
}

/** Repeatable mode: time is what the pump says. */
export class InstructionClock implements Clock {
  private readonly longs: BigInt64Array;
  private now = 0;
  /** Ticks gone by in the slice that is running, asked for on every look at the time. */
  private inSlice: () => number = () => 0;

  constructor(memory: WebAssembly.Memory) {
    this.longs = new BigInt64Array(memory.buffer, 0, 512);
  }

  time(): number {
    const now = Math.max(this.now + this.inSlice(), Number(this.longs[HEADER.TIME_SHOWN >> 3]));
    this.longs[HEADER.TIME_SHOWN >> 3] = BigInt(now);
    return now;
  }

  hostMsUntil(deadline: number): number {
    return deadline === Infinity ? Infinity : Math.max(0, (deadline - this.time()) / TICKS_PER_MS);
  }

  /** The pump begins a slice: `inSlice` gives the ticks that the running hart has used up so far. */
  beginSlice(inSlice: () => number): void {
    this.inSlice = inSlice;
  }

  endSlice(): void {
    this.inSlice = () => 0;
  }

  /** Sets the time at the end of a round (never back). */
  advanceTo(now: number): void {
    this.now = Math.max(this.now, now);
  }
}
