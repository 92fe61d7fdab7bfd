/** The memory of this process during a long run. */
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { getHeapSnapshot, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { WARM_ROUNDS, type Growth, type MemorySample } from './growth.ts';
import { heldBytes } from './heap-snapshot.ts';

/** Samples are taken after a collection that is forced, so that what is only garbage does not count. */
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
  async round(): Promise<void> {
    this.#rounds += 1;
    if (this.#rounds === WARM_ROUNDS) this.#first = await this.sample();
  }

  /** Null: not more than WARM_ROUNDS rounds, so there is nothing to compare. */
  async growth(): Promise<Growth | null> {
    const first = this.#first;
    if (first === null || this.#rounds === WARM_ROUNDS) return null;
    return { rounds: this.#rounds, first, last: await this.sample() };
  }

  /**
   * rss is the whole process with all its threads. Objects and what array buffers hold outside the heap are those of this
   * thread, which has the controller, the consoles and the trace; what the workers of harts have is in rss alone. Looking
   * at the objects takes memory itself, which the process keeps: a run begins with a sample that nobody compares.
   */
  async sample(): Promise<MemorySample> {
    // What the first collection finds lets go of more in a later turn, and buffers are swept by the one that follows.
    this.#collect();
    await setImmediate();
    this.#collect();
    const { rss, arrayBuffers } = process.memoryUsage();
    return { rss, objects: heldBytes(await text(getHeapSnapshot())), 'array buffers': arrayBuffers };
  }
}
