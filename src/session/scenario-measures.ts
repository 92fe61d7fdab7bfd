/** The quantities of a scenario's `measure` steps, read from the one memory. */
import { ok, refuse, type Result } from '../base/result.ts';
import { TICKS_PER_MS } from '../machine/clock.ts';
import { STATUS } from '../protocol/channel.ts';
import {
  CHANNEL,
  channelEntry,
  HART,
  hartBlock,
  INSTANCE,
  instanceBlock,
  RAM_BASE,
  RAM_HOST,
} from '../protocol/layout.ts';
import type { InstanceView, MachineView } from '../protocol/machine-view.ts';
import type { Quantity } from '../protocol/scenario-measure.ts';
import { statusWordOffset, type StatusWord } from '../protocol/status-words.ts';
import { hostWakeup } from './host-wakeup.ts';
import type { ScenarioHost } from './scenario-host.ts';
import { hashPrivate, hashRange, still } from './scenario-memory.ts';
import type { Measured } from './scenario-results.ts';

/** What is read from memory, services and host; the rest is read from a console or made of earlier values. */
export type Readable = Extract<
  Quantity,
  {
    kind:
      | 'doorbells'
      | 'doorbells-held'
      | 'status'
      | 'rate'
      | 'firmware-entries'
      | 'gate-faults'
      | 'instructions'
      | 'memory-hash'
      | 'elapsed'
      | 'lost'
      | 'host-wakeup';
  }
>;
type Pass = (ticks: number) => Promise<unknown>;

/**
 * The value of a quantity now. `pass` lets that many ticks of machine time go by.
 * Refused: `no-kernel`, `no-channel`, `no-status` (the kernel keeps no status block), `restarted`, `no-memory`,
 * `not-its-memory`.
 */
export async function takeMeasure(
  quantity: Readable,
  host: ScenarioHost,
  pass: Pass,
): Promise<Result<Measured>> {
  if (quantity.kind === 'elapsed') return ok(host.time() / TICKS_PER_MS);
  if (quantity.kind === 'lost') return ok((await host.services.exportTrace()).lost);
  if (quantity.kind === 'host-wakeup') {
    return ok(await hostWakeup(quantity.of.sleep / TICKS_PER_MS, quantity.of.times));
  }
  const view = await host.services.view();
  if (quantity.kind === 'doorbells' || quantity.kind === 'doorbells-held')
    return ofDoorbells(quantity, view, host.memory);
  if (quantity.kind === 'memory-hash') return hash(view, quantity.of, host);
  const { of } = quantity;
  const read = readingOf(quantity, host);
  const before = await sum(view, of.kernel, read);
  const over = 'over' in of ? of.over : undefined;
  if (!before.ok || over === undefined) return before;
  const began = host.time();
  await pass(over);
  const seconds = (host.time() - began) / TICKS_PER_MS / 1000;
  const later = await host.services.view();
  const restarted = of.kernel.find((name) => bootOf(later, name) !== bootOf(view, name));
  if (restarted !== undefined) {
    return refuse('restarted', `${restarted} was started anew meanwhile`, 'measure while one boot lasts');
  }
  const after = await sum(later, of.kernel, read);
  if (!after.ok) return after;
  return ok(seconds > 0 ? (after.value - before.value) / seconds : 0);
}

const find = (view: MachineView, name: string): InstanceView | undefined =>
  view.instances.find((instance) => instance.name === name);
const bootOf = (view: MachineView, name: string): number | undefined => find(view, name)?.bootId;

/** The sum of a count over kernels. */
async function sum(view: MachineView, names: readonly string[], read: Reading): Promise<Result<number>> {
  const instances: InstanceView[] = [];
  for (const name of names) {
    const instance = find(view, name);
    if (instance === undefined) return noKernel(name);
    instances.push(instance);
  }
  return read(instances);
}

/** Reads the sum of a count. */
type Reading = (instances: readonly InstanceView[]) => Promise<Result<number>> | Result<number>;
type Count = Extract<
  Readable,
  { kind: 'status' | 'rate' | 'firmware-entries' | 'gate-faults' | 'instructions' }
>;

function readingOf(quantity: Count, host: ScenarioHost): Reading {
  const blockWords = (at: number): Reading => {
    return (instances) => ok(total(instances, ({ id }) => word(host.memory, instanceBlock(id) + at)));
  };
  switch (quantity.kind) {
    case 'status':
    case 'rate':
      return (instances) => statusWords(instances, host.memory, quantity.of.word);
    case 'firmware-entries':
      return blockWords(INSTANCE.FIRMWARE_ENTRIES);
    case 'gate-faults':
      return blockWords(INSTANCE.GATE_FAULTS);
    case 'instructions':
      return async (instances) =>
        ok(await still(host, () => total(instances, (instance) => retired(instance, host.memory))));
  }
}

const total = (instances: readonly InstanceView[], of: (instance: InstanceView) => number): number =>
  instances.reduce((sum, instance) => sum + of(instance), 0);

async function hash(
  view: MachineView,
  { kernel, base, size }: (Quantity & { kind: 'memory-hash' })['of'],
  host: ScenarioHost,
): Promise<Result<string>> {
  const instance = find(view, kernel);
  if (instance === undefined) return noKernel(kernel);
  return base === undefined || size === undefined
    ? hashPrivate(instance, host)
    : hashRange(instance, { base, size }, host);
}

const noKernel = (name: string): Result<never> =>
  refuse('no-kernel', `there is no kernel "${name}"`, 'create it first');

const word = (memory: WebAssembly.Memory, at: number): number =>
  new DataView(memory.buffer).getUint32(at, true);

/** Where a channel counts what goes from its `a` to its `b`, and what comes back. */
const DOORBELL_COUNTS = {
  doorbells: [CHANNEL.DOORBELLS_AB, CHANNEL.DOORBELLS_BA],
  'doorbells-held': [CHANNEL.LIMITED_AB, CHANNEL.LIMITED_BA],
} as const;

function ofDoorbells(
  { kind, of: { from, to } }: Extract<Quantity, { kind: keyof typeof DOORBELL_COUNTS }>,
  view: MachineView,
  memory: WebAssembly.Memory,
): Result<number> {
  const a = view.instances.find((instance) => instance.name === from);
  if (a === undefined) return noKernel(from);
  const b = view.instances.find((instance) => instance.name === to);
  if (b === undefined) return noKernel(to);
  const forward = view.channels.find((channel) => channel.a === a.id && channel.b === b.id);
  const channel = forward ?? view.channels.find((candidate) => candidate.a === b.id && candidate.b === a.id);
  if (channel === undefined) {
    return refuse('no-channel', `there is no channel between ${from} and ${to}`, 'name a peer at create');
  }
  return ok(word(memory, channelEntry(channel.id) + DOORBELL_COUNTS[kind][forward ? 0 : 1]));
}

function statusWord(instance: InstanceView, memory: WebAssembly.Memory, of: StatusWord): Result<number> {
  const none = `${instance.name} keeps no status block`;
  if (instance.status === null)
    return refuse('no-status', none, 'only a running kernel that knows of it does');
  const block = RAM_HOST + (instance.status - RAM_BASE);
  const words = new DataView(memory.buffer);
  if (words.getBigUint64(block + STATUS.MAGIC, true) === 0n) {
    return refuse('no-status', none, 'only a running kernel that knows of it does');
  }
  return ok(Number(words.getBigUint64(block + statusWordOffset(of), true)));
}

function statusWords(
  instances: readonly InstanceView[],
  memory: WebAssembly.Memory,
  of: StatusWord,
): Result<number> {
  let sum = 0;
  for (const instance of instances) {
    const one = statusWord(instance, memory, of);
    if (!one.ok) return one;
    sum += one.value;
  }
  return ok(sum);
}

/** Instructions of the harts that the kernel has now. Exact while they hold still. */
function retired(instance: InstanceView, memory: WebAssembly.Memory): number {
  const words = new DataView(memory.buffer);
  return instance.harts.reduce(
    (sum, hart) => sum + Number(words.getBigUint64(hartBlock(hart) + HART.INSTRET, true)),
    0,
  );
}
