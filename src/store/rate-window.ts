/**
 * How fast a wrapping 32-bit or growing counter rises, over the last `span` units of some time. Fixed memory; no
 * allocation after construction.
 */
const CAPACITY = 64;

export class RateWindow {
  private readonly times = new Float64Array(CAPACITY);
  private readonly values = new Float64Array(CAPACITY);
  private count = 0;
  private readonly span: number;

  /** @param span length of the window, in the unit of the times given to `add`. */
  constructor(span: number) {
    this.span = span;
  }

  /**
   * Takes a sample. A value or a time below the last one means a new machine or kernel and starts the window anew.
   * Samples closer together than 1/32 of the span are left out, so that the window always fits.
   */
  add(time: number, value: number): void {
    if (this.count > 0) {
      const last = (this.count - 1) % CAPACITY;
      if (value < (this.values[last] ?? 0) || time < (this.times[last] ?? 0)) this.count = 0;
      else if (time - (this.times[last] ?? 0) < this.span / 32) return;
    }
    const slot = this.count % CAPACITY;
    this.times[slot] = time;
    this.values[slot] = value;
    this.count += 1;
  }

  /** Rise per unit of time between the oldest sample within the span and the newest; 0 with fewer than two. */
  rate(): number {
    if (this.count < 2) return 0;
    const newest = (this.count - 1) % CAPACITY;
    const now = this.times[newest] ?? 0;
    let oldest = newest;
    for (let back = 1; back < Math.min(this.count, CAPACITY); back++) {
      const slot = (this.count - 1 - back) % CAPACITY;
      oldest = slot;
      if (now - (this.times[slot] ?? 0) >= this.span) break;
    }
    const elapsed = now - (this.times[oldest] ?? 0);
    return elapsed > 0 ? ((this.values[newest] ?? 0) - (this.values[oldest] ?? 0)) / elapsed : 0;
  }

  reset(): void {
    this.count = 0;
  }
}
