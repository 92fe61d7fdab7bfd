/**
 * From an overlay in source to changes, in the order of the kernel's overlays: fragments by unit address, and in each
 * instance-create, memory-remove, memory-add, cpu-remove, cpu-add, device-remove, device-add, instance-remove.
 */
import { ok, refuse, type Result } from '../base/result.ts';
import type { SourceNode } from '../machine/device-tree/parse-source.ts';
import type { Change } from './changes.ts';
import type { UpdateCommand } from './kerf-parser.ts';
import { readCreation } from './overlay-create.ts';
import { refuseAt, SourceReader } from './source-values.ts';

const OF_INSTANCES = ['instance-create', 'instance-remove'] as const;
const OF_INSTANCE = [
  'memory-remove',
  'memory-add',
  'cpu-remove',
  'cpu-add',
  'device-remove',
  'device-add',
] as const;
type MoveName = (typeof OF_INSTANCE)[number];

export function readOverlay(root: SourceNode, file: string): Result<Change[]> {
  const fragments = new SourceReader(root, file).children();
  const numbered: { readonly at: number; readonly fragment: SourceReader }[] = [];
  for (const fragment of fragments) {
    const unit = /^fragment@([0-9a-f]{1,8})$/.exec(fragment.node.name)?.[1];
    if (unit === undefined) return strange(fragment);
    numbered.push({ at: Number.parseInt(unit, 16), fragment });
  }
  if (numbered.length === 0) {
    return refuse('overlay-empty', `${file} has no fragment`, 'an overlay has fragment@N nodes in its root');
  }
  numbered.sort((one, other) => one.at - other.at);
  const changes: Change[] = [];
  for (const { fragment } of numbered) {
    const read = readFragment(fragment);
    if (!read.ok) return read;
    changes.push(...read.value);
  }
  return changes.length > 0
    ? ok(changes)
    : refuse('overlay-empty', `${file} asks for nothing`, 'write operations under __overlay__');
}

function strange(node: SourceReader): Result<never> {
  const baseline = ['resources', 'instances'].includes(node.node.name);
  return refuseAt(
    node.place,
    'not-an-overlay',
    `${node.node.name} in the root is no fragment of an overlay`,
    baseline ? 'a baseline is read by kerf init --input' : 'an overlay has fragment@N nodes in its root',
  );
}

function readFragment(fragment: SourceReader): Result<Change[]> {
  const knows = fragment.onlyKnows(['target-path', '__overlay__'], 'target-path and __overlay__');
  if (!knows.ok) return knows;
  const target = fragment.string('target-path');
  if (!target.ok) return target;
  const overlay = fragment.child('__overlay__');
  if (!overlay) {
    return refuseAt(
      fragment.place,
      'dts-missing',
      `${fragment.node.name} has no __overlay__`,
      'write the operations into __overlay__ { … };',
    );
  }
  if (target.value === '/resources') {
    return refuseAt(
      fragment.place,
      'overlay-touches-baseline',
      'the overlay would change /resources, which is the baseline: harts, memory and devices of the machine',
      'overlays change /instances and what is under it; another machine has another baseline',
    );
  }
  if (target.value === '/instances') return readInstances(overlay);
  const name = /^\/instances\/([^/]+)$/.exec(target.value)?.[1];
  if (name !== undefined) return readMoves(overlay, name);
  return refuseAt(
    fragment.place,
    'bad-target',
    `"${target.value}" is no target of an overlay`,
    'a target is /instances or /instances/NAME',
  );
}

function readInstances(overlay: SourceReader): Result<Change[]> {
  const knows = overlay.onlyKnows(OF_INSTANCES, OF_INSTANCES.join(' and '));
  if (!knows.ok) return knows;
  const changes: Change[] = [];
  const create = overlay.child('instance-create');
  if (create) {
    const command = readCreation(create);
    if (!command.ok) return command;
    changes.push({ command: command.value, place: create.place });
  }
  const remove = overlay.child('instance-remove');
  if (remove) {
    const name = remove.string('instance-name');
    if (!name.ok) return name;
    changes.push({ command: { verb: 'delete', name: name.value }, place: remove.place });
  }
  return ok(changes);
}

function readMoves(overlay: SourceReader, name: string): Result<Change[]> {
  const knows = overlay.onlyKnows(OF_INSTANCE, OF_INSTANCE.join(', '));
  if (!knows.ok) return knows;
  const changes: Change[] = [];
  for (const operation of OF_INSTANCE) {
    const node = overlay.child(operation);
    if (!node) continue;
    const read = readMove(node, name, operation);
    if (!read.ok) return read;
    changes.push(...read.value);
  }
  return ok(changes);
}

/** Items of one operation. Harts and devices of an operation move together, pieces of memory one after the other. */
function readMove(node: SourceReader, name: string, operation: MoveName): Result<Change[]> {
  const [what, kind] = operation.split('-') as ['memory' | 'cpu' | 'device', 'add' | 'remove'];
  const knows = node.onlyKnows([`${what}@`], `${what}@N nodes`);
  if (!knows.ok) return knows;
  const change = (place: SourceReader, moved: Partial<UpdateCommand>): Change => ({
    command: { ...NOTHING, name, ...moved },
    place: place.place,
  });
  const items = node.children();
  if (what === 'memory') return collect(items, (item) => readMemory(item, kind, change));
  if (what === 'cpu') {
    const harts = collect(items, (item) => item.number('reg'));
    return harts.ok ? ok([change(node, { cpus: { kind, harts: harts.value } })]) : harts;
  }
  const names = collect(items, (item) => item.string('device-name'));
  return names.ok ? ok([change(node, { devices: { kind, names: names.value } })]) : names;
}

function readMemory(
  item: SourceReader,
  kind: 'add' | 'remove',
  change: (place: SourceReader, moved: Partial<UpdateCommand>) => Change,
): Result<Change> {
  // Without a place the pool chooses one.
  if (item.has('size')) {
    const size = item.number('size');
    return size.ok ? ok(change(item, { memory: { kind, size: size.value, base: null } })) : size;
  }
  const range = item.range();
  return range.ok ? ok(change(item, { memory: { kind, ...range.value } })) : range;
}

const NOTHING: Omit<UpdateCommand, 'name'> = {
  verb: 'update',
  cpus: null,
  from: null,
  memory: null,
  devices: null,
  dryRun: false,
  format: 'text',
};

function collect<T>(items: readonly SourceReader[], read: (item: SourceReader) => Result<T>): Result<T[]> {
  const values: T[] = [];
  for (const item of items) {
    const value = read(item);
    if (!value.ok) return value;
    values.push(value.value);
  }
  return ok(values);
}
