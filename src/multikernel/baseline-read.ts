/** A baseline in source (`kerf init --input`): what of the machine is the pool. The rest is the host instance's. */
import { ok, type Result } from '../base/result.ts';
import type { SourceNode } from '../machine/device-tree/parse-source.ts';
import { CHANNEL_PAGES } from '../protocol/channel.ts';
import { PAGE_SIZE } from '../protocol/layout.ts';
import { checkDevices } from './device-rules.ts';
import { HOST_NAME } from './kerf-flags.ts';
import type { CreateCommand } from './kerf-parser.ts';
import { formatHarts, formatSize } from './kerf-values.ts';
import { refuseAt, SourceReader } from './source-values.ts';
import { checkHartNumber, type MachineState } from './validation.ts';

/** Kernels begin at 2 MiB, so the host's memory is a multiple of that. */
const BLOCK = 0x20_0000;

/** The host instance that a baseline leaves. */
export function readBaseline(
  state: MachineState,
  root: SourceNode,
  file: string,
): Result<Pick<CreateCommand, 'cpus' | 'memory'>> {
  const reader = new SourceReader(root, file);
  const instances = reader.child('instances');
  if (instances) {
    return refuseAt(
      instances.place,
      'instances-in-baseline',
      `the baseline has ${instances.node.children.length} instances, and describes the machine alone`,
      'take them out, and make each with kerf create or kerf apply',
    );
  }
  const knows = reader.onlyKnows(['compatible', 'resources'], 'compatible and resources');
  if (!knows.ok) return knows;
  const resources = reader.child('resources');
  if (!resources) {
    return refuseAt(
      reader.place,
      'dts-missing',
      'the root has no resources',
      'write resources { cpus = <…>; memory@0 { size = <…>; }; };',
    );
  }
  const allowed = resources.onlyKnows(['cpus', 'memory@', 'devices'], 'cpus, memory@N and devices');
  if (!allowed.ok) return allowed;
  const cpus = hostHarts(state, resources);
  if (!cpus.ok) return cpus;
  const memory = hostMemory(state, resources);
  if (!memory.ok) return memory;
  const devices = resources.child('devices');
  const known = devices ? knownDevices(state, devices) : ok(null);
  return known.ok ? ok({ cpus: { list: cpus.value }, memory: memory.value }) : known;
}

function hostHarts(state: MachineState, resources: SourceReader): Result<number[]> {
  const pool = resources.cells('cpus');
  if (!pool.ok) return pool;
  const sorted = [...pool.value].sort((one, other) => one - other);
  for (const [index, hart] of sorted.entries()) {
    const known = checkHartNumber(state, 'the pool', hart, sorted[index - 1] === hart);
    if (!known.ok) return refuseAt(resources.place, known.error.code, known.error.reason, known.error.hint);
  }
  const { harts } = state.ownership;
  const left = Array.from({ length: harts }, (_, hart) => hart).filter((hart) => !sorted.includes(hart));
  if (left.length > 0) return ok(left);
  return refuseAt(
    resources.place,
    'no-hart-for-host',
    `the pool would have all harts of the machine (${formatHarts(sorted)}), and ${HOST_NAME} none`,
    'leave at least one hart out of cpus',
  );
}

/** What the pool leaves of RAM, less the host's own channels. */
function hostMemory(state: MachineState, resources: SourceReader): Result<number> {
  let pool = 0;
  for (const child of resources.children()) {
    if (!child.node.name.startsWith('memory@')) continue;
    const size = child.has('size') ? child.number('size') : child.range();
    if (!size.ok) return size;
    pool += typeof size.value === 'number' ? size.value : size.value.size;
  }
  const ram = state.ownership.ramPages * PAGE_SIZE;
  const channels = (state.instances.list().length + 1) * CHANNEL_PAGES * PAGE_SIZE;
  const host = Math.floor((ram - pool - channels) / BLOCK) * BLOCK;
  if (host >= BLOCK) return ok(host);
  return refuseAt(
    resources.place,
    'baseline-too-large',
    `the pool would have ${formatSize(pool)} of ${formatSize(ram)}, which leaves too little for ${HOST_NAME}`,
    `leave at least ${formatSize(BLOCK)} and ${formatSize(channels)} for its channels`,
  );
}

function knownDevices(state: MachineState, devices: SourceReader): Result<unknown> {
  for (const device of devices.children()) {
    const known = checkDevices(state, 'the pool', [device.node.name]);
    if (!known.ok) return refuseAt(device.place, known.error.code, known.error.reason, known.error.hint);
  }
  return ok(null);
}
