/**
 * The tree that overlays change, as source: the baseline (the pool: harts, memory, devices) under /resources, and what
 * each instance has been given under /instances. It is made from the owner tables, which are the record.
 */
import { cells, longs, node, strings, type DeviceTreeNode } from '../machine/device-tree/node.ts';
import { printSource } from '../machine/device-tree/print-source.ts';
import { PAGE_SIZE, RAM_BASE } from '../protocol/layout.ts';
import { CONTROLLER_END, GONE_END } from '../protocol/layout.ts';
import { POOL_DEVICES } from '../protocol/pool-devices.ts';
import { otherEnd } from './channels.ts';
import type { PoolDevice } from './device-table.ts';
import type { Instance } from './instances.ts';
import { pageAddress, type PageRun } from './ownership.ts';
import type { MachineState } from './validation.ts';

const hex = (value: number): string => value.toString(16);

/** Null for the whole machine, or the node of one instance as the root. */
export function machineSource(state: MachineState, instance: Instance | null): string {
  const root =
    instance === null
      ? node('', [strings('compatible', 'linux,multikernel-host')], [baseline(state), instances(state)])
      : node('', [], [instanceNode(state, instance)]);
  return printSource(root).trimEnd();
}

function baseline(state: MachineState): DeviceTreeNode {
  const { harts, ramPages } = state.ownership;
  return node(
    'resources',
    [
      cells('cpus', ...Array.from({ length: harts }, (_, hart) => hart)),
      cells('cpus-available', ...state.ownership.hartsOf(null)),
    ],
    [
      memoryNode({ page: 0, pages: ramPages }, RAM_BASE),
      node('devices', [], state.devices.all.map(deviceNode)),
    ],
  );
}

const instances = (state: MachineState): DeviceTreeNode =>
  node(
    'instances',
    [],
    state.instances.list().map((instance) => instanceNode(state, instance)),
  );

function instanceNode(state: MachineState, instance: Instance): DeviceTreeNode {
  const peers = state.channels.of(instance.id).flatMap((channel) => {
    const end = otherEnd(channel, instance.id);
    const peer = end === CONTROLLER_END || end === GONE_END ? undefined : state.instances.byId(end);
    return peer ? [peer.name] : [];
  });
  const { base, size } = instance.memory;
  const devices = state.devices.of(instance.id);
  return node(
    instance.name,
    [
      cells('id', instance.id),
      strings('entry', instance.entry),
      ...(instance.bootChoice === null ? [] : [cells('boot-cpu', instance.bootChoice)]),
      ...(peers.length === 0 ? [] : [strings('peers', ...peers)]),
    ],
    [
      node(
        'resources',
        [
          cells('cpus', ...state.ownership.hartsOf(instance.id)),
          longs('memory-base', base),
          longs('memory-bytes', size),
          ...(devices.length === 0 ? [] : [strings('devices', ...devices.map(({ name }) => name))]),
        ],
        instance.added.map((run) => memoryNode(run, pageAddress(run.page))),
      ),
    ],
  );
}

/** Compatible of the binding for children of a virtio transport: its device ID in hexadecimal. */
const deviceNode = ({ name, index }: PoolDevice): DeviceTreeNode =>
  node(name, [strings('compatible', `virtio,device${hex(POOL_DEVICES[index]?.type ?? 0)}`)]);

const memoryNode = (run: PageRun, base: number): DeviceTreeNode =>
  node(`memory@${hex(base)}`, [strings('device_type', 'memory'), longs('reg', base, run.pages * PAGE_SIZE)]);
