/** A machine behind the border that the page has: comlink over a message channel, Repeatable mode at the host's pace. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { assemble } from '../isa/assemble.ts';
import { TICKS_PER_MS } from '../machine/clock.ts';
import { kernelImage } from '../multikernel/test-image.ts';
import { HEADER } from '../protocol/layout.ts';
import { ALL_EVENTS, SPAN_STRIDE } from '../protocol/timeline.ts';
import type { MachineHandle } from '../protocol/services-api.ts';
import { connectMachine } from './connect-machine.ts';
import { makeMachine } from './make-machine.ts';
import { serveMachine } from './serve-machine.ts';
import { createSoloEngine } from './solo-engine.ts';

/** Prints without end (SBI legacy console). */
const PRINTER = `
  li s1, 'a'
1:
  li a7, 1
  mv a0, s1
  ecall
  j 1b
`;

let channel: MessageChannel;
let machine: MachineHandle;

beforeEach(async () => {
  channel = new MessageChannel();
  serveMachine(
    (config) =>
      makeMachine(config, (memory, interpreter, heard) =>
        createSoloEngine(memory, interpreter, { harts: config.harts, seed: config.seed, heard, paced: true }),
      ),
    channel.port1,
  );
  const worker = Object.assign(channel.port2, { terminate: () => channel.port2.close() });
  const config = {
    harts: 1,
    memory: 64 * 2 ** 20,
    isolation: 'enforced',
    mode: 'repeatable',
    seed: 1,
  } as const;
  machine = await connectMachine(worker, config, 'http://127.0.0.1/');
});
afterEach(async () => {
  await machine.services.pause();
  channel.port1.close();
  machine.dispose();
});

async function boot(program: string): Promise<void> {
  await machine.services.addFile('k', kernelImage([...assemble(program, { base: 0n }).bytes]));
  for (const line of ['create a --cpus 0 --memory 16M', 'load a --kernel k', 'exec a']) {
    expect(await machine.services.kerf(line)).toMatchObject({ exitCode: 0 });
  }
}

test('a guest that prints without end has one piece on its way to a page that is slow to take it', async () => {
  await boot(PRINTER);
  let release: () => void = () => undefined;
  const pieces: string[] = [];
  const seen = (count: number): Promise<void> =>
    new Promise((settle) => {
      arrived = () => {
        if (pieces.length >= count) settle();
      };
      arrived();
    });
  let arrived: () => void = () => undefined;
  const subscription = await machine.services.onConsole((_, bytes) => {
    pieces.push(new TextDecoder().decode(bytes));
    arrived();
    return new Promise<void>((settle) => (release = settle));
  });
  await seen(1);
  // The machine goes on: far more than a piece is said meanwhile, and none of it is sent.
  const began = await clock();
  while ((await clock()) < began + 1) await machine.services.view();
  expect(pieces).toHaveLength(1);
  release();
  await seen(2);
  expect(pieces[1]?.length).toBeGreaterThan(100);
  await machine.services.unsubscribe(subscription);
  release();
  await machine.services.view();
  expect(pieces).toHaveLength(2);
});

test('a pause is heard while a command waits for a kernel that never answers', async () => {
  await boot('1: wfi; j 1b');
  let answered = false;
  void machine.services.kerf('kill a').then(() => (answered = true));
  await machine.services.pause();
  const paused = await clock();
  expect(answered).toBe(false);
  expect((await machine.services.view()).run).toBe('paused');
  expect(await clock()).toBe(paused);
  await machine.services.resume();
  while ((await clock()) <= paused);
  expect(answered).toBe(false);
});

test('a window of the timeline passes the border with its arrays', async () => {
  await boot('1: wfi; j 1b');
  await machine.services.pause();
  const window = await machine.services.timeline({
    from: 0,
    to: 10_000_000,
    columns: 100,
    categories: ALL_EVENTS,
    detail: true,
  });
  expect(window.lanes).toBe(2);
  expect(window.counts).toBeInstanceOf(Uint32Array);
  expect(window.counts).toHaveLength(2 * window.columns);
  // Core 0 is the kernel's.
  expect([...window.owners].slice(-SPAN_STRIDE)).toEqual([0, expect.any(Number), -1, 2]);
  const number = window.events?.sequence.at(-1);
  expect(number).toBeGreaterThan(0);
  const found = await machine.services.traceEvent({
    way: 'this',
    sequence: number ?? 0,
    time: 0,
    categories: ALL_EVENTS,
    lane: null,
  });
  expect(Number(found?.record.sequence)).toBe(number);
});

/** Machine time in ms that the machine has shown. */
async function clock(): Promise<number> {
  await machine.services.view();
  return Number(new BigInt64Array(machine.memory.buffer, 0, 512)[HEADER.TIME_SHOWN >> 3]) / TICKS_PER_MS;
}
