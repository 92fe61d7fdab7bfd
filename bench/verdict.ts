/** Limits of the benchmark, and what is said of a figure that is measured against one. */

export interface Verdict {
  readonly held: boolean;
  readonly says: string;
}

interface Limit {
  readonly what: string;
  readonly unit: string;
  /** Digits after the point. */
  readonly digits: number;
  /** One of the two: the figure has to be smaller than this, or not smaller. */
  readonly below?: number;
  readonly atLeast?: number;
}

/** What the playground promises. `npm run bench` ends with status 1 when a figure misses its limit. */
export const LIMITS = {
  text: { what: 'first visit: first console text', unit: ' ms', digits: 0, below: 2_000 },
  pulses: { what: 'first visit: beats of both kernels', unit: ' ms', digits: 0, below: 3_000 },
  /** Of one host core. */
  idle: { what: 'idle machine', unit: ' % of one host core', digits: 2, below: 5 },
  /** Work of the page's main thread from one frame to the next, p99, under 100,000 trace records a second. */
  frame: { what: 'page under load: work for a frame, p99', unit: ' ms', digits: 2, below: 8 },
  task: { what: 'page under load: longest task', unit: ' ms', digits: 1, below: 50 },
  heap: { what: 'page under load: growth of the heap in a minute', unit: ' MB', digits: 1, below: 20 },
  echo: { what: 'echo of typed letters beside two busy harts, p95', unit: ' ms', digits: 1, below: 100 },
  /** Longest of a forced kill of a kernel whose harts spin with interrupts masked. */
  kill: { what: 'kill --force of a wedged kernel', unit: ' ms', digits: 2, below: 100 },
  /** Geometric mean of (time of wasm32 / time of the guest). */
  speed: { what: 'speed against wasm32', unit: '', digits: 4, atLeast: 0.04 },
} as const satisfies Record<string, Limit>;

/** Judges a figure; one that is no number has not been measured and misses every limit. */
export function judge(limit: Limit, figure: number): Verdict {
  const { below = Infinity, atLeast = -Infinity } = limit;
  const held = Number.isFinite(figure) && figure < below && figure >= atLeast;
  const asked = limit.below === undefined ? `at least ${atLeast}` : `below ${below}`;
  return {
    held,
    says: `${limit.what}: ${figure.toFixed(limit.digits)}${limit.unit}, has to be ${asked}`,
  };
}

/** Something that was asked for and could not be measured, or that came out wrong. */
export const miss = (says: string): Verdict => ({ held: false, says });

/** The lines that end the benchmark, and whether every verdict held; no verdict at all is a miss. */
export function summary(verdicts: readonly Verdict[]): {
  readonly lines: readonly string[];
  readonly held: boolean;
} {
  const lines = verdicts.map(({ held, says }) => `${held ? 'held  ' : 'MISSED'} ${says}`);
  return { lines, held: verdicts.length > 0 && verdicts.every(({ held }) => held) };
}

/** NaN of nothing. */
export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;

/** The value that `p` percent (0 … 100) are not above; NaN of nothing. */
export function percentile(values: readonly number[], p: number): number {
  const rank = Math.max(1, Math.ceil((p / 100) * values.length));
  return values.toSorted((a, b) => a - b)[rank - 1] ?? NaN;
}

/** NaN when one of them is no positive number, and of nothing. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
