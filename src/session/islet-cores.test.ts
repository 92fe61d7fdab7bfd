/** islet shares a core fairly, and its interrupts follow the cores it has (Repeatable mode). */
import { readFile } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import { startGuests, type Guests } from './guests.testkit.ts';

const read = async (name: string) =>
  new Uint8Array(await readFile(new URL(`../../public/guests/${name}`, import.meta.url)));

let guests: Guests;
afterEach(() => guests.machine.dispose());

/** Pieces of work by name of the thread. */
const workOf = async (name: string): Promise<number> => {
  const lines = (await guests.ask('alpha', 'threads'))
    .split('\n')
    .filter((line) => line.includes(` ${name} `));
  return lines.reduce((sum, line) => sum + Number(/work (\d+)/.exec(line)?.[1]), 0);
};

test.each([1, 2])(
  'threads that sleep for a tick now and then take no more than their share: %i of them',
  async (naps) => {
    guests = await startGuests(read, 1, [{ name: 'alpha', cpus: '0' }]);
    await guests.ask('alpha', `nap ${naps}`);
    await guests.ask('alpha', 'spin 1', 5);
    await guests.pass(500);
    const [spun, napped] = [await workOf('spin'), await workOf('nap')];
    const share = spun / (spun + napped);
    expect(share).toBeGreaterThan(0.8 / (naps + 1));
    // A piece of theirs costs more: it has a sleep in it.
    expect(share).toBeLessThan(1.5 / (naps + 1));
  },
);

test('a thread that needs little has the core at once, whatever else is busy there', async () => {
  guests = await startGuests(read, 1, [{ name: 'alpha', cpus: '0' }]);
  await guests.ask('alpha', 'beat on');
  await guests.ask('alpha', 'nap 2');
  await guests.ask('alpha', 'spin 2', 5);
  await guests.pass(1000);
  expect(guests.status('alpha', 'beats')).toBeGreaterThan(8);
  expect([guests.status('alpha', 'late'), guests.status('alpha', 'missed')]).toEqual([0, 0]);
});

test('an interrupt that comes to a core goes on to the boot core when that core leaves', async () => {
  guests = await startGuests(read, 2, [{ name: 'alpha', cpus: '0-1' }], ['rng0']);
  await guests.kerf('update alpha --devices +rng0');
  await guests.pass(20);
  const [, rng] = /interrupt (\d+),/.exec(await guests.ask('alpha', 'devices')) ?? [];
  const routes = async (line: string): Promise<string[]> =>
    [...(await guests.ask('alpha', line)).matchAll(/interrupt (\d+) +at core (\d+)/g)].map(
      ([, irq, core]) => `${irq} ${core}`,
    );
  const before = await routes('irq');
  const [uart] = before.map((each) => each.split(' ')[0]).filter((irq) => irq !== rng);
  expect(before).toEqual(expect.arrayContaining([`${rng} 0`, `${uart} 0`]));
  await routes(`irq ${uart} 1`);
  expect(await routes(`irq ${rng} 1`)).toEqual(before.map((each) => each.replace(/0$/, '1')));
  // What is typed comes in at core 1 now, and so does the answer of the device.
  expect(await guests.ask('alpha', 'random 4')).toMatch(/[0-9a-f]{8}/);
  expect(await guests.ask('alpha', 'devices')).toContain('taken 1 times');
  await guests.kerf('update alpha --cpus -1');
  await guests.pass(20);
  expect(await routes('irq')).toEqual(before);
  expect(await guests.ask('alpha', 'random 4')).toMatch(/[0-9a-f]{8}/);
  expect(await guests.ask('alpha', 'devices')).toContain('taken 2 times');
  expect(await guests.ask('alpha', `irq ${uart} 1`)).toContain('no such core');
});
