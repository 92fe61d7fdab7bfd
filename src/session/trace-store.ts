/**
 * Bounded store of drained trace records, and the hash that tells two Repeatable runs apart. All its memory is there from
 * the beginning, outside the heap: a machine that runs for days has as much of it as one that has just started.
 */
import type { TraceRecord } from '../protocol/trace.ts';

/** Records kept, for whoever takes them and for the export; older ones are counted as lost. */
const CAPACITY = 200_000;
/** Records of a block, of which the first and the last time are known, so that a window of time is found quickly. */
const BLOCK = 250;
/** FNV-1a, 64 bits. */
const FNV_OFFSET = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;

/** Records in columns, by position modulo CAPACITY. */
class Columns {
  /** Sequence, a, b. */
  private readonly longs = new BigUint64Array(3 * CAPACITY);
  /** Host time, machine time. */
  private readonly doubles = new Float64Array(2 * CAPACITY);
  /** Kind in bits 0 … 7, hart in 8 … 15, instance + 1 in 16 … 31 (0: none); c. */
  private readonly words = new Uint32Array(2 * CAPACITY);
  /** Least and greatest machine time of each block. */
  private readonly least = new Float64Array(CAPACITY / BLOCK);
  private readonly greatest = new Float64Array(CAPACITY / BLOCK);

  constructor() {
    // A page that was never written is not there yet.
    for (const column of [this.doubles, this.words, this.least, this.greatest]) column.fill(1);
    this.longs.fill(1n);
  }

  write(position: number, record: TraceRecord): void {
    const at = position % CAPACITY;
    const block = Math.floor(at / BLOCK);
    const begins = at % BLOCK === 0;
    this.least[block] = begins ? record.time : Math.min(this.least[block] ?? 0, record.time);
    this.greatest[block] = begins ? record.time : Math.max(this.greatest[block] ?? 0, record.time);
    this.longs[3 * at] = record.sequence;
    this.longs[3 * at + 1] = record.a;
    this.longs[3 * at + 2] = record.b;
    this.doubles[2 * at] = record.hostTime;
    this.doubles[2 * at + 1] = record.time;
    const instance = record.instance === null ? 0 : record.instance + 1;
    this.words[2 * at] = record.kind | (record.hart << 8) | (instance << 16);
    this.words[2 * at + 1] = record.c;
  }

  read(position: number): TraceRecord {
    const at = position % CAPACITY;
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
    return Number(this.longs[3 * (position % CAPACITY)] ?? 0n);
  }

  time(position: number): number {
    return this.doubles[2 * (position % CAPACITY) + 1] ?? 0;
  }

  kind(position: number): number {
    return (this.words[2 * (position % CAPACITY)] ?? 0) & 0xff;
  }

  /** The position after a block when nothing of it is in [from, to); else the next. For `forEachBetween` alone. */
  after(position: number, from: number, to: number): number {
    const at = position % CAPACITY;
    const block = Math.floor(at / BLOCK);
    const outside = (this.greatest[block] ?? 0) < from || (this.least[block] ?? 0) >= to;
    return outside ? position - (at % BLOCK) + BLOCK : position;
  }
}

export class TraceStore {
  private readonly columns = new Columns();
  /** Records that ever came: the position of the next one. */
  private count = 0;
  /** How many of them somebody has taken, or were lost to whoever takes. */
  private taken = 0;
  private lost = 0;
  private hash = FNV_OFFSET;
  private readonly hashing: boolean;

  /** `hashing`: whether `digest` will be asked for; it costs more than all the rest. */
  constructor(hashing: boolean) {
    this.hashing = hashing;
  }

  /** Adds records in the order of their numbers, and how many the rings lost before them. */
  add(records: readonly TraceRecord[], lost: number): void {
    this.lost += lost;
    for (const record of records) {
      if (this.hashing) this.mix(record);
      this.columns.write(this.count, record);
      this.count += 1;
    }
    const missed = Math.max(0, this.oldest() - this.taken);
    this.taken += missed;
    this.lost += missed;
  }

  /** What has come in since the last call. */
  take(): { records: TraceRecord[]; lost: number } {
    const taken = { records: this.from(this.taken), lost: this.lost };
    this.taken = this.count;
    this.lost = 0;
    return taken;
  }

  /** Everything that is kept, taken or not, and how many older ones are not. */
  all(): { records: readonly TraceRecord[]; dropped: number } {
    return { records: this.from(this.oldest()), dropped: this.oldest() };
  }

  /** Machine time since when `forEachBetween` has all records; −Infinity when none is too old. */
  since(): number {
    return this.oldest() === 0 ? -Infinity : this.columns.time(this.oldestWhole());
  }

  /**
   * Calls with the position and the kind of each kept record of [from, to) in machine time, in the order of their
   * coming, until it answers false.
   */
  forEachBetween(from: number, to: number, visit: (position: number, kind: number) => boolean): void {
    for (let position = this.oldestWhole(); position < this.count;) {
      const next = this.columns.after(position, from, to);
      if (next !== position) {
        position = next;
        continue;
      }
      const time = this.columns.time(position);
      if (time >= from && time < to && !visit(position, this.columns.kind(position))) return;
      position += 1;
    }
  }

  /** The record at a position that `forEachBetween` gave. */
  at(position: number): TraceRecord {
    return this.columns.read(position);
  }

  /** Number of the record at a position. */
  sequenceAt(position: number): number {
    return this.columns.sequence(position);
  }

  /** Hash over everything that was ever added but host time, as 16 hex digits and the count of records. */
  digest(): string {
    return `${this.hash.toString(16).padStart(16, '0')}-${this.count}`;
  }

  /** Position of the oldest record that is kept. */
  private oldest(): number {
    return Math.max(0, this.count - CAPACITY);
  }

  /** Position of the oldest record whose block is not being written over. */
  private oldestWhole(): number {
    return Math.ceil(this.oldest() / BLOCK) * BLOCK;
  }

  private from(position: number): TraceRecord[] {
    return Array.from({ length: this.count - position }, (_, index) => this.columns.read(position + index));
  }

  private mix(record: TraceRecord): void {
    const words = [
      record.sequence,
      BigInt(Math.trunc(record.time)),
      BigInt(record.kind) | (BigInt(record.hart) << 16n) | (BigInt(record.instance ?? 0xff) << 24n),
      record.a,
      record.b,
      BigInt(record.c >>> 0),
    ];
    for (const word of words)
      this.hash = BigInt.asUintN(64, (this.hash ^ BigInt.asUintN(64, word)) * FNV_PRIME);
  }
}
