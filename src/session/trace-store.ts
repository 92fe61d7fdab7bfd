/** Bounded store of drained trace records, and the hash that tells two Repeatable runs apart. */
import type { TraceRecord } from '../protocol/trace.ts';

/** Records kept, for whoever takes them and for the export; older ones are counted as lost. */
const CAPACITY = 200_000;
/** By how many more it may grow before the oldest are dropped, so that dropping costs little for each record. */
const SLACK = 20_000;
/** FNV-1a, 64 bits. */
const FNV_OFFSET = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;

export class TraceStore {
  private kept: TraceRecord[] = [];
  /** How many of the last kept ones nobody has taken. */
  private untaken = 0;
  private lost = 0;
  private droppedEver = 0;
  private hash = FNV_OFFSET;
  private count = 0;
  private readonly hashing: boolean;

  /** `hashing`: whether `digest` will be asked for; it costs more than all the rest. */
  constructor(hashing: boolean) {
    this.hashing = hashing;
  }

  /** Adds records in the order of their numbers, and how many the rings lost before them. */
  add(records: readonly TraceRecord[], lost: number): void {
    this.lost += lost;
    for (const record of records) {
      this.count += 1;
      if (this.hashing) this.mix(record);
      this.kept.push(record);
    }
    this.untaken += records.length;
    if (this.kept.length > CAPACITY + SLACK) this.drop(this.kept.length - CAPACITY);
  }

  /** What has come in since the last call. */
  take(): { records: TraceRecord[]; lost: number } {
    const taken = { records: this.kept.slice(this.kept.length - this.untaken), lost: this.lost };
    this.untaken = 0;
    this.lost = 0;
    return taken;
  }

  /** Everything that is kept, taken or not, and how many older ones are not. */
  all(): { records: readonly TraceRecord[]; dropped: number } {
    return { records: this.kept, dropped: this.droppedEver };
  }

  /** Hash over everything that was ever added but host time, as 16 hex digits and the count of records. */
  digest(): string {
    return `${this.hash.toString(16).padStart(16, '0')}-${this.count}`;
  }

  private drop(count: number): void {
    this.kept.splice(0, count);
    this.droppedEver += count;
    const missed = Math.max(0, this.untaken - this.kept.length);
    this.untaken -= missed;
    this.lost += missed;
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
