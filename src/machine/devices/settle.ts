/**
 * Keeping what follows from shared words in step with them (an interrupt line with the registers that make it), though
 * several threads change those words: one of them computes at a time, and nobody ever waits.
 *
 * Who changed a word counts CHANGES up, then tries to take HOLDER. Who gets it computes and lets go; if CHANGES has moved
 * meanwhile it does so again. Who does not get it can leave: the holder lets go later, and looks at CHANGES after that,
 * so it sees the change. Computing reads atomics only, may be done any number of times, does not throw and does not park.
 *
 * A worker that dies while it computes leaves HOLDER taken. Nobody hangs on it; the lines of that instance stand still
 * until the controller clears its devices before the next exec: a kernel that runs when the worker of one of its harts is
 * replaced ends with it.
 */
import { TRACE_CONTROLLER } from '../../protocol/layout.ts';

/** Holders are 1 + hart; the services thread comes after the harts, as in the trace rings. */
export const SERVICES = TRACE_CONTROLLER;

/** Host bytes: HOLDER (u32 atomic: 0, or 1 + who computes), CHANGES (u32 atomic, wrapping). */
const HOLDER = 0;
const CHANGES = 4;

/** Says that words behind the pair at host address `at` were changed by thread `who` (hart, or SERVICES). */
export function settle(words: Int32Array, at: number, who: number, compute: () => void): void {
  const holder = (at + HOLDER) >> 2;
  const changes = (at + CHANGES) >> 2;
  Atomics.add(words, changes, 1);
  while (Atomics.compareExchange(words, holder, 0, who + 1) === 0) {
    const seen = Atomics.load(words, changes);
    compute();
    Atomics.store(words, holder, 0);
    if (Atomics.load(words, changes) === seen) return;
  }
}
