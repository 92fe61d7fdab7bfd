/** How much more memory this process has at the end of a long run than when everything was warm. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes: of the whole process, and of the heap of this thread. */
interface MemorySample {
  readonly rss: number;
  readonly heap: number;
}

export interface Growth {
  readonly rounds: number;
  readonly first: MemorySample;
  readonly last: MemorySample;
  /** Per cent of `first`. */
  readonly rss: number;
  readonly heap: number;
}

/** Rounds after which everything that is made once has been made. */
export const WARM_ROUNDS = 100;

/** Samples are taken after a collection, so that what is only garbage does not count. */
export class MemoryGrowth {
  readonly #collect: () => void;
  #rounds = 0;
  #first: MemorySample | null = null;

  constructor() {
    // The flag has an effect on contexts made after it, also where node was started without it.
    setFlagsFromString('--expose-gc');
    this.#collect = runInNewContext('gc') as () => void;
  }

  /** To be called after each round. */
  round(): void {
    this.#rounds += 1;
    if (this.#rounds === WARM_ROUNDS) this.#first = this.#sample();
  }

  /** Null: not more than WARM_ROUNDS rounds, so there is nothing to compare. */
  growth(): Growth | null {
    const first = this.#first;
    if (first === null || this.#rounds === WARM_ROUNDS) return null;
    const last = this.#sample();
    const percent = (of: keyof MemorySample): number => 100 * (last[of] / first[of] - 1);
    return { rounds: this.#rounds, first, last, rss: percent('rss'), heap: percent('heap') };
  }

  #sample(): MemorySample {
    this.#collect();
    const { rss, heapUsed } = process.memoryUsage();
    return { rss, heap: heapUsed };
  }
}

/** A line for people. */
export function growthText(growth: Growth | null): string {
  if (growth === null) return `memory: not measured, that takes more than ${WARM_ROUNDS} rounds`;
  const { first, last } = growth;
  const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  const signed = (percent: number): string => `${percent >= 0 ? '+' : ''}${percent.toFixed(1)} %`;
  return (
    `memory: rss ${mib(first.rss)} after ${WARM_ROUNDS} rounds, ${mib(last.rss)} after ${growth.rounds} ` +
    `(${signed(growth.rss)}); heap ${mib(first.heap)}, ${mib(last.heap)} (${signed(growth.heap)})`
  );
}
