/** Where records of the trace are missing: whose, how many, and between which times. Bounded, and fixed from the beginning. */
import { MAX_HARTS } from '../protocol/layout.ts';
import type { TraceRecord } from '../protocol/trace.ts';

/** A stretch of machine time in which records of one ring are missing. */
export interface TraceGap {
  /** Hart, or TRACE_CONTROLLER. */
  readonly ring: number;
  /** Machine time in ticks; `to` is not before `from`. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Not read in time: the ring was written over before a drain. Else: too old to be kept. */
  readonly overrun: boolean;
  /** Number of the first record that is known to come after it; Infinity: of none. */
  readonly before: number;
}

/** Overruns kept apart; of more, the oldest of a ring become one with its next. */
const CAPACITY = 1024;
const RINGS = MAX_HARTS + 1;
const STRIDE = 5;

export class TraceGaps {
  /** Of each overrun ring, from, to, count, before; the oldest first. */
  readonly #overruns = new Float64Array(STRIDE * CAPACITY);
  #length = 0;
  /** Time of the last record of each ring. */
  readonly #last = new Float64Array(RINGS);
  /** Of each ring: how many records were too old, and the times of the first and the last of them. */
  readonly #old = new Float64Array(3 * RINGS);

  /** Takes note of what a drain brought, and of how many records each ring lost before it. */
  drained(records: readonly TraceRecord[], lost: readonly number[]): void {
    for (const [ring, count] of lost.entries()) if (count > 0) this.#overrun(ring, count, records);
    for (const { hart, time } of records) this.#last[hart] = Math.max(this.#last[hart] ?? 0, time);
  }

  /** A record of that ring is no longer kept anywhere. */
  forgotten(ring: number, time: number): void {
    const at = 3 * ring;
    const count = this.#old[at] ?? 0;
    this.#old[at] = count + 1;
    this.#old[at + 1] = count === 0 ? time : Math.min(this.#old[at + 1] ?? 0, time);
    this.#old[at + 2] = count === 0 ? time : Math.max(this.#old[at + 2] ?? 0, time);
  }

  all(): TraceGap[] {
    const gaps: TraceGap[] = [];
    for (let ring = 0; ring < RINGS; ring++) {
      const [count = 0, from = 0, to = 0] = this.#old.subarray(3 * ring, 3 * ring + 3);
      if (count > 0) gaps.push({ ring, from, to, count, overrun: false, before: Infinity });
    }
    for (let k = 0; k < this.#length; k++) gaps.push(this.#read(k));
    return gaps;
  }

  /** What was lost lies between the last record of its ring and the next. */
  #overrun(ring: number, count: number, records: readonly TraceRecord[]): void {
    const next = records.find(({ hart }) => hart === ring);
    const from = this.#last[ring] ?? 0;
    const to = Math.max(from, next?.time ?? records.at(-1)?.time ?? 0);
    const before = next ? Number(next.sequence) : Infinity;
    for (let k = this.#length - 1; k >= 0; k--) {
      const last = this.#read(k);
      if (last.ring !== ring) continue;
      if (last.before !== Infinity) break;
      // Nothing has come from the ring since.
      this.#write(k, { ...last, to, count: last.count + count, before });
      return;
    }
    if (this.#length === CAPACITY) this.#makeRoom();
    this.#write(this.#length, { ring, from, to, count, overrun: true, before });
    this.#length += 1;
  }

  /** The oldest that has a next of its ring becomes one with that: there are more gaps than rings. */
  #makeRoom(): void {
    for (let old = 0; old < CAPACITY; old++) {
      const oldest = this.#read(old);
      for (let k = old + 1; k < CAPACITY; k++) {
        const next = this.#read(k);
        if (next.ring !== oldest.ring) continue;
        this.#write(k, { ...next, from: oldest.from, count: next.count + oldest.count });
        this.#overruns.copyWithin(STRIDE * old, STRIDE * (old + 1));
        this.#length -= 1;
        return;
      }
    }
  }

  #read(index: number): TraceGap {
    const at = STRIDE * index;
    const [ring = 0, from = 0, to = 0, count = 0, before = 0] = this.#overruns.subarray(at, at + STRIDE);
    return { ring, from, to, count, overrun: true, before };
  }

  #write(index: number, { ring, from, to, count, before }: TraceGap): void {
    this.#overruns.set([ring, from, to, count, before], STRIDE * index);
  }
}
