/**
 * `update`: memory, harts and devices come and go, in the order memory-remove, memory-add, cpu-remove, cpu-add,
 * device-remove, device-add, all or nothing: when a step fails, those before it are undone in reverse.
 */
import { ok, refuse, type Result } from '../base/result.ts';
import type { ControllerContext } from './controller-context.ts';
import { formatDevices } from './device-table.ts';
import { regionOf } from './instance-memory.ts';
import type { Instance } from './instances.ts';
import { checkNotPaused } from './instance-states.ts';
import type { UpdateCommand } from './kerf-parser.ts';
import { formatHarts, formatRange } from './kerf-values.ts';
import { moveHart, type HartMove, type MoveFailure } from './move-hart.ts';
import { moveDevice, type DeviceMove } from './move-device.ts';
import { moveMemory, reverseMemory } from './move-memory.ts';
import { bootHart, planUpdate, type UpdatePlan } from './plan-update.ts';
import { forgetArrived } from './update-phases.ts';

/** Each resolves with null, or with why it failed; then it has left everything as it was. */
interface Step {
  readonly what: string;
  readonly act: () => Promise<MoveFailure | null>;
  readonly undo: () => Promise<MoveFailure | null>;
}

export async function updateInstance(
  context: ControllerContext,
  command: UpdateCommand,
): Promise<Result<string>> {
  const planned = planUpdate(context, command);
  if (!planned.ok) return planned;
  const plan = planned.value;
  const { name } = plan.instance;
  const running = checkRunning(context, plan);
  if (!running.ok) return running;
  const changes = changesOf(plan);
  if (changes === '') return ok(`${name} has ${command.devices === null ? 'these harts' : 'that'} already`);
  const note = bootNote(context, plan);
  if (command.dryRun) return ok(`${name} ${changes}; nothing was changed${note}`);

  const refused = await carryOut(stepsOf(context, plan)).finally(() => forgetArrived(context));
  if (refused) {
    const whose = refused.code.endsWith('-remove-failed') && plan.donor ? plan.donor.name : name;
    return refuse(
      refused.code,
      refused.reason,
      `see what the kernel says: kerf console ${whose}; or stop it first: kerf kill ${whose}`,
    );
  }
  return ok(`${outcome(context, plan, changes)}${note}`);
}

/** Kernels that have to answer must run. */
function checkRunning(context: ControllerContext, plan: UpdatePlan): Result<unknown> {
  const { instance, donor, add, memory, devices } = plan;
  const given = add.length > 0 ? 'to give a hart away' : 'to give a device away';
  const gives = donor?.state === 'active' ? checkNotPaused(context, donor, given) : ok(null);
  if (!gives.ok || instance.state !== 'active') return gives;
  const more = memory !== null || devices.add.length + devices.remove.length > 0;
  const whatFor = more ? 'to answer' : add.length > 0 ? 'to take a hart' : 'to give a hart away';
  return checkNotPaused(context, instance, whatFor);
}

function stepsOf(context: ControllerContext, plan: UpdatePlan): Step[] {
  const { instance, donor, memory } = plan;
  const moves: HartMove[] = [
    ...plan.remove.map((hart) => ({ hart, from: instance, to: null })),
    ...plan.add.map((hart) => ({ hart, from: donor, to: instance })),
  ];
  const ofHarts = moves.map(({ hart, from, to }) => ({
    what: `hart ${hart}`,
    act: () => moveHart(context, { hart, from, to }),
    undo: () => moveHart(context, { hart, from: to, to: from }),
  }));
  const ofDevices = deviceMovesOf(plan).map((move) => ({
    what: move.device.name,
    act: () => moveDevice(context, move),
    undo: () => moveDevice(context, { ...move, from: move.to, to: move.from }),
  }));
  if (!memory) return [...ofHarts, ...ofDevices];
  const ofMemory = {
    what: `memory ${rangeOf(memory.run)}`,
    act: () => moveMemory(context, instance, memory),
    undo: () => moveMemory(context, instance, reverseMemory(memory)),
  };
  return [ofMemory, ...ofHarts, ...ofDevices];
}

const deviceMovesOf = ({ instance, donor, devices }: UpdatePlan): DeviceMove[] => [
  ...devices.remove.map((device) => ({ device, from: instance, to: null })),
  ...devices.add.map((device) => ({ device, from: donor, to: instance })),
];

/** Null: every step is done. Else why the first that failed did, and what became of those before it. */
async function carryOut(steps: readonly Step[]): Promise<MoveFailure | null> {
  const done: Step[] = [];
  for (const step of steps) {
    const failure = await step.act();
    if (failure === null) {
      done.push(step);
      continue;
    }
    const undone: string[] = [];
    for (const before of done.reverse()) {
      const stuck = await before.undo();
      undone.push(
        stuck ? `${before.what} could not be moved back (${stuck.reason})` : `${before.what} was moved back`,
      );
    }
    return { code: failure.code, reason: [failure.reason, ...undone].join('; ') };
  }
  return null;
}

function changesOf({ add, remove, donor, memory, devices }: UpdatePlan): string {
  return [
    ...(memory ? [`${memory.kind === 'add' ? 'gets' : 'gives back'} memory ${rangeOf(memory.run)}`] : []),
    ...(add.length > 0 ? [`gets ${formatHarts(add)}${donor ? ` from ${donor.name}` : ''}`] : []),
    ...(remove.length > 0 ? [`gives ${formatHarts(remove)} back`] : []),
    ...(devices.remove.length > 0 ? [`gives ${formatDevices(devices.remove)} back`] : []),
    ...(devices.add.length > 0
      ? [`gets ${formatDevices(devices.add)}${donor ? ` from ${donor.name}` : ''}`]
      : []),
  ].join(' and ');
}

/** Harts that kernels were to boot on and that they do not keep, each as a line; to be asked before they go. */
function bootNote(context: ControllerContext, { instance, donor, add, remove }: UpdatePlan): string {
  const note = (from: Instance | null, gone: readonly number[]): string => {
    if (!from || from.bootChoice === null || !gone.includes(from.bootChoice)) return '';
    const left = context.hartsOf(from).filter((hart) => !gone.includes(hart));
    if (!context.hartsOf(from).includes(from.bootChoice)) return '';
    const next = bootHart(from, left);
    const now = next === null ? 'no hart is left to boot on' : `without it, hart ${next} is the boot hart`;
    return `\nhart ${from.bootChoice} is the --boot-cpu of ${from.name}: ${now}`;
  };
  return note(instance, remove) + note(donor, add);
}

function outcome(context: ControllerContext, plan: UpdatePlan, changes: string): string {
  const { instance, donor, add, remove, memory, devices } = plan;
  const { name } = instance;
  const has = `it has ${formatHarts(context.hartsOf(instance))}`;
  if (devices.add.length + devices.remove.length > 0) {
    const its = formatDevices(context.devices.of(instance.id));
    return `${name} ${changes}: its devices are ${its}`;
  }
  const onlyHarts = memory === null && instance.state === 'active';
  if (donor) return `${name} ${changes}: ${has}, ${donor.name} has ${formatHarts(context.hartsOf(donor))}`;
  if (onlyHarts && remove.length === 0) return `hart ${formatHarts(add)} joined ${name}: ${has}`;
  if (onlyHarts && add.length === 0) return `hart ${formatHarts(remove)} left ${name}: ${has}`;
  return memory && add.length + remove.length === 0 ? `${name} ${changes}` : `${name} ${changes}: ${has}`;
}

function rangeOf(run: Parameters<typeof regionOf>[0]): string {
  const { base, size } = regionOf(run);
  return formatRange(base, size);
}
