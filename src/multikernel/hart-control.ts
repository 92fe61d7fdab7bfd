/** What the controller does to harts: stop, start, fence, replace. The controller's side of protocol/hart-protocol.ts. */
import { assert } from '../base/assert.ts';
import { recordExit } from '../machine/exit.ts';
import { fenceDone, requestFence } from '../machine/fence.ts';
import { signal, signalController } from '../protocol/hart-protocol.ts';
import {
  EXIT_LOST,
  HART,
  hartBlock,
  HSM_START_PENDING,
  HSM_STARTED,
  HSM_STOPPED,
  HSM_SUSPENDED,
  PHASE_LOST,
  PHASE_SAFE,
  REASON_START,
  REASON_STOP,
} from '../protocol/layout.ts';
import type { ControllerContext } from './controller-context.ts';

/** Running code looks at its reasons at every taken branch; a hart that does not in this time has hung. */
export const FORCE_LIMIT_MS = 100;
/** The same where nobody asked for speed, so that a busy host costs no worker. */
export const PATIENT_LIMIT_MS = 2_000;
const FENCE_LIMIT_MS = 10_000;

export const isStopped = (context: ControllerContext, hart: number): boolean =>
  context.hartWord(hart, HART.HSM) === HSM_STOPPED;

/** A kernel runs on the hart; it may have suspended it, which is how some idle. */
export const isOnline = (context: ControllerContext, hart: number): boolean => {
  const hsm = context.hartWord(hart, HART.HSM);
  return hsm === HSM_STARTED || hsm === HSM_SUSPENDED;
};

/**
 * Stops harts at once, whatever they do. When it resolves every one is STOPPED; the worker of one that did not stop
 * within `limitMs`, or had died, was replaced. Returns the harts of those.
 */
export async function stopHarts(
  context: ControllerContext,
  harts: readonly number[],
  limitMs: number,
): Promise<readonly number[]> {
  const dead = (hart: number): boolean => context.hartWord(hart, HART.PHASE) === PHASE_LOST;
  // Asked again at every look: one that still ran may have started one that had stopped.
  const stopped = (hart: number): boolean => {
    if (isStopped(context, hart) || dead(hart)) return true;
    if ((context.hartWord(hart, HART.REASONS) & REASON_STOP) === 0) signal(context.words, hart, REASON_STOP);
    return false;
  };
  await context.env.until(() => harts.filter((hart) => !stopped(hart)).length === 0, limitMs);
  const replaced = harts.filter((hart) => !isStopped(context, hart) || dead(hart));
  for (const hart of replaced) await replaceHart(context, hart);
  return replaced.filter((hart) => !context.workerless.has(hart));
}

/**
 * Makes sure that harts are STOPPED and parked, with nothing left over from what they did last: no interrupt, and no
 * request to stop that would end their next start; or have no worker that could do anything (`checkWorker`). To be
 * called before they are started or given to another owner.
 */
export async function settleHarts(context: ControllerContext, harts: readonly number[]): Promise<void> {
  await stopHarts(context, harts, PATIENT_LIMIT_MS);
  for (const hart of harts) {
    // And no start that came too late: it would take the next one's place before START_* is written.
    Atomics.and(context.words, reasonsOf(hart), ~(REASON_STOP | REASON_START));
    // Interrupts of the devices and doorbells of the last owner.
    Atomics.store(context.words, (hartBlock(hart) + HART.MIP) >> 2, 0);
  }
  // A worker that read the request before it was cleared is not parked yet; one that leaves SAFE from here on reads none.
  const parked = (hart: number): boolean =>
    context.hartWord(hart, HART.PHASE) === PHASE_SAFE || context.workerless.has(hart);
  await context.env.until(() => harts.every(parked), PATIENT_LIMIT_MS);
  for (const hart of harts) if (!parked(hart)) await replaceHart(context, hart);
}

/** Waits until all `harts` have acted on FENCE_* `kinds`. A hart that does not in 10 s has hung and is replaced. */
export async function fenceHarts(
  context: ControllerContext,
  harts: readonly number[],
  kinds: number,
): Promise<void> {
  const fences = harts.map((hart) => ({ hart, pending: requestFence(context.words, [hart], kinds) }));
  const done = (fence: (typeof fences)[number]): boolean => fenceDone(context.words, fence.pending);
  if (await context.env.until(() => fences.every(done), FENCE_LIMIT_MS)) return;
  for (const fence of fences) if (!done(fence)) await loseHart(context, fence.hart);
}

export const allHarts = (context: ControllerContext): number[] =>
  Array.from({ length: context.ownership.harts }, (_, hart) => hart);

/** Starts a settled hart (SBI HSM: STOPPED → START_PENDING → STARTED). */
export function startHart(
  context: ControllerContext,
  hart: number,
  start: { readonly pc: number; readonly opaque: number; readonly privilege: 1 | 3 },
): void {
  const block = hartBlock(hart);
  const before = Atomics.compareExchange(
    context.words,
    (block + HART.HSM) >> 2,
    HSM_STOPPED,
    HSM_START_PENDING,
  );
  assert(before === HSM_STOPPED, `hart ${hart} was confirmed stopped`);
  const view = new DataView(context.memory.buffer, block);
  view.setBigUint64(HART.START_PC, BigInt(start.pc), true);
  view.setBigUint64(HART.START_OPAQUE, BigInt(start.opaque), true);
  view.setUint32(HART.START_PRIVILEGE, start.privilege, true);
  signal(context.words, hart, REASON_START);
}

/**
 * Replaces the worker of a hart; callers at the same time wait for one replacement. Where no worker can be started, the
 * hart is STOPPED and LOST for good.
 */
export function replaceHart(context: ControllerContext, hart: number): Promise<void> {
  if (context.workerless.has(hart)) return Promise.resolve();
  const under = context.replacing.get(hart);
  if (under) return under;
  const replacement = context.env.replaceWorker(hart).then(() => {
    context.replacing.delete(hart);
    if (context.hartWord(hart, HART.PHASE) === PHASE_LOST) context.workerless.add(hart);
    context.changed();
  });
  context.replacing.set(hart, replacement);
  context.changed();
  return replacement;
}

/** Records that an active owner of the hart ended because its worker died; the first end of a kernel counts. */
export function blameLoss(context: ControllerContext, hart: number): void {
  const owner = context.ownership.hartOwner(hart);
  if (owner === null || context.instances.byId(owner)?.state !== 'active') return;
  if (recordExit(context.memory, owner, EXIT_LOST, hart)) signalController(context.words);
}

async function loseHart(context: ControllerContext, hart: number): Promise<void> {
  blameLoss(context, hart);
  await replaceHart(context, hart);
}

const reasonsOf = (hart: number): number => (hartBlock(hart) + HART.REASONS) >> 2;
