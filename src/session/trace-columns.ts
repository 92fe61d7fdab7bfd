/** A ring of trace records in columns, outside the heap: all its memory is there from the beginning. */
import type { TraceRecord } from '../protocol/trace.ts';

/** Records of a block, of which the first and the last time are known, so that a window of time is found quickly. */
export const BLOCK = 250;

export class TraceColumns {
  /** Records that are held; a position stands at its remainder by this. A multiple of BLOCK. */
  readonly capacity: number;
  /** Sequence, a, b. */
  private readonly longs: BigUint64Array;
  /** Host time, machine time. */
  private readonly doubles: Float64Array;
  /** Kind in bits 0 … 7, hart in 8 … 15, instance + 1 in 16 … 31 (0: none); c. */
  private readonly words: Uint32Array;
  /** Least and greatest machine time of each block. */
  private readonly least: Float64Array;
  private readonly greatest: Float64Array;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.longs = new BigUint64Array(3 * capacity);
    this.doubles = new Float64Array(2 * capacity);
    this.words = new Uint32Array(2 * capacity);
    this.least = new Float64Array(capacity / BLOCK);
    this.greatest = new Float64Array(capacity / BLOCK);
    // A page that was never written is not there yet.
    for (const column of [this.doubles, this.words, this.least, this.greatest]) column.fill(1);
    this.longs.fill(1n);
  }

  write(position: number, record: TraceRecord): void {
    const at = position % this.capacity;
    this.spread(at, record.time);
    this.longs[3 * at] = record.sequence;
    this.longs[3 * at + 1] = record.a;
    this.longs[3 * at + 2] = record.b;
    this.doubles[2 * at] = record.hostTime;
    this.doubles[2 * at + 1] = record.time;
    const instance = record.instance === null ? 0 : record.instance + 1;
    this.words[2 * at] = record.kind | (record.hart << 8) | (instance << 16);
    this.words[2 * at + 1] = record.c;
  }

  /** Writes the record at `other` of another ring at `position`. */
  copy(position: number, from: TraceColumns, other: number): void {
    const at = position % this.capacity;
    const source = other % from.capacity;
    this.spread(at, from.time(other));
    for (let k = 0; k < 3; k++) this.longs[3 * at + k] = from.longs[3 * source + k] ?? 0n;
    for (let k = 0; k < 2; k++) this.doubles[2 * at + k] = from.doubles[2 * source + k] ?? 0;
    for (let k = 0; k < 2; k++) this.words[2 * at + k] = from.words[2 * source + k] ?? 0;
  }

  read(position: number): TraceRecord {
    const at = position % this.capacity;
    const who = this.words[2 * at] ?? 0;
    return {
      sequence: this.longs[3 * at] ?? 0n,
      hostTime: this.doubles[2 * at] ?? 0,
      time: this.doubles[2 * at + 1] ?? 0,
      kind: who & 0xff,
      hart: (who >>> 8) & 0xff,
      instance: who >>> 16 === 0 ? null : (who >>> 16) - 1,
      a: this.longs[3 * at + 1] ?? 0n,
      b: this.longs[3 * at + 2] ?? 0n,
      c: this.words[2 * at + 1] ?? 0,
    };
  }

  sequence(position: number): number {
    return Number(this.longs[3 * (position % this.capacity)] ?? 0n);
  }

  time(position: number): number {
    return this.doubles[2 * (position % this.capacity) + 1] ?? 0;
  }

  kind(position: number): number {
    return (this.words[2 * (position % this.capacity)] ?? 0) & 0xff;
  }

  hart(position: number): number {
    return ((this.words[2 * (position % this.capacity)] ?? 0) >>> 8) & 0xff;
  }

  /** The position after a block when nothing of it is in [from, to); else `position`. */
  after(position: number, from: number, to: number): number {
    const at = position % this.capacity;
    const block = Math.floor(at / BLOCK);
    const outside = (this.greatest[block] ?? 0) < from || (this.least[block] ?? 0) >= to;
    return outside ? position - (at % BLOCK) + BLOCK : position;
  }

  private spread(at: number, time: number): void {
    const block = Math.floor(at / BLOCK);
    const begins = at % BLOCK === 0;
    this.least[block] = begins ? time : Math.min(this.least[block] ?? 0, time);
    this.greatest[block] = begins ? time : Math.max(this.greatest[block] ?? 0, time);
  }
}
