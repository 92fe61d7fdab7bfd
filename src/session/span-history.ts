/** Spans of time that began and ended on lanes: owners of harts, phases of moves, states of kernels. Bounded. */
import { MAX_SPANS, SPAN_STRIDE } from '../protocol/timeline.ts';

/** Spans kept that are over. */
const CAPACITY = 4 * MAX_SPANS;

interface Span {
  readonly lane: number;
  readonly from: number;
  readonly value: number;
}

export class SpanHistory {
  /** What is over, by the order of ending; a ring. */
  readonly #over: (Span & { readonly to: number })[] = [];
  #next = 0;
  readonly #open = new Map<string, Span>();

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
    this.#over[this.#next] = { ...span, to };
    this.#next = (this.#next + 1) % CAPACITY;
  }

  /**
   * The spans that reach into [from, to), in rows of SPAN_STRIDE, those that are not over last. Of spans of a lane that
   * are all within the same `least` ticks, one stands for them; never more than MAX_SPANS, the later ones.
   */
  between(from: number, to: number, least: number): Float64Array<ArrayBuffer> {
    const rows: number[][] = [];
    const shown = new Map<number, number>();
    for (let k = 0; k < this.#over.length; k++) {
      const span = this.#over[(this.#next + k) % this.#over.length];
      if (!span || span.to <= from || span.from >= to) continue;
      const place = Math.floor(span.from / least);
      if (place === Math.floor(span.to / least)) {
        if (shown.get(span.lane) === place) continue;
        shown.set(span.lane, place);
      }
      rows.push([span.lane, span.from, span.to, span.value]);
    }
    for (const { lane, from: began, value } of this.#open.values())
      if (began < to) rows.push([lane, began, -1, value]);
    const kept = rows.slice(-MAX_SPANS);
    const spans = new Float64Array(kept.length * SPAN_STRIDE);
    for (const [index, row] of kept.entries()) spans.set(row, index * SPAN_STRIDE);
    return spans;
  }
}
