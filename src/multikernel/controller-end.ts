/** A kernel has ended, by itself or not: its harts are confirmed stopped, then its books are closed. */
import { assert } from '../base/assert.ts';
import {
  EXIT_KILLED,
  EXIT_LOST,
  EXIT_PANIC,
  EXIT_PANIC_REPORTED,
  EXIT_REBOOT,
  EXIT_SHUTDOWN,
  EXIT_TAKEN,
  INSTANCE,
} from '../protocol/layout.ts';
import type { ControllerContext } from './controller-context.ts';
import { isStopped, PATIENT_LIMIT_MS, stopHarts } from './hart-control.ts';
import type { Instance } from './instances.ts';
import { closeLinks } from './kernel-links.ts';
import { hearKernel, NO_INTERRUPT_HART } from './kernel-messages.ts';
import { keepRemains } from './last-words.ts';

/** Reason of an instance whose kernel asked for a restart, until that has happened. */
const REBOOT_REASON = 'reboot';

const REASONS: Readonly<Record<number, string>> = {
  [EXIT_SHUTDOWN]: 'shutdown',
  [EXIT_REBOOT]: REBOOT_REASON,
  [EXIT_PANIC]: 'panic',
  [EXIT_PANIC_REPORTED]: 'panic (reported by console)',
  [EXIT_KILLED]: 'killed',
};

/** Whether the kernel asked for a restart that has not begun. */
export const awaitsRestart = (instance: Instance): boolean =>
  instance.state === 'loaded' && instance.reason === REBOOT_REASON;

/** True when the kernel ended itself, or none of its harts runs any more. */
export const hasEnded = (context: ControllerContext, instance: Instance): boolean =>
  context.exitOf(instance) !== 0 || context.hartsOf(instance).every((hart) => isStopped(context, hart));

/** Why a kernel has ended, as INSTANCE.EXIT tells it. */
export function exitReason(context: ControllerContext, instance: Instance): string {
  const exit = context.exitOf(instance);
  const hart = context.instanceWord(instance.id, INSTANCE.EXIT_STATUS);
  if (exit === EXIT_TAKEN)
    return `hart ${hart} was taken from it by force: it did not let go of it when asked`;
  if (exit !== EXIT_LOST) return REASONS[exit] ?? `exit ${exit}`;
  const why = context.env.lossReason(hart);
  return `the worker of hart ${hart} died${why === '' ? '' : `: ${why}`}`;
}

/** Finishes the end that INSTANCE.EXIT of an active instance tells of. */
export async function finishExit(context: ControllerContext, instance: Instance): Promise<void> {
  const reason = exitReason(context, instance);
  const lost: readonly number[] = [EXIT_LOST, EXIT_TAKEN];
  const state = lost.includes(context.exitOf(instance)) ? 'failed' : 'loaded';
  await stopHarts(context, context.hartsOf(instance), PATIENT_LIMIT_MS);
  closeBooks(context, instance, state, reason);
}

/** Every hart of the instance is STOPPED: tells its peers, and keeps memory, registers and console for the inspector. */
export function closeBooks(
  context: ControllerContext,
  instance: Instance,
  state: 'loaded' | 'failed',
  reason: string,
): void {
  assert(instance.state === 'active', `${instance.name} is active`);
  hearKernel(context, instance);
  keepRemains(context, instance, reason);
  context.setInstanceWord(instance.id, INSTANCE.ACTIVE, 0);
  context.setInstanceWord(instance.id, INSTANCE.INTERRUPT_HART, NO_INTERRUPT_HART);
  closeLinks(context, instance);
  context.heldHandOvers.release(context, instance);
  // Whom it was to hand over to has nothing to take over any more.
  instance.next = null;
  context.setState(instance, state, reason);
}
