/**
 * Overlays as device tree source, in the shape of the kernel's own (multikernel overlays: fragments with a target-path,
 * operations under __overlay__).
 */
import { cells, longs, node, strings, type DeviceTreeNode } from '../machine/device-tree/node.ts';
import { printSource } from '../machine/device-tree/print-source.ts';
import { PAGE_SIZE } from '../protocol/layout.ts';
import type { PoolDevice } from './device-table.ts';
import { pageAddress, type PageRun } from './ownership.ts';
import type { CreatePlan } from './plan-create.ts';
import type { UpdatePlan } from './plan-update.ts';

/** What is done to one node of the tree. */
export interface Fragment {
  /** `/instances` or `/instances/NAME`. */
  readonly target: string;
  /** In the order in which they are carried out. */
  readonly operations: readonly DeviceTreeNode[];
}

const hex = (value: number): string => value.toString(16);
const targetOf = (name: string): string => `/instances/${name}`;

export function overlaySource(fragments: readonly Fragment[]): string {
  const nodes = fragments.map(({ target, operations }, index) =>
    node(`fragment@${hex(index)}`, [strings('target-path', target)], [node('__overlay__', [], operations)]),
  );
  return printSource(node('', [], nodes))
    .trimEnd()
    .replace('/dts-v1/;', '/dts-v1/;\n/plugin/;');
}

export function createFragments(plan: CreatePlan): Fragment[] {
  const create = node(
    'instance-create',
    [
      strings('instance-name', plan.name),
      cells('id', plan.id),
      strings('entry', plan.entry),
      ...(plan.bootChoice === null ? [] : [cells('boot-cpu', plan.bootChoice)]),
      // Without any the property is there and empty: left out it would mean every instance.
      strings('peers', ...plan.peers),
    ],
    [
      node('resources', [
        cells('cpus', ...plan.harts),
        longs('memory-base', plan.memory.base),
        longs('memory-bytes', plan.memory.size),
        ...(plan.devices.length === 0 ? [] : [strings('devices', ...plan.devices.map(({ name }) => name))]),
      ]),
    ],
  );
  return [{ target: '/instances', operations: [create] }];
}

export function deleteFragments(name: string): Fragment[] {
  return [{ target: '/instances', operations: [node('instance-remove', [strings('instance-name', name)])] }];
}

/** What comes from another instance is a fragment of that one, before. */
export function updateFragments(plan: UpdatePlan): Fragment[] {
  const { instance, donor, add, remove, memory, devices } = plan;
  const operations = [
    ...(memory ? [node(`memory-${memory.kind}`, [], [memoryItem(memory.run)])] : []),
    ...hartOperation('cpu-remove', remove),
    ...hartOperation('cpu-add', add),
    ...deviceOperation('device-remove', devices.remove),
    ...deviceOperation('device-add', devices.add),
  ];
  const own = { target: targetOf(instance.name), operations };
  if (!donor) return operations.length === 0 ? [] : [own];
  const given = [...hartOperation('cpu-remove', add), ...deviceOperation('device-remove', devices.add)];
  return [{ target: targetOf(donor.name), operations: given }, own];
}

function hartOperation(name: 'cpu-add' | 'cpu-remove', harts: readonly number[]): DeviceTreeNode[] {
  if (harts.length === 0) return [];
  return [
    node(
      name,
      [],
      harts.map((hart) => node(`cpu@${hex(hart)}`, [longs('reg', hart)])),
    ),
  ];
}

function deviceOperation(
  name: 'device-add' | 'device-remove',
  devices: readonly PoolDevice[],
): DeviceTreeNode[] {
  if (devices.length === 0) return [];
  const items = devices.map((device) =>
    node(`device@${hex(device.index)}`, [strings('device-name', device.name)]),
  );
  return [node(name, [], items)];
}

function memoryItem(run: PageRun): DeviceTreeNode {
  const base = pageAddress(run.page);
  return node(`memory@${hex(base)}`, [longs('reg', base, run.pages * PAGE_SIZE)]);
}
