/** `kerf update`: which harts, memory and devices come and go, every rule checked, nothing written. */
import { ok, refuse, type Result } from '../base/result.ts';
import { PAGE_SIZE } from '../protocol/layout.ts';
import { planDevices, type DevicePlan } from './device-rules.ts';
import { checkState } from './instance-states.ts';
import type { Instance } from './instances.ts';
import type { UpdateCommand } from './kerf-parser.ts';
import { formatAddress, formatHarts, formatRange, formatSize, type MemoryChange } from './kerf-values.ts';
import { addressPage, pageAddress, type PageRun } from './ownership.ts';
import {
  checkFreeHarts,
  checkHartNumber,
  checkMemory,
  checkWorker,
  findInstance,
  staysAt,
  type MachineState,
} from './validation.ts';

export interface MemoryPlan {
  readonly kind: 'add' | 'remove';
  readonly run: PageRun;
}

export interface UpdatePlan {
  readonly instance: Instance;
  /** Where the added harts and devices come from; null: the pool. */
  readonly donor: Instance | null;
  readonly add: readonly number[];
  readonly remove: readonly number[];
  readonly memory: MemoryPlan | null;
  readonly devices: DevicePlan;
}

/** Memory comes and goes in megapages of Sv39, which a kernel maps with one entry each. */
const BLOCK_SIZE = 0x20_0000;
/** As many pieces of added memory as an instance may have: each is a node of its device tree. */
const ADDED_LIMIT = 16;

export function planUpdate(state: MachineState, command: UpdateCommand): Result<UpdatePlan> {
  const found = findInstance(state, command.name);
  const allowed = found.ok ? checkState(found.value, 'update') : found;
  if (!allowed.ok) return allowed;
  const instance = allowed.value;
  const donor = findDonor(state, instance, command.from);
  if (!donor.ok) return donor;
  const harts = planHarts(state, instance, donor.value, command.cpus);
  if (!harts.ok) return harts;
  const devices = planDevices(state, instance, donor.value, command.devices);
  if (!devices.ok) return devices;
  const memory = command.memory === null ? ok(null) : planMemory(state, instance, command.memory);
  if (!memory.ok) return memory;
  return ok({ instance, donor: donor.value, ...harts.value, memory: memory.value, devices: devices.value });
}

/** The hart on which the instance boots: the one asked for while it is owned, else the lowest; null: it has none. */
export function bootHart(instance: Instance, owned: readonly number[]): number | null {
  const { bootChoice } = instance;
  return bootChoice !== null && owned.includes(bootChoice) ? bootChoice : (owned[0] ?? null);
}

function findDonor(state: MachineState, instance: Instance, name: string | null): Result<Instance | null> {
  if (name === null) return ok(null);
  if (name === instance.name)
    return refuse(
      'from-self',
      `${name} cannot take harts or devices from itself`,
      'name another instance with --from',
    );
  const found = findInstance(state, name);
  return found.ok ? checkState(found.value, 'update') : found;
}

function planHarts(
  state: MachineState,
  instance: Instance,
  donor: Instance | null,
  change: UpdateCommand['cpus'],
): Result<Pick<UpdatePlan, 'add' | 'remove'>> {
  if (change === null) return ok({ add: [], remove: [] });
  const owned = state.ownership.hartsOf(instance.id);
  const { kind, harts } = change;
  const listed = checkListed(state, instance, harts);
  if (!listed.ok) return listed;

  const remove =
    kind === 'remove' ? listed.value : kind === 'set' ? owned.filter((hart) => !harts.includes(hart)) : [];
  const given = checkGiven(state, instance, remove);
  if (!given.ok) return given;
  const wanted = kind === 'set' ? harts.filter((hart) => !owned.includes(hart)) : kind === 'add' ? harts : [];
  const already = wanted.find((hart) => owned.includes(hart));
  if (already !== undefined) {
    return refuse(
      'hart-owned-already',
      `${instance.name} owns hart ${already} already: its harts are ${formatHarts(owned)}`,
      'name a free hart',
    );
  }
  const add =
    donor === null
      ? checkFreeHarts(state, instance.name, wanted)
      : checkDonated(state, instance, donor, listed.value);
  return add.ok ? ok({ add: add.value, remove }) : add;
}

/** Harts that `owner` is to give away, in ascending order. */
function checkGiven(
  state: MachineState,
  owner: Instance,
  harts: readonly number[],
): Result<readonly number[]> {
  const owned = state.ownership.hartsOf(owner.id);
  const stranger = harts.find((hart) => !owned.includes(hart));
  if (stranger !== undefined) {
    return refuse(
      'hart-not-owned',
      `${owner.name} cannot give hart ${stranger} away: its harts are ${formatHarts(owned)}`,
      'name one of them',
    );
  }
  const boot = harts.find((hart) => staysAt(state, owner, hart));
  if (boot === undefined) return ok(harts);
  const others = owned.filter((hart) => hart !== boot);
  return refuse(
    'boot-hart',
    `${owner.name} is active and cannot give hart ${boot} away: it booted there, and takes its interrupts there`,
    others.length > 0
      ? `it can give ${formatHarts(others)}; or stop it first: kerf kill ${owner.name}`
      : `it has no other; stop it first: kerf kill ${owner.name}`,
  );
}

function checkDonated(
  state: MachineState,
  instance: Instance,
  donor: Instance,
  harts: readonly number[],
): Result<readonly number[]> {
  for (const hart of harts) {
    const usable = checkWorker(state, instance.name, hart);
    if (!usable.ok) return usable;
  }
  return checkGiven(state, donor, harts);
}

function checkListed(state: MachineState, instance: Instance, harts: readonly number[]): Result<number[]> {
  const sorted = [...harts].sort((one, other) => one - other);
  for (const [index, hart] of sorted.entries()) {
    const known = checkHartNumber(state, instance.name, hart, sorted[index - 1] === hart);
    if (!known.ok) return known;
  }
  return ok(sorted);
}

function planMemory(state: MachineState, instance: Instance, change: MemoryChange): Result<MemoryPlan> {
  const { name } = instance;
  if (change.size % BLOCK_SIZE !== 0) {
    return refuse(
      'memory-not-blocks',
      `${name}: ${formatSize(change.size)} are not whole blocks of 2M, in which memory comes and goes`,
      'round the size to 2M',
    );
  }
  if (change.base !== null && change.base % BLOCK_SIZE !== 0) {
    return refuse(
      'base-not-aligned',
      `${name}: the base ${formatAddress(change.base)} is not at a 2M boundary`,
      'memory comes and goes in blocks of 2M',
    );
  }
  return change.kind === 'add' ? planAdd(state, instance, change) : planRemove(instance, change);
}

function planAdd(state: MachineState, instance: Instance, change: MemoryChange): Result<MemoryPlan> {
  if (instance.added.length === ADDED_LIMIT) {
    return refuse(
      'too-many-regions',
      `${instance.name} has ${ADDED_LIMIT} pieces of added memory already`,
      `take one first: kerf update ${instance.name} --memory -SIZE@ADDR`,
    );
  }
  const run = checkMemory(state, instance.name, change.size, change.base);
  return run.ok ? ok({ kind: 'add', run: run.value }) : run;
}

/** Only what update added can go: the rest holds the image and the device tree. */
function planRemove(instance: Instance, change: MemoryChange): Result<MemoryPlan> {
  const pages = change.size / PAGE_SIZE;
  if (change.base === null) {
    // The end of what came last.
    const from = instance.added.findLast((run) => run.pages >= pages);
    if (from) return ok({ kind: 'remove', run: { page: from.page + from.pages - pages, pages } });
    return notAdded(instance, `${formatSize(change.size)} in one piece`);
  }
  const run = { page: addressPage(change.base), pages };
  const inside = instance.added.some(
    (added) => added.page <= run.page && run.page + run.pages <= added.page + added.pages,
  );
  return inside ? ok({ kind: 'remove', run }) : notAdded(instance, formatRange(change.base, change.size));
}

function notAdded(instance: Instance, what: string): Result<never> {
  const added = instance.added.map((run) => formatRange(pageAddress(run.page), run.pages * PAGE_SIZE));
  return refuse(
    'memory-not-added',
    `${instance.name} cannot give ${what}: the memory added to it is ${added.length === 0 ? 'none' : added.join(', ')}`,
    'what it was created with it keeps until it is deleted',
  );
}
