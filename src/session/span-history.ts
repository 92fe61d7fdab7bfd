/**
 * Spans of time that began and ended on lanes: owners of harts, phases of moves, states of kernels. Bounded, and those that
 * are over lie in columns that are there from the beginning, as in trace-store.ts: a machine that runs for days has as much
 * memory of them as one that has just started.
 */
import { MAX_SPANS, SPAN_STRIDE } from '../protocol/timeline.ts';

/** Spans kept that are over. */
const CAPACITY = 4 * MAX_SPANS;

interface Span {
  readonly lane: number;
  readonly from: number;
  readonly value: number;
}

export class SpanHistory {
  /** What is over, by the order of ending, in rows of SPAN_STRIDE: lane, from, to, value. A ring. */
  readonly #over = new Float64Array(CAPACITY * SPAN_STRIDE);
  /** How many were ever over. */
  #count = 0;
  readonly #open = new Map<string, Span>();

  constructor() {
    // A page that was never written is not there yet.
    this.#over.fill(1);
  }

  /** Begins a span; the one of the same key before it ends there. */
  begin(key: string, span: Span): void {
    this.end(key, span.from);
    this.#open.set(key, span);
  }

  /** Ends the span of that key, if there is one. */
  end(key: string, to: number): void {
    const span = this.#open.get(key);
    if (!span) return;
    this.#open.delete(key);
    if (to <= span.from) return;
    const at = (this.#count % CAPACITY) * SPAN_STRIDE;
    this.#over[at] = span.lane;
    this.#over[at + 1] = span.from;
    this.#over[at + 2] = to;
    this.#over[at + 3] = span.value;
    this.#count += 1;
  }

  /**
   * The spans that reach into [from, to), in rows of SPAN_STRIDE, those that are not over last. Of spans of a lane that
   * are all within the same `least` ticks, one stands for them; never more than MAX_SPANS, the later ones.
   */
  between(from: number, to: number, least: number): Float64Array<ArrayBuffer> {
    const rows: number[][] = [];
    const shown = new Map<number, number>();
    for (let k = Math.max(0, this.#count - CAPACITY); k < this.#count; k++) {
      const at = (k % CAPACITY) * SPAN_STRIDE;
      const lane = this.#over[at] ?? 0;
      const began = this.#over[at + 1] ?? 0;
      const ended = this.#over[at + 2] ?? 0;
      if (ended <= from || began >= to) continue;
      const place = Math.floor(began / least);
      if (place === Math.floor(ended / least)) {
        if (shown.get(lane) === place) continue;
        shown.set(lane, place);
      }
      rows.push([lane, began, ended, this.#over[at + 3] ?? 0]);
    }
    for (const { lane, from: began, value } of this.#open.values())
      if (began < to) rows.push([lane, began, -1, value]);
    const kept = rows.slice(-MAX_SPANS);
    const spans = new Float64Array(kept.length * SPAN_STRIDE);
    for (const [index, row] of kept.entries()) spans.set(row, index * SPAN_STRIDE);
    return spans;
  }
}
