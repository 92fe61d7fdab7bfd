/** `exec`: a loaded kernel is placed anew in empty memory and started, as kexec does it. */
import { assert } from '../base/assert.ts';
import { ok, refuse, type Result } from '../base/result.ts';
import { applyLoad } from '../machine/loaders/load.ts';
import { EXIT_NONE, FENCE_CODE, FENCE_TLB, INSTANCE } from '../protocol/layout.ts';
import type { ControllerContext } from './controller-context.ts';
import { fenceHarts, settleHarts, startHart } from './hart-control.ts';
import { clearPages, deviceTreeAddress, resetDevices, runsOf } from './instance-memory.ts';
import type { Instance, LoadedKernel } from './instances.ts';
import { formatHarts } from './kerf-values.ts';
import { announceLinks, closeLinks, openLinks } from './kernel-links.ts';
import { writeDeviceTree } from './kernel-tree-of.ts';
import { bootHart } from './plan-update.ts';
import { checkWorker } from './validation.ts';

export async function execInstance(
  context: ControllerContext,
  instance: Instance,
  dryRun: boolean,
): Promise<Result<string>> {
  const { name, kernel } = instance;
  assert(kernel !== null, `${name} is loaded`);
  const harts = context.hartsOf(instance);
  const boot = bootHart(instance, harts);
  if (boot === null) {
    const free = formatHarts(context.ownership.hartsOf(null));
    return refuse(
      'no-harts',
      `${name} is ${instance.state} and owns no hart to boot on`,
      `give it one: kerf update ${name} --cpus +N (free harts: ${free})`,
    );
  }
  const able = checkWorkers(context, name, harts);
  if (!able.ok) return able;
  const what = `boot hart ${boot}, harts ${formatHarts(harts)}`;
  if (dryRun) return ok(`${name} would start: ${what}; nothing was changed`);

  await settleHarts(context, harts);
  const settled = checkWorkers(context, name, harts);
  if (!settled.ok) return settled;
  await fenceHarts(context, harts, FENCE_TLB | FENCE_CODE);
  for (const run of runsOf(instance)) clearPages(context, run);
  const started = await startKernel(context, instance, { kernel, boot, preserved: null });
  if (!started.ok) return started;
  const warning =
    kernel.entry === 'm' && !harts.includes(0)
      ? '\nwarning: hart 0 is not among its harts, and most M-mode images park all others'
      : '';
  return ok(`${name} is active: ${what}, boot ID ${instance.bootId}${warning}`);
}

export interface KernelStart {
  readonly kernel: LoadedKernel;
  readonly boot: number;
  /** The tree of a kexec hand-over, bytes; null: nothing is handed over. */
  readonly preserved: { readonly base: number; readonly size: number } | null;
}

/**
 * Places a kernel in memory that has been cleared for it, and starts it under a new boot ID. The harts of the instance are
 * settled and fenced, and its links closed. Refused, with nothing started: one of the harts has no worker.
 */
export async function startKernel(
  context: ControllerContext,
  instance: Instance,
  { kernel, boot, preserved }: KernelStart,
): Promise<Result<unknown>> {
  const harts = context.hartsOf(instance);
  applyLoad(context.memory, kernel.plan);
  resetDevices(context, instance.id);
  await openLinks(context, instance, boot);
  // A worker may have died while a peer was waited for; its hart has a new one before it is started, or never again.
  await settleHarts(context, harts);
  const stillAble = checkWorkers(context, instance.name, harts);
  if (!stillAble.ok) {
    closeLinks(context, instance);
    return stillAble;
  }
  instance.bootId += 1;
  instance.started = context.env.time();
  writeDeviceTree(context, instance, kernel, boot, preserved);
  becomeActive(context, instance, kernel, boot);
  const start = {
    pc: kernel.plan.entry,
    opaque: deviceTreeAddress(instance),
    privilege: kernel.entry === 'm' ? 3 : 1,
  } as const;
  for (const hart of kernel.entry === 'm' ? harts : [boot]) startHart(context, hart, start);
  announceLinks(context, instance);
  return ok(instance);
}

/** A kernel is not started on harts of which one can never run: it would wait for that one for ever. */
export function checkWorkers(
  context: ControllerContext,
  name: string,
  harts: readonly number[],
): Result<string> {
  for (const hart of harts) {
    const able = checkWorker(context, name, hart);
    if (!able.ok)
      return refuse(able.error.code, able.error.reason, `take it away: kerf update ${name} --cpus -${hart}`);
  }
  return ok(name);
}

function becomeActive(
  context: ControllerContext,
  instance: Instance,
  kernel: LoadedKernel,
  boot: number,
): void {
  for (const [offset, value] of [
    [INSTANCE.EXIT_STATUS, 0],
    [INSTANCE.EXIT, EXIT_NONE],
    [INSTANCE.M_MODE, kernel.entry === 'm' ? 1 : 0],
    [INSTANCE.INTERRUPT_HART, boot],
    [INSTANCE.PAUSED, 0],
    [INSTANCE.FIRMWARE_ENTRIES, 0],
    [INSTANCE.GATE_FAULTS, 0],
    [INSTANCE.BOOT_ID, instance.bootId],
    [INSTANCE.ACTIVE, 1],
  ] as const) {
    context.setInstanceWord(instance.id, offset, value);
  }
  context.setState(instance, 'active', '');
}
