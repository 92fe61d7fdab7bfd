/**
 * Which doorbells are on their way across the board, as the counters of the one memory tell. A flight is a doorbell that
 * happened; above LIMIT a second on a pair of harts only each k-th becomes one, and `every` says k.
 */
import type { MachineReader } from '../../store/machine-reader.ts';
import { RateWindow } from '../../store/rate-window.ts';

/** Most flights a second on one pair. */
const LIMIT = 30;
/** How long a flight takes on the screen, milliseconds. */
export const FLIGHT_MS = 700;

export class PairFlights {
  /** Start times of the flights under way, `performance.now()`, the oldest first. */
  readonly starts: number[] = [];
  /** One of how many doorbells is shown; 1 when all are. */
  every = 1;
  /** When the last doorbell was seen; −Infinity when none was. */
  lastSeen = -Infinity;
  private readonly rate = new RateWindow(1);
  private seen = -1;
  private skipped = 0;
  private readonly from: number;
  private readonly to: number;

  constructor(from: number, to: number) {
    this.from = from;
    this.to = to;
  }

  /** Looks at the counter; returns whether there is anything to draw. */
  sample(reader: MachineReader, now: number): boolean {
    const count = reader.doorbells(this.from, this.to);
    const fresh = this.seen < 0 ? 0 : (count - this.seen) >>> 0;
    this.seen = count;
    this.rate.add(now / 1000, count);
    this.every = Math.max(1, Math.ceil(this.rate.rate() / LIMIT));
    if (fresh > 0) {
      this.lastSeen = now;
      this.skipped += fresh;
      const begin = Math.floor(this.skipped / this.every);
      this.skipped -= begin * this.every;
      // Several in one frame leave one behind the other, so that each can be seen.
      for (let k = 0; k < Math.min(begin, 4); k++) this.starts.push(now + k * 60);
    }
    while (this.starts[0] !== undefined && now - this.starts[0] > FLIGHT_MS) this.starts.shift();
    return this.starts.length > 0;
  }
}
