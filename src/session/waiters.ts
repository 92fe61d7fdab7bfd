/**
 * Conditions that somebody awaits, looked at whenever the one memory may have changed.
 *
 * There are limits of two kinds. What the host has to do (a worker that stops, a fence, a replacement) has host time, also
 * while the machine is paused: workers serve such requests then. What a kernel has to do it cannot do while HEADER.PAUSED
 * is set: its limit stands until somebody resumes, as its own clock does.
 */
import { CONTROLLER_WAITER } from '../machine/hart-runner.ts';
import { HEADER } from '../protocol/layout.ts';

/** A safety net beside the wake-ups, and the grain of time-outs, in ms. */
const LOOK_EVERY_MS = 5;

interface Waiter {
  readonly condition: () => boolean;
  /** `performance.now` at which it is given up. */
  end: number;
  /** Its time stands while the machine is paused. */
  readonly stands: boolean;
  readonly settle: (held: boolean) => void;
  readonly fail: (error: unknown) => void;
}

/** Waiting in Parallel mode: woken through CONTROLLER_WAKE (see WakeListener), time-outs in host time. */
export class Waiters {
  private readonly words: Int32Array;
  private readonly waiters = new Set<Waiter>();
  private timer: ReturnType<typeof setInterval> | null = null;
  private disposed = false;
  /** The last look, by `performance.now`. */
  private lookedAt = 0;

  constructor(memory: WebAssembly.Memory) {
    this.words = new Int32Array(memory.buffer, 0, 1024);
  }

  /**
   * Resolves true as soon as `condition` holds, false after `timeoutMs` of host time or when the machine is disposed of.
   * Rejects with what `condition` throws. `stands`: without the time for which the machine is paused meanwhile, to within
   * a grain.
   */
  until(condition: () => boolean, timeoutMs: number, stands = false): Promise<boolean> {
    if (this.disposed) return Promise.resolve(false);
    return new Promise((settle, fail) => {
      // The bit first, then the look: a hart that becomes SAFE after the look wakes us.
      Atomics.or(this.words, HEADER.FENCE_WAITERS >> 2, 1 << CONTROLLER_WAITER);
      const now = performance.now();
      this.stand(now);
      const waiter = { condition, end: now + timeoutMs, stands, settle, fail };
      // Looked at also when no time is left for it.
      if (this.settled(waiter, -Infinity)) {
        this.rest();
        return;
      }
      this.waiters.add(waiter);
      this.timer ??= setInterval(() => this.look(), LOOK_EVERY_MS);
    });
  }

  /** Looks at every condition; settles those that hold, are out of time, or throw. Throws nothing itself. */
  look(): void {
    const now = performance.now();
    this.stand(now);
    for (const waiter of [...this.waiters]) if (this.settled(waiter, now)) this.waiters.delete(waiter);
    this.rest();
  }

  /** Nothing will change any more: whoever waits is told that it did not happen. */
  dispose(): void {
    this.disposed = true;
    for (const waiter of this.waiters) waiter.settle(false);
    this.waiters.clear();
    this.rest();
  }

  /** One condition that fails is its waiter's affair alone. */
  private settled(waiter: Waiter, now: number): boolean {
    try {
      const held = waiter.condition();
      if (!held && now < waiter.end) return false;
      waiter.settle(held);
    } catch (error) {
      waiter.fail(error);
    }
    return true;
  }

  /** Puts off what stands by the time since the last look, if the machine is paused. */
  private stand(now: number): void {
    const passed = now - this.lookedAt;
    this.lookedAt = now;
    if (Atomics.load(this.words, HEADER.PAUSED >> 2) === 0) return;
    for (const waiter of this.waiters) if (waiter.stands) waiter.end += passed;
  }

  private rest(): void {
    if (this.waiters.size > 0) return;
    Atomics.and(this.words, HEADER.FENCE_WAITERS >> 2, ~(1 << CONTROLLER_WAITER));
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }
}
