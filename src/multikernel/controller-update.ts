/** `update`: harts come and go freely while the kernel does not run; a free hart joins a running one by messages. */
import { TICKS_PER_MS } from '../machine/clock.ts';
import { ok, refuse, type Result } from '../base/result.ts';
import { MSG_RESOURCE, RESOURCE } from '../protocol/channel.ts';
import { FENCE_CODE, FENCE_TLB, HART, HSM_STARTED } from '../protocol/layout.ts';
import type { PhaseView } from '../protocol/machine-view.ts';
import { TRACE_KIND } from '../protocol/trace.ts';
import type { Message } from './channel-region.ts';
import type { ControllerContext } from './controller-context.ts';
import { fenceHarts, FORCE_LIMIT_MS, isStopped, settleHarts, stopHarts } from './hart-control.ts';
import { checkNotPaused } from './instance-states.ts';
import type { Instance } from './instances.ts';
import type { UpdateCommand } from './kerf-parser.ts';
import { formatHarts } from './kerf-values.ts';
import { hearKernel, sendToKernel } from './kernel-messages.ts';
import { planUpdate } from './plan-update.ts';
import { checkWorker } from './validation.ts';

/** From CPU_ADD to the acknowledgement. */
const JOIN_LIMIT_MS = 5_000;

const PHASES: readonly PhaseView['phase'][] = ['ownership', 'cpu-add', 'starting', 'online', 'failed'];

export async function updateInstance(
  context: ControllerContext,
  command: UpdateCommand,
): Promise<Result<string>> {
  const planned = planUpdate(context, command);
  if (!planned.ok) return planned;
  const { instance, add, remove } = planned.value;
  const active = instance.state === 'active' && add.length > 0;
  const ready = active ? checkNotPaused(context, instance, 'to take a hart') : ok(instance);
  if (!ready.ok) return ready;
  const changes = [
    ...(add.length > 0 ? [`gets ${formatHarts(add)}`] : []),
    ...(remove.length > 0 ? [`gives ${formatHarts(remove)} back`] : []),
  ].join(' and ');
  if (changes === '') return ok(`${instance.name} has these harts already`);
  if (command.dryRun) return ok(`${instance.name} ${changes}; nothing was changed`);
  if (active) return joinAll(context, instance, add).finally(() => forgetOnline(context));

  await settleHarts(context, [...remove, ...add]);
  for (const hart of remove) context.setHartOwner(hart, null);
  for (const hart of add) context.setHartOwner(hart, instance.id);
  await fenceHarts(context, [...remove, ...add], FENCE_TLB | FENCE_CODE);
  context.changed();
  return ok(`${instance.name} ${changes}: it has ${formatHarts(context.hartsOf(instance))}`);
}

async function joinAll(
  context: ControllerContext,
  instance: Instance,
  harts: readonly number[],
): Promise<Result<string>> {
  const joined: number[] = [];
  for (const hart of harts) {
    const failure = await join(context, instance, hart);
    if (failure !== null) {
      const before = joined.length === 0 ? '' : `; hart ${formatHarts(joined)} has joined before`;
      return refuse(
        'cpu-add-failed',
        `hart ${hart} was taken back to the pool: ${failure}${before}`,
        `see its console, or stop it first and give it the hart then: kerf kill ${instance.name}`,
      );
    }
    joined.push(hart);
  }
  return ok(
    `hart ${formatHarts(joined)} joined ${instance.name}: it has ${formatHarts(context.hartsOf(instance))}`,
  );
}

/** One hart, phase by phase. Null: it is online. Else why not; it is in the pool again then. */
async function join(context: ControllerContext, instance: Instance, hart: number): Promise<string | null> {
  setPhase(context, instance, hart, 'ownership');
  // Settled first: from the grant on the kernel may start it, and what its devices raise there is to stay.
  await settleHarts(context, [hart]);
  context.setHartOwner(hart, instance.id);
  await fenceHarts(context, [hart], FENCE_TLB | FENCE_CODE);
  const able = checkWorker(context, instance.name, hart);
  const failure = able.ok ? await askToStart(context, instance, hart) : able.error.reason;
  context.hearers.delete(instance.id);
  if (failure === null) {
    setPhase(context, instance, hart, 'online');
    return null;
  }
  await stopHarts(context, [hart], FORCE_LIMIT_MS);
  context.setHartOwner(hart, null);
  await fenceHarts(context, [hart, ...context.hartsOf(instance)], FENCE_TLB | FENCE_CODE);
  setPhase(context, instance, hart, 'failed');
  return failure;
}

async function askToStart(
  context: ControllerContext,
  instance: Instance,
  hart: number,
): Promise<string | null> {
  const { name } = instance;
  const began = context.env.time();
  const heard: { status: bigint | null } = { status: null };
  context.hearers.set(instance.id, (message) => {
    heard.status ??= statusOf(message, hart);
  });
  setPhase(context, instance, hart, 'cpu-add');
  if (
    !sendToKernel(context, instance, { type: MSG_RESOURCE, subtype: RESOURCE.CPU_ADD, payload: u64(hart) })
  ) {
    return `the message ring of ${name} is full`;
  }
  const over = (): boolean => {
    hearKernel(context, instance);
    return (heard.status !== null && heard.status !== 0n) || context.exitOf(instance) !== 0;
  };
  await context.env.until(() => over() || !isStopped(context, hart), JOIN_LIMIT_MS);
  if (!over() && !isStopped(context, hart)) setPhase(context, instance, hart, 'starting');
  const online = (): boolean => heard.status === 0n && context.hartWord(hart, HART.HSM) === HSM_STARTED;
  const left = JOIN_LIMIT_MS - (context.env.time() - began) / TICKS_PER_MS;
  await context.env.until(() => over() || online(), Math.max(0, left));
  if (context.exitOf(instance) !== 0) return `${name} ended meanwhile`;
  if (online()) return null;
  if (heard.status !== null && heard.status !== 0n)
    return `${name} answered with error ${String(heard.status)}`;
  if (heard.status === 0n) return `${name} said that hart ${hart} is online, but it has not started it`;
  return `${name} did not acknowledge it in ${JOIN_LIMIT_MS / 1000} s`;
}

/** Status in an acknowledgement of CPU_ADD of this hart; null: the message is something else. */
function statusOf(message: Message, hart: number): bigint | null {
  if (message.type !== MSG_RESOURCE || message.subtype !== RESOURCE.CPU_ADD + RESOURCE.ACK) return null;
  if (message.payload.length < 16) return null;
  const view = new DataView(message.payload.buffer, message.payload.byteOffset);
  return view.getBigUint64(0, true) === BigInt(hart) ? view.getBigInt64(8, true) : null;
}

function u64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return bytes;
}

/** Who has arrived is on no way any more. What failed stays to be seen, up to the next command. */
function forgetOnline(context: ControllerContext): void {
  context.phases = context.phases.filter((other) => other.phase !== 'online');
  context.changed();
}

function setPhase(
  context: ControllerContext,
  instance: Instance,
  hart: number,
  phase: PhaseView['phase'],
): void {
  context.phases = [
    ...context.phases.filter((other) => other.hart !== hart),
    { hart, instance: instance.id, phase },
  ];
  context.trace(TRACE_KIND.PHASE, instance.id, BigInt(PHASES.indexOf(phase)), BigInt(hart), instance.id);
  context.changed();
}
