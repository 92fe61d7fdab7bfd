/** Two kerf commands at once (Repeatable mode, real guests): from the page, and from the host kernel's own shell. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { instanceOf, tryKerf } from './faults.testkit.ts';
import { startGuests, type Guests } from './guests.testkit.ts';

const folder = fileURLToPath(new URL('../../public/guests/', import.meta.url));
const readImage = async (name: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await readFile(folder + name));

let guests: Guests;
beforeEach(async () => {
  guests = await startGuests(readImage, 4, [
    { name: 'alpha', cpus: '0-1' },
    { name: 'beta', cpus: '2', peers: ['alpha'] },
  ]);
});
afterEach(() => guests.machine.dispose());

const atOnce = (...lines: readonly string[]): Promise<(string | number)[][]> =>
  Promise.all(
    lines.map(async (line) => {
      const { exitCode, error } = await tryKerf(guests, line);
      return [exitCode, error?.code ?? ''];
    }),
  );
const harts = async (name: string): Promise<readonly number[]> => (await instanceOf(guests, name)).harts;

test('they are carried out one after the other, and the second is judged by what the first has left', async () => {
  expect(await atOnce('update alpha --cpus +3', 'update beta --cpus +3')).toEqual([
    [0, ''],
    [1, 'hart-not-free'],
  ]);
  expect([await harts('alpha'), await harts('beta')]).toEqual([[0, 1, 3], [2]]);
  expect(await guests.ask('alpha', 'cores')).toContain('core 3');
});

test('a kill and an update of the same kernel do not meet: the second finds it stopped', async () => {
  const [killed, updated, killedAgain] = await atOnce('kill beta', 'update beta --cpus +3', 'kill beta');
  expect([killed, updated, killedAgain]).toEqual([
    [0, ''],
    [0, ''],
    [1, 'wrong-state'],
  ]);
  expect([(await instanceOf(guests, 'beta')).state, await harts('beta')]).toEqual(['loaded', [2, 3]]);
});

test('two that want the same hart from each other: one gets it, and nobody has it twice', async () => {
  const replies = await atOnce(
    'update beta --cpus +1 --from alpha',
    'update alpha --cpus -1',
    'update alpha --cpus +1 --from beta',
  );
  expect(replies.map(([exitCode]) => exitCode)).toEqual([0, 1, 0]);
  expect([await harts('alpha'), await harts('beta')]).toEqual([[0, 1], [2]]);
  expect(await guests.ask('alpha', 'cores')).toContain('core 1');
});

test('twenty at once, refused or not, are answered in their order, and the kernels live', async () => {
  const order: number[] = [];
  const lines = Array.from({ length: 20 }, (_, n) =>
    n % 2 === 0 ? 'update beta --cpus +3' : 'update beta --cpus -3',
  );
  const replies = await Promise.all(
    lines.map(async (line, n) => {
      const reply = await tryKerf(guests, line);
      order.push(n);
      return reply.exitCode;
    }),
  );
  expect(order).toEqual(lines.map((_, n) => n));
  expect(replies).toEqual(lines.map(() => 0));
  expect(await guests.ask('alpha', 'ping beta')).toContain('reply from beta: n=1');
});
