/** `instance-create` of an overlay in source, as the command that `kerf create` would be. */
import { ok, type Result } from '../base/result.ts';
import type { CreateCommand, Entry } from './kerf-parser.ts';
import { refuseAt, type SourceReader } from './source-values.ts';

const KNOWN = ['instance-name', 'id', 'entry', 'boot-cpu', 'peers', 'resources'];
const RESOURCES = ['cpus', 'memory-base', 'memory-bytes', 'devices'];

export function readCreation(node: SourceReader): Result<CreateCommand> {
  const knows = node.onlyKnows(KNOWN, KNOWN.join(', '));
  if (!knows.ok) return knows;
  const name = node.string('instance-name');
  if (!name.ok) return name;
  const id = node.has('id') ? node.number('id') : ok(null);
  if (!id.ok) return id;
  const bootCpu = node.has('boot-cpu') ? node.number('boot-cpu') : ok(null);
  if (!bootCpu.ok) return bootCpu;
  const peers = node.has('peers') ? node.strings('peers') : ok(null);
  if (!peers.ok) return peers;
  const entry = readEntry(node);
  if (!entry.ok) return entry;
  const resources = node.child('resources');
  if (!resources) {
    return refuseAt(
      node.place,
      'dts-missing',
      `${name.value} has no resources`,
      'write resources { cpus = <…>; memory-bytes = <…>; }; into instance-create',
    );
  }
  const reserved = readResources(resources);
  if (!reserved.ok) return reserved;
  return ok({
    verb: 'create',
    name: name.value,
    id: id.value,
    peers: peers.value,
    bootCpu: bootCpu.value,
    entry: entry.value,
    ...reserved.value,
    dryRun: false,
    format: 'text',
  });
}

function readResources(
  resources: SourceReader,
): Result<Pick<CreateCommand, 'cpus' | 'memory' | 'memoryBase' | 'devices'>> {
  const knows = resources.onlyKnows(RESOURCES, RESOURCES.join(', '));
  if (!knows.ok) return knows;
  const list = resources.cells('cpus');
  if (!list.ok) return list;
  const memory = resources.number('memory-bytes');
  if (!memory.ok) return memory;
  const memoryBase = resources.has('memory-base') ? resources.number('memory-base') : ok(null);
  if (!memoryBase.ok) return memoryBase;
  const devices = resources.has('devices') ? resources.strings('devices') : ok([]);
  if (!devices.ok) return devices;
  return ok({
    cpus: { list: list.value },
    memory: memory.value,
    memoryBase: memoryBase.value,
    devices: devices.value,
  });
}

function readEntry(node: SourceReader): Result<Entry> {
  if (!node.has('entry')) return ok('s');
  const entry = node.string('entry');
  if (!entry.ok) return entry;
  if (entry.value === 's' || entry.value === 'm') return ok(entry.value);
  return refuseAt(node.place, 'bad-entry', `entry is s or m, not "${entry.value}"`, 'write entry = "s";');
}
