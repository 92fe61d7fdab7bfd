/**
 * The quiet kernels of the stress run (guests/stress/quiet.c): a ball between two of them, a token among the harts of a
 * third. Each interrupt in it is the only thing that wakes its hart, so that a single one that is lost stops the ball or
 * the token for ever; here that is noticed.
 */
import { STATUS } from '../protocol/channel.ts';
import type { InstanceView } from '../protocol/machine-view.ts';
import type { LocalMachine } from '../session/make-machine.ts';
import { QUIET, type QuietName } from './stress-kernels.ts';
import { statusWord } from './status-word.ts';

/** Of two ends of a ball this one throws, being first by name, and measures how long the ball was away. */
const THROWER: QuietName = 'east';
/**
 * One step takes some microseconds and, on a host with much else to do, some tens of milliseconds. In a machine that loses
 * nothing nothing else takes longer; in one that does, no step comes ever again.
 */
const LIMIT_MS = 5_000;
/** Steps that have to come after each disturbance: more than it could itself have set going. */
const STEPS = 200;

export class StressQuiet {
  /** Longest time that a ball was away, in milliseconds of machine time. */
  longestMs = 0;
  private readonly machine: LocalMachine;

  constructor(machine: LocalMachine) {
    this.machine = machine;
  }

  /** Resolves with what is wrong, or ''. These quiet kernels run, and nobody disturbs them. */
  async problem(names: readonly QuietName[] = QUIET): Promise<string> {
    const { instances } = await this.machine.services.view();
    for (const name of names) {
      const instance = instances.find((each) => each.name === name);
      if (instance === undefined) return `there is no ${name}`;
      const problem = await this.goesOn(instance);
      if (problem !== '') return problem;
      if (name === THROWER) this.longestMs = Math.max(this.longestMs, this.away(instance));
    }
    return this.longestMs > LIMIT_MS
      ? `an answer to ${THROWER} took ${this.longestMs} ms: something else than its doorbell brought it`
      : '';
  }

  /** Every single step is watched: each has the whole limit, and none may need it. */
  private async goesOn(instance: InstanceView): Promise<string> {
    const read = (): number => statusWord(this.machine, instance, STATUS.WORK);
    const goal = read() + STEPS;
    for (let at = read(); at < goal; at = read()) {
      const before = at;
      if (!(await this.machine.services.engine.until(() => read() > before, LIMIT_MS)))
        return `${instance.name} has stood still at ${before} for ${LIMIT_MS / 1000} s: a wake-up was lost`;
    }
    return '';
  }

  private away(instance: InstanceView): number {
    return statusWord(this.machine, instance, STATUS.REQUESTS_BLACKOUT) / 1e6;
  }
}
