/** `create`, `unload` and `delete`: what an instance holds is taken from the pool and given back. */
import { ok, type Result } from '../base/result.ts';
import { FENCE_CODE, FENCE_TLB, GONE_END, OWNER_POOL } from '../protocol/layout.ts';
import { INSTANCE_DELETED, TRACE_KIND } from '../protocol/trace.ts';
import { otherEnd, ringOf } from './channels.ts';
import type { ControllerContext } from './controller-context.ts';
import { formatDevices } from './device-table.ts';
import { allHarts, fenceHarts, settleHarts } from './hart-control.ts';
import { clearBlock, clearPages, runsOf } from './instance-memory.ts';
import type { Instance } from './instances.ts';
import type { CreateCommand } from './kerf-parser.ts';
import { formatHarts, formatRange } from './kerf-values.ts';
import { takeDevice } from './move-device.ts';
import { channelOwner, instanceOwner, type PageRun } from './ownership.ts';
import { announceLeave, announcePeer } from './peer-news.ts';
import { planCreate, type CreatePlan } from './plan-create.ts';

export async function createInstance(
  context: ControllerContext,
  command: CreateCommand,
): Promise<Result<string>> {
  const planned = planCreate(context, command);
  if (!planned.ok) return planned;
  const plan = planned.value;
  const what = `harts ${formatHarts(plan.harts)}, memory ${formatRange(plan.memory.base, plan.memory.size)}${
    plan.devices.length === 0 ? '' : `, devices ${formatDevices(plan.devices)}`
  }`;
  if (command.dryRun) return ok(`${plan.name} would be instance ${plan.id}: ${what}; nothing was changed`);

  const instance = context.instances.add(plan);
  clearBlock(context, plan.id, plan.run);
  clearPages(context, plan.run);
  context.ownership.setPages(plan.run, instanceOwner(plan.id));
  for (const channel of plan.channels) makeChannel(context, channel);
  for (const hart of plan.harts) context.setHartOwner(hart, plan.id);
  for (const device of plan.devices) context.setDeviceOwner(device, plan.id);
  await settleHarts(context, plan.harts);
  await fenceHarts(context, plan.harts, FENCE_TLB | FENCE_CODE);
  context.setState(instance, 'ready', '');
  const told = announcePeer(context, instance);
  const note =
    told.length === 0
      ? ''
      : `\n${listed(told)} ${told.length === 1 ? 'was' : 'were'} told of the new channel; a kernel that does not know such news finds it at its next exec`;
  return ok(`${plan.name} is ready: instance ${plan.id}, ${what}${note}`);
}

/** alpha; alpha and beta; alpha, beta and gamma. */
const listed = (names: readonly string[]): string => names.join(', ').replace(/, ([^,]*)$/, ' and $1');

/** Drops the image of an instance that does not run, and empties its memory. */
export async function unloadInstance(
  context: ControllerContext,
  instance: Instance,
  dryRun: boolean,
): Promise<Result<string>> {
  if (dryRun) {
    const image = instance.kernel?.file ?? 'its image';
    return ok(`${instance.name} would drop ${image} and be ready; nothing was changed`);
  }
  await settleHarts(context, context.hartsOf(instance));
  instance.kernel = null;
  for (const run of runsOf(instance)) clearPages(context, run);
  context.setState(instance, 'ready', '');
  return ok(`${instance.name} is ready`);
}

/** Gives everything back. Nothing of it can be granted again before every hart has dropped what it knew of it. */
export async function deleteInstance(
  context: ControllerContext,
  instance: Instance,
): Promise<Result<string>> {
  const harts = context.hartsOf(instance);
  await settleHarts(context, harts);
  for (const device of context.devices.of(instance.id)) await takeDevice(context, instance, device);
  for (const hart of harts) context.setHartOwner(hart, null);
  announceLeave(context, instance);
  for (const channel of context.channels.of(instance.id)) context.channels.leave(channel, instance.id);
  const runs = [...runsOf(instance), ...takeUnusedChannels(context)];
  for (const run of runs) context.ownership.setPages(run, OWNER_POOL);
  await fenceHarts(context, allHarts(context), FENCE_TLB | FENCE_CODE);
  for (const run of runs) clearPages(context, run);
  context.instances.remove(instance.id);
  context.trace(TRACE_KIND.INSTANCE_STATE, instance.id, INSTANCE_DELETED, BigInt(instance.bootId), 0);
  context.changed();
  return ok(`${instance.name} is deleted; free: harts ${formatHarts(context.ownership.hartsOf(null))}`);
}

/** Frees channels whose one end is deleted and whose other end has stopped since. */
export async function sweepChannels(context: ControllerContext): Promise<void> {
  const runs = takeUnusedChannels(context);
  if (runs.length === 0) return;
  for (const run of runs) context.ownership.setPages(run, OWNER_POOL);
  await fenceHarts(context, allHarts(context), FENCE_TLB);
  for (const run of runs) clearPages(context, run);
  context.changed();
}

function makeChannel(context: ControllerContext, plan: CreatePlan['channels'][number]): void {
  clearPages(context, plan.run);
  const channel = context.channels.add(plan.a, plan.b, plan.run);
  for (const direction of ['a-to-b', 'b-to-a'] as const) {
    context.region.setReceiverHart(ringOf(channel, direction), null);
  }
  context.ownership.setPages(plan.run, channelOwner(channel.id));
}

/**
 * Removes the channels with a deleted end from the table, but for those whose other end is running: it has the region
 * mapped, would fault in it, and keeps it until it stops. The pages are still to be freed.
 */
function takeUnusedChannels(context: ControllerContext): PageRun[] {
  const unused = context.channels.of(GONE_END).filter((channel) => {
    const other = otherEnd(channel, GONE_END);
    return !context.instances.list().some((instance) => instance.id === other && instance.state === 'active');
  });
  for (const channel of unused) {
    context.channels.remove(channel.id);
    context.untoldLeaves.delete(channel.id);
  }
  return unused;
}
