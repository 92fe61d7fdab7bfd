/** `kerf update`: which harts come and which go, every rule checked, nothing written. */
import { ok, refuse, type Result } from '../base/result.ts';
import { checkState } from './instance-states.ts';
import type { Instance } from './instances.ts';
import type { UpdateCommand } from './kerf-parser.ts';
import { formatHarts } from './kerf-values.ts';
import { checkFreeHarts, checkHartNumber, findInstance, type MachineState } from './validation.ts';

export interface UpdatePlan {
  readonly instance: Instance;
  readonly add: readonly number[];
  readonly remove: readonly number[];
}

export function planUpdate(state: MachineState, command: UpdateCommand): Result<UpdatePlan> {
  const found = findInstance(state, command.name);
  const allowed = found.ok ? checkState(found.value, 'update') : found;
  if (!allowed.ok) return allowed;
  const instance = allowed.value;
  const owned = state.ownership.hartsOf(instance.id);
  const { kind, harts } = command.cpus;
  const listed = checkListed(state, instance, harts);
  if (!listed.ok) return listed;

  const remove =
    kind === 'remove' ? listed.value : kind === 'set' ? owned.filter((hart) => !harts.includes(hart)) : [];
  const stranger = remove.find((hart) => !owned.includes(hart));
  if (stranger !== undefined) {
    return refuse(
      'hart-not-owned',
      `${instance.name} cannot give hart ${stranger} away: its harts are ${formatHarts(owned)}`,
      'name one of them',
    );
  }
  if (remove.length > 0 && instance.state === 'active') {
    return refuse(
      'instance-active',
      `${instance.name} is active and keeps its hart ${formatHarts(remove)}: a hart is taken only from an instance that does not run`,
      `stop it first: kerf kill ${instance.name}`,
    );
  }
  const wanted = kind === 'set' ? harts.filter((hart) => !owned.includes(hart)) : kind === 'add' ? harts : [];
  const already = wanted.find((hart) => owned.includes(hart));
  if (already !== undefined) {
    return refuse(
      'hart-owned-already',
      `${instance.name} owns hart ${already} already: its harts are ${formatHarts(owned)}`,
      'name a free hart',
    );
  }
  const add = checkFreeHarts(state, instance.name, wanted);
  return add.ok ? ok({ instance, add: add.value, remove }) : add;
}

/** The hart on which the instance boots: the one asked for while it is owned, else the lowest; null: it has none. */
export function bootHart(instance: Instance, owned: readonly number[]): number | null {
  const { bootChoice } = instance;
  return bootChoice !== null && owned.includes(bootChoice) ? bootChoice : (owned[0] ?? null);
}

function checkListed(state: MachineState, instance: Instance, harts: readonly number[]): Result<number[]> {
  const sorted = [...harts].sort((one, other) => one - other);
  for (const [index, hart] of sorted.entries()) {
    const known = checkHartNumber(state, instance.name, hart, sorted[index - 1] === hart);
    if (!known.ok) return known;
  }
  return ok(sorted);
}
