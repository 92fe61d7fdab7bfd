/** Runs of a paused machine up to a step, a return or an event, with real guests in Repeatable mode. */
import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { MSG_RESOURCE, RESOURCE } from '../protocol/channel.ts';
import { HART, hartBlock, HEADER, INSTANCE, instanceBlock } from '../protocol/layout.ts';
import { stopAt } from '../machine/stop.ts';
import { STOP_KIND, type RunUntil, type StopAt, type StopReport } from '../protocol/stop.ts';
import { ringWord, TRACE_KIND } from '../protocol/trace.ts';
import { startGuests, type Guests } from './guests.testkit.ts';
import { RunControl } from './run-control.ts';
import { StopControl } from './stop-control.ts';

const HARTS = 4;
const ALPHA = 1;
const BETA = 2;
const SSIP = 2;

const read = async (name: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await readFile(new URL(`../../public/guests/${name}`, import.meta.url)));

const started: Guests[] = [];
afterEach(async () => {
  for (const guests of started.splice(0)) await guests.machine.dispose();
});

/** alpha has cores 0 and 3, beta core 1; core 2 is free. */
async function start(): Promise<Guests> {
  const guests = await startGuests(read, HARTS, [
    { name: 'alpha', cpus: '0,3' },
    { name: 'beta', cpus: '1', peers: ['alpha'] },
  ]);
  started.push(guests);
  return guests;
}

const until = (guests: Guests, at: StopAt, more: Partial<RunUntil> = {}): Promise<StopReport> =>
  guests.machine.services.runUntil({ at, hart: 0, instance: null, ...more });

/** What each hart has retired. */
const retired = ({ machine }: Guests): number[] =>
  Array.from({ length: HARTS }, (_, hart) =>
    Number(new BigInt64Array(machine.memory.buffer)[(hartBlock(hart) + HART.INSTRET) >> 3]),
  );
const word = ({ machine }: Guests, at: number): number =>
  Atomics.load(new Int32Array(machine.memory.buffer), at >> 2);

/** Waits until the machine runs for what was asked. */
const runs = async (guests: Guests): Promise<void> => {
  await guests.host.until(() => word(guests, HEADER.PAUSED) === 0, 1_000_000);
};

/** The instruction before the pc of a core, as text. */
async function justDone({ machine }: Guests, hart: number): Promise<string> {
  const listing = await machine.services.disassemble({ hart, address: 'pc' }, 1, 1);
  return listing.ok ? (listing.value[0]?.text ?? '') : listing.error.reason;
}

test('the next message: right behind the store that publishes it', async () => {
  const guests = await start();
  await guests.type('alpha', 'ping beta');
  const stop = await until(guests, 'message');
  expect(stop).toMatchObject({ at: 'message', why: 'happened', hart: 0, within: 0 });
  expect(stop.record).toMatchObject({ kind: TRACE_KIND.PUBLISH, instance: ALPHA, time: stop.time });
  expect(stop.pc?.symbol).toMatch(/^ring_send\+/);
  expect(await justDone(guests, 0)).toMatch(/^amoswap\.d zero,/);
  // Nobody runs, and the next one is beta's answer.
  expect((await guests.machine.services.view()).run).toBe('paused');
  const answer = await until(guests, 'message');
  expect(answer).toMatchObject({ why: 'happened', hart: 1, record: { instance: BETA } });
});

test('the next IPI: right behind the ecall, with the bit pending at its target', async () => {
  const guests = await start();
  await guests.type('alpha', 'ping beta');
  const stop = await until(guests, 'ipi');
  expect(stop).toMatchObject({ why: 'happened', hart: 0, record: { kind: TRACE_KIND.DOORBELL, a: 1n } });
  expect(await justDone(guests, 0)).toBe('ecall');
  expect(word(guests, hartBlock(1) + HART.MIP) & SSIP).toBe(SSIP);
});

test('the next change of an owner, and the command that makes it goes on with the machine', async () => {
  const guests = await start();
  const { services } = guests.machine;
  const stopping = until(guests, 'owner');
  // A command for a kernel of a machine that is paused would be refused.
  await runs(guests);
  const command = services.kerf('update alpha --cpus +2');
  const stop = await stopping;
  expect(stop).toMatchObject({ why: 'happened', hart: null, pc: null, within: 0 });
  expect(stop.record).toMatchObject({ kind: TRACE_KIND.HART_OWNER, a: 2n, b: BigInt(ALPHA + 1), c: 0 });
  expect((await services.view()).harts[2]?.owner).toBe(ALPHA);
  // The controller is not in the machine: it has asked alpha to start the core, and alpha's answer is the next message.
  const answer = (BigInt(MSG_RESOURCE) << 32n) | BigInt(RESOURCE.CPU_ADD + RESOURCE.ACK);
  expect((await until(guests, 'message')).record).toMatchObject({ instance: ALPHA, a: answer });
  await services.resume();
  expect(await command).toMatchObject({ exitCode: 0 });
});

test('a message that its receiver has seen before the sender looked is the sender’s', async () => {
  const guests = await start();
  const { memory } = guests.machine;
  const stopping = until(guests, 'message');
  await runs(guests);
  // As the receiver's core does it, in Parallel mode, when its turn ends just then.
  const seen = (senderHart: number): boolean =>
    stopAt(memory, 1, STOP_KIND.message, {
      kind: TRACE_KIND.PUBLISH,
      sequence: 1n,
      time: 1,
      instance: ALPHA,
      a: 0n,
      b: 0n,
      c: ringWord({ channel: 0, fromB: false, senderHart, slot: 0 }),
    });
  expect(seen(3)).toBe(true);
  expect(await stopping).toMatchObject({ why: 'happened', hart: 3, within: 0, record: { instance: ALPHA } });
  // Which core it is stands in the message, where a kernel may write anything: it is one of its own, or not believed.
  const lied = until(guests, 'message');
  await runs(guests);
  expect(seen(2)).toBe(true);
  expect(await lied).toMatchObject({ hart: 1 });
});

test('the same seed and commands stop at the same instruction', async () => {
  const story = async (): Promise<unknown[]> => {
    const guests = await start();
    await guests.type('alpha', 'ping beta');
    const stops: unknown[] = [];
    for (const at of ['message', 'ipi', 'function', 'message', 'instruction', 'ipi'] as const) {
      const { time, record, pc } = await until(guests, at);
      stops.push([time, record?.sequence, pc?.address, ...retired(guests)]);
    }
    return stops;
  };
  expect(await story()).toEqual(await story());
});

describe('a function', () => {
  test('that is called is over where it returns; anything else is one instruction', async () => {
    const guests = await start();
    await guests.type('alpha', 'ping beta');
    await until(guests, 'message');
    const seen = new Map<string, number>();
    for (let n = 0; n < 60; n += 1) {
      const before = await guests.machine.services.inspectHart(0);
      const line = await guests.machine.services.disassemble({ hart: 0, address: 'pc' }, 0, 2);
      const [here, next] = line.ok ? line.value : [];
      const stop = await until(guests, 'function');
      const after = await guests.machine.services.inspectHart(0);
      const executed = (after?.retired ?? 0) - (before?.retired ?? 0);
      seen.set(stop.why, (seen.get(stop.why) ?? 0) + 1);
      if (stop.why === 'stepped') expect(executed).toBe(1);
      else {
        expect(here?.text).toMatch(/^(jal|jalr|call|c\.jalr)\b/);
        expect(executed).toBeGreaterThan(2);
        expect([stop.why, stop.pc?.address]).toEqual(['returned', next?.address]);
        // The stack pointer is what it was.
        expect(after?.registers[2]).toBe(before?.registers[2]);
      }
    }
    expect(seen.get('returned')).toBeGreaterThan(0);
  });

  test('of a core that executes nothing is none', async () => {
    const guests = await start();
    expect(await until(guests, 'function', { hart: 2 })).toMatchObject({ why: 'stuck', hart: 2 });
  });
});

test('an instruction: one of each core that runs, and a tick of machine time', async () => {
  const guests = await start();
  await guests.type('alpha', 'ping beta');
  await until(guests, 'message');
  const before = retired(guests);
  const time = guests.machine.services.engine.clock.time();
  const stop = await until(guests, 'instruction', { instance: ALPHA });
  expect(stop).toMatchObject({ why: 'stepped', time: time + 1 });
  expect(retired(guests)).toEqual([(before[0] ?? 0) + 1, ...before.slice(1)]);
  const idle = await until(guests, 'instruction', { hart: 1, instance: BETA });
  expect(idle).toMatchObject({ why: 'stuck', record: null, within: null });
});

test('of one kernel: the others stand, time goes on, and what they were sent waits for them', async () => {
  const guests = await start();
  await guests.type('alpha', 'ping beta');
  await until(guests, 'ipi');
  const [, beta] = retired(guests);
  const time = guests.machine.services.engine.clock.time();
  const waiting = until(guests, 'message', { instance: ALPHA });
  await guests.machine.services.engine.until(
    () => guests.machine.services.engine.clock.time() > time + 1000,
    1000,
  );
  await guests.machine.services.pause();
  expect(await waiting).toMatchObject({ why: 'cancelled' });
  expect(retired(guests)[1]).toBe(beta);
  expect(word(guests, instanceBlock(BETA) + INSTANCE.PAUSED)).toBe(0);
  // The doorbell is pending still: beta takes it as soon as it may.
  expect(await until(guests, 'message')).toMatchObject({ why: 'happened', record: { instance: BETA } });
});

describe('what does not happen', () => {
  test('is given up by a pause, and leaves nothing armed', async () => {
    const guests = await start();
    const waiting = until(guests, 'message');
    await guests.pass(5);
    await guests.machine.services.pause();
    expect(await waiting).toMatchObject({ why: 'cancelled', record: null });
    await guests.machine.services.resume();
    expect(await guests.ask('alpha', 'ping beta')).toContain('beta');
    expect((await guests.machine.services.view()).run).toBe('running');
  });

  test('is let go by a resume', async () => {
    const guests = await start();
    const waiting = until(guests, 'owner');
    await runs(guests);
    await guests.machine.services.resume();
    expect(await waiting).toMatchObject({ why: 'resumed' });
    expect((await guests.machine.services.view()).run).toBe('running');
  });

  test('makes room for what is asked next', async () => {
    const guests = await start();
    const first = until(guests, 'owner');
    const second = until(guests, 'ipi');
    await guests.type('alpha', 'ping beta');
    expect([(await first).why, (await second).why]).toEqual(['cancelled', 'happened']);
  });
});

test('one that fails is no matter of the next', async () => {
  const { machine } = await start();
  const { memory, services } = machine;
  const view = await services.view();
  let pc = (): Promise<null> => Promise.reject(new Error('no place'));
  const stops = new StopControl({
    memory,
    engine: services.engine,
    runControl: new RunControl(memory, services.engine, HARTS),
    view: () => view,
    pc: () => pc(),
    changed: () => undefined,
  });
  const step: RunUntil = { at: 'instruction', hart: 0, instance: null };
  await expect(stops.run(step)).rejects.toThrow('no place');
  pc = () => Promise.resolve(null);
  expect(await stops.run(step)).toMatchObject({ at: 'instruction', pc: null });
});

test('a short run is not shown as one', async () => {
  const guests = await start();
  const shown: string[] = [];
  await guests.type('alpha', 'ping beta');
  await guests.machine.services.pause();
  await guests.machine.services.onView(({ run }) => shown.push(run));
  await until(guests, 'message');
  expect(new Set(shown)).toEqual(new Set(['paused']));
});
