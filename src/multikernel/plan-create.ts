/** `kerf create`: every rule checked, every number fixed, nothing written. */
import type { InstanceId, PhysAddr } from '../base/brand.ts';
import { ok, refuse, type Result } from '../base/result.ts';
import { CONTROLLER_END, MAX_INSTANCES, PAGE_SIZE } from '../protocol/layout.ts';
import type { ChannelEnd } from './channels.ts';
import { checkFreeDevices } from './device-rules.ts';
import type { PoolDevice } from './device-table.ts';
import { HOST_NAME } from './kerf-flags.ts';
import type { CreateCommand } from './kerf-parser.ts';
import { pageAddress, type PageRun } from './ownership.ts';
import { withoutRun } from './pool.ts';
import {
  checkBootHart,
  checkChannels,
  checkFreeHarts,
  checkMemory,
  checkNewName,
  checkPeers,
  chooseFreeHarts,
  type MachineState,
} from './validation.ts';

export interface CreatePlan {
  readonly id: InstanceId;
  readonly name: string;
  readonly entry: 's' | 'm';
  readonly harts: readonly number[];
  readonly bootChoice: number | null;
  readonly memory: { readonly base: PhysAddr; readonly size: number };
  readonly run: PageRun;
  /** The management channel first. */
  readonly channels: readonly { readonly a: ChannelEnd; readonly b: InstanceId; readonly run: PageRun }[];
  readonly peers: readonly string[];
  readonly devices: readonly PoolDevice[];
}

export function planCreate(state: MachineState, command: CreateCommand): Result<CreatePlan> {
  const { name } = command;
  const named = checkNewName(state, name);
  if (!named.ok) return named;
  const id = chooseId(state, command);
  if (!id.ok) return id;
  const harts =
    'list' in command.cpus
      ? checkFreeHarts(state, name, command.cpus.list)
      : chooseFreeHarts(state, name, command.cpus.count);
  if (!harts.ok) return harts;
  const boot = checkBootHart(name, harts.value, command.bootCpu);
  if (!boot.ok) return boot;
  const memory = checkMemory(state, name, command.memory, command.memoryBase);
  if (!memory.ok) return memory;
  const peers = checkPeers(state, name, command.peers);
  if (!peers.ok) return peers;
  const devices = checkFreeDevices(state, name, command.devices);
  if (!devices.ok) return devices;
  const places = checkChannels(
    state,
    name,
    peers.value,
    withoutRun(state.ownership.freeRuns(), memory.value),
  );
  if (!places.ok) return places;
  const others = [CONTROLLER_END, ...peers.value.map((peer) => peer.id)];
  return ok({
    id: id.value,
    name,
    entry: command.entry,
    harts: harts.value,
    bootChoice: boot.value,
    memory: { base: pageAddress(memory.value.page), size: memory.value.pages * PAGE_SIZE },
    run: memory.value,
    // End A is the controller, or the peer that was there first.
    channels: places.value.map((run, index) => ({
      a: (others[index] ?? CONTROLLER_END) as ChannelEnd,
      b: id.value,
      run,
    })),
    peers: peers.value.map((peer) => peer.name),
    devices: devices.value,
  });
}

/** The ID asked for, or the lowest free one. ID 0 and the name `host` belong together, and to `init`. */
function chooseId(state: MachineState, { name, id }: CreateCommand): Result<InstanceId> {
  const most = MAX_INSTANCES - 1;
  if (name === HOST_NAME && id !== 0) {
    return refuse(
      'name-reserved',
      `${name} is the name of the host instance, which has ID 0`,
      'choose another name, or make it with kerf init',
    );
  }
  if (id === null) {
    const free = state.instances.freeId();
    if (free !== null) return ok(free);
    return refuse(
      'too-many-instances',
      `${name} would be one instance more than ${most}`,
      'delete an instance first',
    );
  }
  if (id > most || (id === 0 && name !== HOST_NAME)) {
    return refuse(
      'bad-id',
      `${name} cannot have ID ${id}: IDs are 1 to ${most}, and 0 is the host instance's`,
      'choose another with --id, or leave it out',
    );
  }
  const taken = state.instances.byId(id as InstanceId);
  if (!taken) return ok(id as InstanceId);
  return refuse(
    'id-taken',
    `${name} cannot have ID ${id}: ${taken.name} has it and is ${taken.state}`,
    'choose another with --id, or leave it out',
  );
}
