/** Stops in Parallel mode: real threads run real guests, and stop where something happens. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HART, hartBlock, PHASE_RUNNING } from '../protocol/layout.ts';
import type { RunUntil, StopAt, StopReport } from '../protocol/stop.ts';
import { TRACE_KIND } from '../protocol/trace.ts';
import type { LocalMachine } from '../session/make-machine.ts';
import { startMachine } from '../session/start-machine.ts';
import { type BuiltHarts, buildHarts } from './built-harts.testkit.ts';
import { nodeWorkers } from './node-workers.ts';

const HARTS = 3;
const ALPHA = 1;
const LIMIT_MS = 20_000;

let built: BuiltHarts;
let machine: LocalMachine;
/** What each console has said. */
const said = new Map<number, string>();

beforeAll(async () => {
  built = await buildHarts();
  machine = startMachine({
    config: { harts: HARTS, memory: 64 * 2 ** 20, isolation: 'enforced', mode: 'parallel', seed: 1 },
    workers: nodeWorkers(built.entry),
    readFile: async (name) =>
      new Uint8Array(await readFile(new URL(`../../public/guests/${name}`, import.meta.url))),
  });
  const { services } = machine;
  await services.onConsole((instance, bytes) => {
    said.set(instance, (said.get(instance) ?? '') + new TextDecoder().decode(bytes));
  });
  for (const line of [
    'create alpha --cpus 0 --memory 8M',
    'create beta --cpus 1 --memory 8M --peer alpha',
    'load alpha --kernel islet.img --cmdline beat',
    'load beta --kernel islet.img --cmdline "beat spin=2"',
    'exec alpha',
    'exec beta',
  ])
    expect(await services.kerf(line)).toMatchObject({ exitCode: 0 });
  const up = (): boolean => [...said.values()].filter((text) => /(alpha|beta)> /.test(text)).length === 2;
  expect(await services.engine.until(up, LIMIT_MS)).toBe(true);
}, 60_000);
afterAll(async () => {
  await machine.dispose();
  await built.remove();
});

const until = (at: StopAt, more: Partial<RunUntil> = {}): Promise<StopReport> =>
  machine.services.runUntil({ at, hart: 0, instance: null, ...more });
const retired = (hart: number): bigint =>
  Atomics.load(new BigInt64Array(machine.memory.buffer), (hartBlock(hart) + HART.INSTRET) >> 3);
const phase = (hart: number): number =>
  Atomics.load(new Int32Array(machine.memory.buffer), (hartBlock(hart) + HART.PHASE) >> 2);

/** The instruction before the pc of a core, as text. */
async function justDone(hart: number): Promise<string> {
  const listing = await machine.services.disassemble({ hart, address: 'pc' }, 1, 1);
  return listing.ok ? (listing.value[0]?.text ?? '') : listing.error.reason;
}

test('who publishes a message or rings stands right behind it; how far the others came is measured', async () => {
  const before = [0, 1, 2].map(retired);
  const message = await until('message');
  expect(message).toMatchObject({
    why: 'happened',
    record: { kind: TRACE_KIND.PUBLISH, time: message.time },
  });
  expect(await justDone(message.hart ?? -1)).toMatch(/^amoswap\.d zero,/);
  const ran = [0, 1, 2].map((hart) => Number(retired(hart) - (before[hart] ?? 0n)));
  expect(message.within).toBeGreaterThanOrEqual(0);
  // What came after is at most what came in all.
  expect(message.within).toBeLessThanOrEqual(Math.max(...ran));
  expect([0, 1, 2].map(phase)).not.toContain(PHASE_RUNNING);

  const ipi = await until('ipi');
  expect(ipi).toMatchObject({ why: 'happened', record: { kind: TRACE_KIND.DOORBELL } });
  expect(await justDone(ipi.hart ?? -1)).toBe('ecall');
  const stood = [0, 1, 2].map(retired);
  const time = machine.services.engine.clock.time();
  await machine.services.view();
  expect([[0, 1, 2].map(retired), machine.services.engine.clock.time()]).toEqual([stood, time]);
});

test('a function that is called is over where it returns', async () => {
  const { hart } = await until('message');
  const core = hart ?? -1;
  let stop: StopReport;
  let next: string | undefined;
  do {
    const listing = await machine.services.disassemble({ hart: core, address: 'pc' }, 0, 2);
    next = listing.ok ? listing.value[1]?.address : undefined;
    stop = await until('function', { hart: core });
  } while (stop.why === 'stepped');
  expect(stop).toMatchObject({ why: 'returned', hart: core, pc: { address: next } });
});

test('of one kernel, the others execute nothing while time goes on', async () => {
  await machine.services.pause();
  const beta = retired(1);
  const time = machine.services.engine.clock.time();
  expect(await until('message', { instance: ALPHA })).toMatchObject({
    why: 'happened',
    record: { instance: ALPHA },
  });
  expect(retired(1)).toBe(beta);
  expect(machine.services.engine.clock.time()).toBeGreaterThan(time);
});

test('what does not happen is given up, and a command lets it happen', async () => {
  const given = until('owner');
  await machine.services.engine.until(() => phase(1) === PHASE_RUNNING, LIMIT_MS);
  await machine.services.pause();
  expect(await given).toMatchObject({ why: 'cancelled', within: null });
  const waiting = until('owner');
  await machine.services.engine.until(() => phase(1) === PHASE_RUNNING, LIMIT_MS);
  const command = machine.services.kerf('update beta --cpus +2');
  expect(await waiting).toMatchObject({ why: 'happened', hart: null, record: { a: 2n } });
  await machine.services.resume();
  expect(await command).toMatchObject({ exitCode: 0 });
});
