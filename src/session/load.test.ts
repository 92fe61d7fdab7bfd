/** islet's load programs in Repeatable mode: their work is counted, and ends when it should. */
import { readFile } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import { startGuests, type Guests } from './guests.testkit.ts';

const read = async (name: string) =>
  new Uint8Array(await readFile(new URL(`../../public/guests/${name}`, import.meta.url)));

let guests: Guests;
afterEach(() => guests.machine.dispose());

/** Pieces of work that alpha does in so much machine time. */
async function workIn(ms: number): Promise<number> {
  const before = guests.status('alpha', 'work');
  await guests.pass(ms);
  return guests.status('alpha', 'work') - before;
}

test.each(['user', 'kernel'])(
  'load %s: work rises with threads on two cores, and stops at 0',
  async (kind) => {
    guests = await startGuests(read, 2, [{ name: 'alpha', cpus: '0,1' }]);
    expect(await workIn(50)).toBe(0);
    await guests.ask('alpha', `load ${kind} 2`);
    expect(await workIn(100)).toBeGreaterThan(100);
    expect(await guests.ask('alpha', 'cores')).toMatch(/core 0 .* work [1-9]\d*\ncore 1 .* work [1-9]\d*/);
    await guests.ask('alpha', `load ${kind} 0`);
    await guests.pass(50);
    expect(await workIn(50)).toBe(0);
    expect(await guests.ask('alpha', 'threads')).not.toMatch(/spin|load/);
  },
);

test('a second core helps user work far more than kernel work', async () => {
  const ratio: Record<string, number> = {};
  for (const kind of ['user', 'kernel']) {
    const done: number[] = [];
    for (const cpus of ['0', '0,1']) {
      guests = await startGuests(read, 2, [{ name: 'alpha', cpus }]);
      await guests.ask('alpha', `load ${kind} 2`);
      done.push(await workIn(60));
      await guests.machine.dispose();
    }
    ratio[kind] = (done[1] ?? 0) / (done[0] ?? 1);
  }
  // In this mode a round lasts as long as its longest turn, so that two cores are 1.7 times one.
  expect(ratio['user']).toBeGreaterThan(1.6);
  expect(ratio['kernel']).toBeLessThan(1.4);
});

test('what load and spin do not understand is said', async () => {
  guests = await startGuests(read, 1, [{ name: 'alpha', cpus: '0' }]);
  expect(await guests.ask('alpha', 'load')).toContain('load: user or kernel?');
  expect(await guests.ask('alpha', 'load user 99')).toContain('load: a number of at most 32, please');
  expect(await guests.ask('alpha', 'spin lots')).toContain('spin: a number of at most 32, please');
});
