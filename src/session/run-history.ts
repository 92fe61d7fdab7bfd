/** The last runs of all harts, each from one rest to the next. Bounded; older runs are known by their share alone. */
import { MAX_EVENTS, SPAN_STRIDE } from '../protocol/timeline.ts';

/** Runs kept that are over. */
const CAPACITY = 65_536;

export class RunHistory {
  /** Lane, from, to of each; a ring. */
  readonly #runs = new Float64Array(3 * CAPACITY);
  #count = 0;
  /** When the last run ended that is no longer kept. */
  #forgotten = -Infinity;

  constructor() {
    // A page that was never written is not there yet.
    this.#runs.fill(1);
  }

  add(lane: number, from: number, to: number): void {
    const at = 3 * (this.#count % CAPACITY);
    if (this.#count >= CAPACITY) this.#forgotten = Math.max(this.#forgotten, this.#runs[at + 2] ?? 0);
    this.#runs[at] = lane;
    this.#runs[at + 1] = from;
    this.#runs[at + 2] = to;
    this.#count += 1;
  }

  /**
   * The runs that reach into [from, to), in rows of SPAN_STRIDE; the end is −1 and the value 0 for those of `running`, since
   * when each lane runs now. Null: some are no longer kept, or there are more than MAX_EVENTS.
   */
  between(from: number, to: number, running: readonly (number | null)[]): Float64Array<ArrayBuffer> | null {
    if (this.#forgotten > from) return null;
    const rows: number[] = [];
    const kept = Math.min(this.#count, CAPACITY);
    for (let k = 0; k < kept; k++) {
      const at = 3 * k;
      const began = this.#runs[at + 1] ?? 0;
      const ended = this.#runs[at + 2] ?? 0;
      if (ended <= from || began >= to) continue;
      if (rows.length >= MAX_EVENTS * SPAN_STRIDE) return null;
      rows.push(this.#runs[at] ?? 0, began, ended, 0);
    }
    for (const [lane, since] of running.entries())
      if (since !== null && since < to) rows.push(lane, since, -1, 0);
    return Float64Array.from(rows);
  }
}
