/** The rules for devices of the pool: each exists, is named once, and is free, or belongs to who gives it away. */
import { assert } from '../base/assert.ts';
import { ok, refuse, type Result } from '../base/result.ts';
import { formatDevices, type PoolDevice } from './device-table.ts';
import { wayTo } from './instance-states.ts';
import type { Instance } from './instances.ts';
import type { DeviceChange } from './kerf-values.ts';
import type { MachineState } from './validation.ts';

export interface DevicePlan {
  readonly add: readonly PoolDevice[];
  readonly remove: readonly PoolDevice[];
}

export function checkDevices(
  { devices }: MachineState,
  who: string,
  names: readonly string[],
): Result<PoolDevice[]> {
  const again = names.find((name, index) => names.indexOf(name) < index);
  if (again !== undefined)
    return refuse('device-twice', `${who}: the device ${again} is given twice`, 'name each device once');
  const found: PoolDevice[] = [];
  for (const name of names) {
    const device = devices.find(name);
    if (!device) {
      return refuse(
        'no-such-device',
        `${who} cannot have ${name}: the pool has ${devices.all.length === 0 ? 'no devices' : formatDevices(devices.all)}`,
        devices.all.length === 0
          ? 'leave --devices out; a console, timer and interrupt controller every instance has'
          : 'name one of them',
      );
    }
    found.push(device);
  }
  return ok(found);
}

export function checkFreeDevices(
  state: MachineState,
  who: string,
  names: readonly string[],
): Result<PoolDevice[]> {
  const known = checkDevices(state, who, names);
  if (!known.ok) return known;
  for (const device of known.value) {
    const owner = state.devices.owner(device);
    if (owner === null) continue;
    const holder = state.instances.byId(owner);
    assert(holder, `${device.name} belongs to an instance that is none`);
    const { name } = holder;
    const way = [...wayTo(holder, 'update'), `kerf update ${name} --devices -${device.name}`];
    return refuse(
      'device-not-free',
      `${who} cannot have ${device.name}: ${name} owns it and is ${holder.state}`,
      `free devices: ${formatDevices(state.devices.of(null))}; to take it: ${way.join(', then ')}`,
    );
  }
  return known;
}

/** What `update --devices` asks for; what is added comes from `donor`, or from the pool. */
export function planDevices(
  state: MachineState,
  instance: Instance,
  donor: Instance | null,
  change: DeviceChange | null,
): Result<DevicePlan> {
  if (change === null) return ok({ add: [], remove: [] });
  const { kind, names } = change;
  const known = checkDevices(state, instance.name, names);
  if (!known.ok) return known;
  const owned = state.devices.of(instance.id);
  if (kind === 'remove') {
    const given = checkGiven(state, instance, known.value);
    return given.ok ? ok({ add: [], remove: given.value }) : given;
  }
  const isOwned = ({ name }: PoolDevice): boolean => owned.some((device) => device.name === name);
  const already = known.value.find(isOwned);
  if (kind === 'add' && already) {
    return refuse(
      'device-owned-already',
      `${instance.name} has ${already.name} already: its devices are ${formatDevices(owned)}`,
      'name another one',
    );
  }
  const wanted = known.value.filter((device) => !isOwned(device));
  const add = donor
    ? checkGiven(state, donor, wanted)
    : checkFreeDevices(
        state,
        instance.name,
        wanted.map(({ name }) => name),
      );
  if (!add.ok) return add;
  const remove = kind === 'set' ? owned.filter(({ name }) => !names.includes(name)) : [];
  return ok({ add: add.value, remove });
}

function checkGiven(
  { devices }: MachineState,
  owner: Instance,
  given: readonly PoolDevice[],
): Result<readonly PoolDevice[]> {
  const stranger = given.find((device) => devices.owner(device) !== owner.id);
  if (!stranger) return ok(given);
  return refuse(
    'device-not-owned',
    `${owner.name} cannot give ${stranger.name} away: its devices are ${formatDevices(devices.of(owner.id))}`,
    'name one of them',
  );
}
