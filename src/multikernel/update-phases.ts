/** Where an update of a running instance has come to: in the view, for the tile, and in the trace, for its slices. */
import { TRACE_KIND } from '../protocol/trace.ts';
import { UPDATE_PHASES, type UpdatePhase } from '../protocol/machine-view.ts';
import type { ControllerContext } from './controller-context.ts';
import type { Instance } from './instances.ts';

/** In the place of a hart: the phase is one of memory. */
export const MEMORY_PHASE = -1;
/** The kernel as a whole is handed over. */
export const KERNEL_PHASE = -2;
/** The phase is one of a device. */
export const DEVICE_PHASE = -3;

/** The hart, or what stands in its place, enters a phase now. */
export function setPhase(
  context: ControllerContext,
  instance: Instance,
  hart: number,
  phase: UpdatePhase,
): void {
  const step = { hart, instance: instance.id, phase, began: context.env.time() };
  context.phases = [...context.phases.filter((other) => other.hart !== hart), step];
  const number = BigInt(UPDATE_PHASES.indexOf(phase));
  context.trace(TRACE_KIND.PHASE, instance.id, number, BigInt(hart), instance.id);
  context.changed();
}

/**
 * Phases that pass one after the other while somebody only looks now and then: a phase that began and ended between two
 * looks is entered all the same, so that every update shows the same ones.
 */
export class PhaseWalk {
  readonly #enter: (phase: UpdatePhase) => void;
  readonly #phases: readonly UpdatePhase[];
  #at = -1;

  /** Enters the first of `phases`. */
  constructor(enter: (phase: UpdatePhase) => void, phases: readonly UpdatePhase[]) {
    this.#enter = enter;
    this.#phases = phases;
    this.#step();
  }

  /** Goes on up to `phase`; nothing when it has been passed. */
  reach(phase: UpdatePhase): void {
    const end = this.#phases.indexOf(phase);
    while (this.#at < end) this.#step();
  }

  #step(): void {
    this.#at += 1;
    const phase = this.#phases[this.#at];
    if (phase !== undefined) this.#enter(phase);
  }
}

/** Who has arrived is on no way any more. What failed stays to be seen, up to the next command. */
export function forgetArrived(context: ControllerContext): void {
  for (const { hart, instance, phase } of context.phases)
    if (phase !== 'failed') context.trace(TRACE_KIND.PHASE_END, instance, 0n, BigInt(hart), instance);
  context.phases = context.phases.filter(({ phase }) => phase === 'failed');
  context.changed();
}
