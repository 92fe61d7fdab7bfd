/** The quantities of a scenario's `measure` steps, read from the one memory, and the checks on their values. */
import { ok, refuse, type Result } from '../base/result.ts';
import { TICKS_PER_MS } from '../machine/clock.ts';
import { STATUS } from '../protocol/channel.ts';
import { CHANNEL, channelEntry, INSTANCE, instanceBlock, RAM_BASE, RAM_HOST } from '../protocol/layout.ts';
import type { InstanceView, MachineView } from '../protocol/machine-view.ts';
import {
  statusWordOffset,
  type Checks,
  type Quantity,
  type StatusWord,
} from '../protocol/scenario-measure.ts';
import type { ScenarioHost } from './scenario-host.ts';

/** A count, milliseconds, or a hash. */
export type Measured = number | string;
/** What is read from memory and services; `captured` is read from a console by the runner. */
type Readable = Exclude<Quantity, { kind: 'captured' }>;

/**
 * The value of a quantity now. `pass` lets that many ticks of machine time go by.
 * Refused: `no-kernel`, `no-channel`, `no-status` (the kernel keeps no status block), `restarted`.
 */
export async function takeMeasure(
  quantity: Readable,
  host: ScenarioHost,
  pass: (ticks: number) => Promise<unknown>,
): Promise<Result<Measured>> {
  if (quantity.kind === 'elapsed') return ok(host.time() / TICKS_PER_MS);
  const view = await host.services.view();
  if (quantity.kind === 'doorbells') return doorbells(view, host.memory, quantity.of.from, quantity.of.to);
  const { kernel } = quantity.of;
  const instance = view.instances.find((candidate) => candidate.name === kernel);
  if (instance === undefined) return noKernel(kernel);
  switch (quantity.kind) {
    case 'status':
      return statusWord(instance, host.memory, quantity.of.word);
    case 'rate':
      return rate(instance, host, quantity.of.word, () => pass(quantity.of.over));
    case 'firmware-entries':
      return ok(word(host.memory, instanceBlock(instance.id) + INSTANCE.FIRMWARE_ENTRIES));
    case 'gate-faults':
      return ok(word(host.memory, instanceBlock(instance.id) + INSTANCE.GATE_FAULTS));
    case 'memory-hash':
      return hash(instance, view, host);
  }
}

/** What is wrong with a value, or null. `measured` has the values taken before, by name. */
export function checkValue(
  value: Measured,
  checks: Checks,
  measured: ReadonlyMap<string, Measured>,
): string | null {
  const least = checks['at-least'];
  if (least !== undefined && !(typeof value === 'number' && value >= least))
    return `${value} is not at least ${least}`;
  const most = checks['at-most'];
  if (most !== undefined && !(typeof value === 'number' && value <= most))
    return `${value} is not at most ${most}`;
  const less = checks['more-than'];
  if (less !== undefined) {
    const than = measured.get(less);
    const more = typeof value === 'number' && typeof than === 'number' && value > than;
    if (!more) return `${value} is not more than ${less}, which was ${than ?? 'not measured'}`;
  }
  const same = checks['same-as'];
  if (same !== undefined && measured.get(same) !== value) {
    return `${value} is not the same as ${same}, which was ${measured.get(same) ?? 'not measured'}`;
  }
  return null;
}

const noKernel = (name: string): Result<never> =>
  refuse('no-kernel', `there is no kernel "${name}"`, 'create it first');

const word = (memory: WebAssembly.Memory, at: number): number =>
  new DataView(memory.buffer).getUint32(at, true);

function doorbells(view: MachineView, memory: WebAssembly.Memory, from: string, to: string): Result<number> {
  const a = view.instances.find((instance) => instance.name === from);
  if (a === undefined) return noKernel(from);
  const b = view.instances.find((instance) => instance.name === to);
  if (b === undefined) return noKernel(to);
  const forward = view.channels.find((channel) => channel.a === a.id && channel.b === b.id);
  const channel = forward ?? view.channels.find((candidate) => candidate.a === b.id && candidate.b === a.id);
  if (channel === undefined) {
    return refuse('no-channel', `there is no channel between ${from} and ${to}`, 'name a peer at create');
  }
  return ok(word(memory, channelEntry(channel.id) + (forward ? CHANNEL.DOORBELLS_AB : CHANNEL.DOORBELLS_BA)));
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

/** Growth of a status word per second of machine time. */
async function rate(
  instance: InstanceView,
  host: ScenarioHost,
  of: StatusWord,
  pass: () => Promise<unknown>,
): Promise<Result<number>> {
  const before = statusWord(instance, host.memory, of);
  if (!before.ok) return before;
  const began = host.time();
  await pass();
  const seconds = (host.time() - began) / TICKS_PER_MS / 1000;
  const view = await host.services.view();
  const now = view.instances.find((candidate) => candidate.id === instance.id);
  if (now === undefined || now.bootId !== instance.bootId) {
    return refuse('restarted', `${instance.name} was started anew meanwhile`, 'measure while one boot lasts');
  }
  const after = statusWord(now, host.memory, of);
  if (!after.ok) return after;
  return ok(seconds > 0 ? (after.value - before.value) / seconds : 0);
}

/** The hash of memory that holds still: the machine is paused for it, unless it already was. */
async function hash(instance: InstanceView, view: MachineView, host: ScenarioHost): Promise<Result<string>> {
  if (instance.memory === null) {
    return refuse('no-memory', `${instance.name} has no memory yet`, 'create reserves it');
  }
  const { services } = host;
  if (view.run === 'running') await services.pause();
  const digest = await services.hashMemory(instance.id);
  if (view.run === 'running') await services.resume();
  return ok(digest);
}
