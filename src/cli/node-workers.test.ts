/** Real threads that run real harts: they leave when their generation is over, whatever their guest does. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { startClock } from '../machine/clock.ts';
import { createInterpreter } from '../machine/hart-loop.ts';
import { createMemory } from '../machine/memory.ts';
import { signal } from '../protocol/hart-protocol.ts';
import {
  HART,
  hartBlock,
  HEADER,
  HSM_STARTED,
  HSM_START_PENDING,
  HSM_STOPPED,
  PAGE_OWNER,
  PHASE_LOST,
  PHASE_SAFE,
  RAM_BASE,
  RAM_HOST,
  REASON_RETIRE,
  REASON_START,
} from '../protocol/layout.ts';
import type { Engine } from '../session/engine.ts';
import type { HartWorkerFactory } from '../session/hart-workers.ts';
import { createParallelEngine } from '../session/parallel-engine.ts';
import { type BuiltHarts, buildHarts } from './built-harts.testkit.ts';
import { nodeWorkers } from './node-workers.ts';

const LIMIT_MS = 10_000;
/** `loop: addi s0, s0, 1; j loop`, in S-mode with all interrupts off. */
const SPIN = [0x0014_0413, 0xffdf_f06f];

let built: BuiltHarts;
let memory: WebAssembly.Memory;
let words: Int32Array;
let engine: Engine;

beforeAll(async () => {
  built = await buildHarts();
}, 30_000);
afterAll(() => built.remove());

beforeEach(() => {
  memory = createMemory({ harts: 1, memory: 2 ** 21, isolation: 'enforced', mode: 'parallel', seed: 0 });
  startClock(memory);
  words = new Int32Array(memory.buffer);
  const bytes = new Uint8Array(memory.buffer);
  bytes[HEADER.HART_OWNER] = 2;
  bytes.fill(2, PAGE_OWNER, PAGE_OWNER + 512);
  words.set(SPIN, RAM_HOST >> 2);
});
afterEach(() => engine.dispose());

const make = (workers: HartWorkerFactory): void => {
  engine = createParallelEngine(memory, createInterpreter(memory), {
    harts: 1,
    workers,
    heard: () => undefined,
  });
};
const load = (offset: number): number => Atomics.load(words, (hartBlock(0) + offset) >> 2);
const instructions = (): bigint =>
  new DataView(memory.buffer).getBigInt64(hartBlock(0) + HART.X + 8 * 8, true);

async function spin(): Promise<void> {
  const view = new DataView(memory.buffer, hartBlock(0));
  view.setBigUint64(HART.START_PC, BigInt(RAM_BASE), true);
  view.setUint32(HART.START_PRIVILEGE, 1, true);
  Atomics.store(words, (hartBlock(0) + HART.HSM) >> 2, HSM_START_PENDING);
  signal(words, 0, REASON_START);
  expect(await engine.until(() => load(HART.HSM) === HSM_STARTED && instructions() > 0n, LIMIT_MS)).toBe(
    true,
  );
}

it('a thread whose guest spins leaves by itself when its generation is over', async () => {
  make(nodeWorkers(built.entry));
  await spin();
  Atomics.add(words, (hartBlock(0) + HART.GENERATION) >> 2, 1);
  signal(words, 0, REASON_RETIRE);
  expect(await engine.until(() => load(HART.WORKER_GONE) === 1, LIMIT_MS)).toBe(true);
});

it('a replaced thread is followed by another, which runs the hart anew', async () => {
  make(nodeWorkers(built.entry));
  await spin();
  await engine.replaceWorker(0);
  expect([load(HART.HSM), load(HART.GENERATION)]).toEqual([HSM_STOPPED, 2]);
  expect(
    await engine.until(() => load(HART.WORKER_READY) === 2 && load(HART.PHASE) === PHASE_SAFE, LIMIT_MS),
  ).toBe(true);
  await spin();
});

it('a thread that cannot load leaves its hart LOST, after a few attempts', async () => {
  make(nodeWorkers(new URL('missing.mjs', built.entry)));
  for (let attempt = 0; attempt < 3; attempt += 1) {
    expect(await engine.until(() => load(HART.PHASE) === PHASE_LOST, LIMIT_MS)).toBe(true);
    await engine.replaceWorker(0);
  }
  expect([load(HART.PHASE), load(HART.GENERATION)]).toEqual([PHASE_LOST, 4]);
  expect(engine.lossReason(0)).toContain('missing.mjs');
});
