/** A kernel that rings its neighbour as fast as it can (Repeatable mode, real guests): who pays, and who does not. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { CHANNEL, channelEntry } from '../protocol/layout.ts';
import { startGuests, type Guests } from './guests.testkit.ts';

const folder = fileURLToPath(new URL('../../public/guests/', import.meta.url));
const readImage = async (name: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await readFile(folder + name));

let guests: Guests;
afterEach(() => guests.machine.dispose());

/** alpha (harts 0 and 1) storms; beta is rung; gamma has a channel to both. */
async function start(): Promise<void> {
  guests = await startGuests(readImage, 4, [
    { name: 'alpha', cpus: '0-1', commandLine: 'beat' },
    { name: 'beta', cpus: '2', commandLine: 'beat', peers: ['alpha'] },
    { name: 'gamma', cpus: '3', commandLine: 'beat', peers: ['alpha', 'beta'] },
  ]);
}

interface Count {
  readonly rung: number;
  readonly limited: number;
}
/** Of the doorbells from one kernel to another. */
async function count(from: string, to: string): Promise<Count> {
  const view = await guests.machine.services.view();
  const id = (name: string): number => view.instances.find((each) => each.name === name)?.id ?? -1;
  const forward = view.channels.find(({ a, b }) => a === id(from) && b === id(to));
  const channel = forward ?? view.channels.find(({ a, b }) => a === id(to) && b === id(from));
  const words = new Int32Array(guests.machine.memory.buffer);
  const word = (offset: number): number => words[(channelEntry(channel?.id ?? -1) + offset) >> 2] ?? -1;
  return forward
    ? { rung: word(CHANNEL.DOORBELLS_AB), limited: word(CHANNEL.LIMITED_AB) }
    : { rung: word(CHANNEL.DOORBELLS_BA), limited: word(CHANNEL.LIMITED_BA) };
}

test('the storming kernel is counted and limited, and pays; the others keep their beat', async () => {
  await start();
  await guests.ask('beta', 'spin 1');
  const alone = guests.status('beta', 'work');
  await guests.pass(300);
  const freely = guests.status('beta', 'work') - alone;

  await guests.ask('alpha', 'misbehave ring beta 4');
  const before = await count('alpha', 'beta');
  const beats = guests.status('beta', 'beats');
  const work = guests.status('beta', 'work');
  await guests.pass(300);
  const after = await count('alpha', 'beta');

  // 50,000 in a second, and not more beyond it than the bucket held; nearly all of them had to wait.
  const rung = after.rung - before.rung;
  expect(rung).toBeGreaterThan(13_500);
  expect(rung).toBeLessThanOrEqual(15_000 + 128);
  expect(after.limited - before.limited).toBeGreaterThan(rung * 0.9);
  // The kernels beside it miss nothing, and the one that is rung has more than half of its time still.
  expect(guests.status('beta', 'beats') - beats).toBeGreaterThanOrEqual(2);
  expect([guests.status('beta', 'missed'), guests.status('gamma', 'missed')]).toEqual([0, 0]);
  expect((guests.status('beta', 'work') - work) / freely).toBeGreaterThan(0.5);
  // Nobody else's doorbells are held up by it.
  expect(await guests.ask('gamma', 'ping beta 3')).toMatch(/(reply from beta: n=\d.*\n){3}/);
  expect((await count('gamma', 'beta')).limited).toBe(0);

  await guests.ask('alpha', 'misbehave ring beta 0', 30);
  const quiet = await count('alpha', 'beta');
  await guests.pass(100);
  expect((await count('alpha', 'beta')).rung - quiet.rung).toBeLessThan(10);
  expect(await guests.ask('alpha', 'ping beta 3')).toMatch(/(reply from beta: n=\d.*\n){3}/);
});

test('ping-pong by doorbell, as fast as two kernels can, is never limited', async () => {
  await start();
  expect(await guests.ask('alpha', 'pingpong beta 2000', 30)).toContain('round trips 2000, lost 0');
  const [there, back] = [await count('alpha', 'beta'), await count('beta', 'alpha')];
  expect([there.rung, back.rung].every((rung) => rung >= 2000)).toBe(true);
  expect([there.limited, back.limited]).toEqual([0, 0]);
});

test('a storm and what it costs are the same in each run', async () => {
  const runs: unknown[] = [];
  for (let run = 0; run < 2; run++) {
    await start();
    await guests.ask('alpha', 'misbehave ring beta 4');
    await guests.pass(100);
    runs.push([await count('alpha', 'beta'), guests.host.time()]);
    if (run === 0) await guests.machine.dispose();
  }
  expect(runs[0]).toEqual(runs[1]);
});
