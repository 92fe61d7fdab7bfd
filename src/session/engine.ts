/** What makes the machine move and lets somebody wait for it: one for each mode. */
import type { Clock } from '../machine/clock.ts';

export interface Engine {
  readonly clock: Clock;
  /** Resolves true when `condition` holds, false after `timeoutMs` (host time in Parallel mode and while paused, machine time in Repeatable mode). */
  until(condition: () => boolean, timeoutMs: number): Promise<boolean>;
  /** The same for what a kernel has to do: without the time for which the machine is paused. */
  untilKernel(condition: () => boolean, timeoutMs: number): Promise<boolean>;
  /** Replaces the worker of a hart that is lost or does not stop; LOST for good when it cannot (see HartWorkers.replace). */
  replaceWorker(hart: number): Promise<void>;
  /**
   * Ends a hart's worker as a crash would; in Repeatable mode the hart gets no more turns. False: there is no such worker.
   * For a hart that has hung where nobody owns the loss, and for tests of what a crash costs.
   */
  crash(hart: number): Promise<boolean>;
  /** Why the hart was lost, or ''. */
  lossReason(hart: number): string;
  dispose(): Promise<void>;
}
