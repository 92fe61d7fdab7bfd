/**
 * Bounded store of drained trace records, and the hash that tells two Repeatable runs apart. All its memory is there from
 * the beginning, outside the heap: a machine that runs for days has as much of it as one that has just started.
 *
 * The newest records are kept whatever they are. An older one that is written over passes to trace-remains.ts, which keeps
 * those that a flood must not take away, and the state in which the kept part begins; what is kept nowhere is counted, with
 * its time, in trace-gaps.ts, beside what the machine's rings lost before it came here. `all` merges them by number.
 */
import type { TraceRecord } from '../protocol/trace.ts';
import { BLOCK, TraceColumns } from './trace-columns.ts';
import { TraceGaps, type TraceGap } from './trace-gaps.ts';
import { TraceRemains } from './trace-remains.ts';

/** Newest records kept, for whoever takes them, for windows of time and for the export. */
const CAPACITY = 200_000;
/** FNV-1a, 64 bits. */
const FNV_OFFSET = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;

export class TraceStore {
  private readonly columns = new TraceColumns(CAPACITY);
  private readonly missing = new TraceGaps();
  private readonly remains = new TraceRemains((hart, time) => {
    this.forgotten += 1;
    this.missing.forgotten(hart, time);
  });
  /** Records that are kept nowhere any more. */
  private forgotten = 0;
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

  /** Adds records in the order of their numbers, and how many each ring of the machine lost before them. */
  add(records: readonly TraceRecord[], lost: readonly number[]): void {
    this.lost += lost.reduce((sum, count) => sum + count, 0);
    this.missing.drained(records, lost);
    for (const record of records) {
      if (this.hashing) this.mix(record);
      if (this.count >= CAPACITY) this.remains.take(this.columns, this.count);
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

  /**
   * Everything that is kept, taken or not, in the order of coming, and how many others came and are not. What is older
   * than the newest records is what outlasts a flood, and the state in which they begin.
   */
  all(): { records: readonly TraceRecord[]; dropped: number } {
    const older = this.remains.all();
    return {
      records: older.length === 0 ? this.from(this.oldest()) : [...older, ...this.from(this.oldest())],
      dropped: this.forgotten,
    };
  }

  /** Whether earlier records about the same thing may be forgotten: it is kept for the state that it brought. */
  forgotBefore(record: TraceRecord): boolean {
    return this.remains.isState(record);
  }

  /** Where records are missing. */
  gaps(): TraceGap[] {
    return this.missing.all();
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
