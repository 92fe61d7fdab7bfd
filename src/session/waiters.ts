/** Conditions that somebody awaits, looked at whenever the one memory may have changed. */
import { CONTROLLER_WAITER } from '../machine/hart-runner.ts';
import { HEADER } from '../protocol/layout.ts';

/** A safety net beside the wake-ups, and the grain of time-outs, in ms. */
const LOOK_EVERY_MS = 5;

interface Waiter {
  readonly condition: () => boolean;
  readonly end: number;
  readonly settle: (held: boolean) => void;
}

/** Waiting in Parallel mode: woken through CONTROLLER_WAKE (see WakeListener), time-outs in host time. */
export class Waiters {
  private readonly words: Int32Array;
  private readonly waiters = new Set<Waiter>();
  private timer: ReturnType<typeof setInterval> | null = null;

  constructor(memory: WebAssembly.Memory) {
    this.words = new Int32Array(memory.buffer, 0, 1024);
  }

  /** Resolves true as soon as `condition` holds, false after `timeoutMs` of host time. */
  until(condition: () => boolean, timeoutMs: number): Promise<boolean> {
    // The bit first, then the look: a hart that becomes SAFE after the look wakes us.
    Atomics.or(this.words, HEADER.FENCE_WAITERS >> 2, 1 << CONTROLLER_WAITER);
    if (condition()) {
      this.rest();
      return Promise.resolve(true);
    }
    return new Promise((settle) => {
      this.waiters.add({ condition, end: performance.now() + timeoutMs, settle });
      this.timer ??= setInterval(() => this.look(), LOOK_EVERY_MS);
    });
  }

  /** Looks at every condition; settles those that hold or are out of time. */
  look(): void {
    const now = performance.now();
    for (const waiter of [...this.waiters]) {
      const held = waiter.condition();
      if (!held && now < waiter.end) continue;
      this.waiters.delete(waiter);
      waiter.settle(held);
    }
    this.rest();
  }

  private rest(): void {
    if (this.waiters.size > 0) return;
    Atomics.and(this.words, HEADER.FENCE_WAITERS >> 2, ~(1 << CONTROLLER_WAITER));
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }
}
