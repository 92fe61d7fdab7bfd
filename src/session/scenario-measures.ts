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
import { statusWordOffset, type Quantity, type StatusWord } from '../protocol/scenario-measure.ts';
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
      | 'status'
      | 'rate'
      | 'firmware-entries'
      | 'gate-faults'
      | 'instructions'
      | 'memory-hash'
      | 'elapsed'
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
  if (quantity.kind === 'host-wakeup') {
    return ok(await hostWakeup(quantity.of.sleep / TICKS_PER_MS, quantity.of.times));
  }
  const view = await host.services.view();
  if (quantity.kind === 'doorbells') return doorbells(view, host.memory, quantity.of.from, quantity.of.to);
  const { kernel } = quantity.of;
  const instance = view.instances.find((candidate) => candidate.name === kernel);
  if (instance === undefined) return noKernel(kernel);
  const count = (read: Reading): Promise<Result<number>> => {
    const { over } = quantity.of as { readonly over?: number };
    return over === undefined ? read(instance) : rate(instance, host, read, () => pass(over));
  };
  switch (quantity.kind) {
    case 'status':
    case 'rate':
      return count((of) => Promise.resolve(statusWord(of, host.memory, quantity.of.word)));
    case 'firmware-entries':
      return count((of) => Promise.resolve(ok(blockWord(host, of, INSTANCE.FIRMWARE_ENTRIES))));
    case 'gate-faults':
      return count((of) => Promise.resolve(ok(blockWord(host, of, INSTANCE.GATE_FAULTS))));
    case 'instructions':
      return count(async (of) => ok(await still(host, () => instructions(of, host.memory))));
    case 'memory-hash': {
      const { base, size } = quantity.of;
      return base === undefined || size === undefined
        ? hashPrivate(instance, host)
        : hashRange(instance, { base, size }, host);
    }
  }
}

/** Reads a count of a kernel. */
type Reading = (instance: InstanceView) => Promise<Result<number>>;

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

/** Growth of a count per second of machine time. */
async function rate(
  instance: InstanceView,
  host: ScenarioHost,
  read: Reading,
  pass: () => Promise<unknown>,
): Promise<Result<number>> {
  const before = await read(instance);
  if (!before.ok) return before;
  const began = host.time();
  await pass();
  const seconds = (host.time() - began) / TICKS_PER_MS / 1000;
  const view = await host.services.view();
  const now = view.instances.find((candidate) => candidate.id === instance.id);
  if (now === undefined || now.bootId !== instance.bootId) {
    return refuse('restarted', `${instance.name} was started anew meanwhile`, 'measure while one boot lasts');
  }
  const after = await read(now);
  if (!after.ok) return after;
  return ok(seconds > 0 ? (after.value - before.value) / seconds : 0);
}

const blockWord = (host: ScenarioHost, instance: InstanceView, at: number): number =>
  word(host.memory, instanceBlock(instance.id) + at);

/** Retired by the harts that the kernel has now. Exact while they hold still. */
function instructions(instance: InstanceView, memory: WebAssembly.Memory): number {
  const words = new DataView(memory.buffer);
  const retired = (hart: number): number => Number(words.getBigUint64(hartBlock(hart) + HART.INSTRET, true));
  return instance.harts.reduce((sum, hart) => sum + retired(hart), 0);
}
