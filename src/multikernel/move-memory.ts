/** Memory joins an instance or leaves it, also while its kernel runs: then the kernel is told, or asked, by messages. */
import { FENCE_CODE, FENCE_TLB, OWNER_POOL, PAGE_SIZE } from '../protocol/layout.ts';
import type { UpdatePhase } from '../protocol/machine-view.ts';
import type { ControllerContext } from './controller-context.ts';
import { allHarts, fenceHarts } from './hart-control.ts';
import { clearPages, regionOf } from './instance-memory.ts';
import type { Instance } from './instances.ts';
import { formatRange } from './kerf-values.ts';
import { KernelRequest } from './kernel-request.ts';
import type { MoveFailure } from './move-hart.ts';
import { instanceOwner, type PageRun } from './ownership.ts';
import type { MemoryPlan } from './plan-update.ts';
import { withoutRun } from './pool.ts';
import { MEMORY_PHASE, setPhase } from './update-phases.ts';

/** Null: done. After a failure the memory is where it was. */
export function moveMemory(
  context: ControllerContext,
  instance: Instance,
  plan: MemoryPlan,
): Promise<MoveFailure | null> {
  return plan.kind === 'add'
    ? addMemory(context, instance, plan.run)
    : removeMemory(context, instance, plan.run);
}

/** The plan that undoes this one. */
export const reverseMemory = (plan: MemoryPlan): MemoryPlan => ({
  kind: plan.kind === 'add' ? 'remove' : 'add',
  run: plan.run,
});

async function addMemory(
  context: ControllerContext,
  instance: Instance,
  run: PageRun,
): Promise<MoveFailure | null> {
  const phase = phaser(context, instance);
  phase('ownership');
  // Nobody is granted pool pages, so they cannot change between here and the grant.
  clearPages(context, run);
  context.ownership.setPages(run, instanceOwner(instance.id));
  instance.added = [...instance.added, run];
  // A hart may remember that it was refused there.
  await fenceHarts(context, context.hartsOf(instance), FENCE_TLB);
  phase('mem-add');
  const why = await ask(context, instance, 'MEM_ADD', 'MEM_REMOVE', run);
  if (why === null) {
    phase('online');
    context.changed();
    return null;
  }
  await takeBack(context, instance, run);
  phase('failed');
  return { code: 'mem-add-failed', reason: `${words(run)} was taken back to the pool: ${why}` };
}

async function removeMemory(
  context: ControllerContext,
  instance: Instance,
  run: PageRun,
): Promise<MoveFailure | null> {
  const phase = phaser(context, instance);
  phase('mem-remove');
  const why = await ask(context, instance, 'MEM_REMOVE', 'MEM_ADD', run);
  if (why !== null) {
    phase('failed');
    return { code: 'mem-remove-failed', reason: `${words(run)} stays with ${instance.name}: ${why}` };
  }
  phase('ownership');
  await takeBack(context, instance, run);
  phase('free');
  return null;
}

/**
 * Null: the kernel has accepted, or there is none. One that does not answer in time is told the opposite after it. What it
 * was to give it keeps; what it was to get may be in use already, so it is asked back before it is taken.
 */
async function ask(
  context: ControllerContext,
  instance: Instance,
  what: 'MEM_ADD' | 'MEM_REMOVE',
  opposite: 'MEM_ADD' | 'MEM_REMOVE',
  run: PageRun,
): Promise<string | null> {
  if (instance.state !== 'active') return null;
  const { base, size } = regionOf(run);
  const request = KernelRequest.send(context, instance, what, base, size);
  if (!request) return `the message ring of ${instance.name} is full`;
  const nothingMore = (): boolean => true;
  const why = await request.completed(nothingMore, '', () => undefined);
  if (why === null || request.answered || context.exitOf(instance) !== 0) return why;
  const sendOpposite = (): KernelRequest | null =>
    KernelRequest.send(context, instance, opposite, base, size);
  if (what === 'MEM_ADD') return (await request.askBack(sendOpposite)) ? null : why;
  if (sendOpposite()) context.hearers.delete(instance.id);
  return why;
}

/** No hart reaches the pages, none remembers code of them, and their content is gone, before they can be granted again. */
async function takeBack(context: ControllerContext, instance: Instance, run: PageRun): Promise<void> {
  instance.added = instance.added.flatMap((added) => withoutRun([added], run));
  context.ownership.setPages(run, OWNER_POOL);
  await fenceHarts(context, allHarts(context), FENCE_TLB | FENCE_CODE);
  clearPages(context, run);
  context.changed();
}

function phaser(context: ControllerContext, instance: Instance): (phase: UpdatePhase) => void {
  if (instance.state !== 'active') return () => undefined;
  return (phase) => setPhase(context, instance, MEMORY_PHASE, phase);
}

const words = (run: PageRun): string => `memory ${formatRange(regionOf(run).base, run.pages * PAGE_SIZE)}`;
