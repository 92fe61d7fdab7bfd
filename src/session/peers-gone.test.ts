/** Kernels come and go beside a real islet (Repeatable mode): nothing of them stays, and no order is lost. */
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startGuests, type Guests } from './guests.testkit.ts';

const read = async (name: string) =>
  new Uint8Array(await readFile(new URL(`../../public/guests/${name}`, import.meta.url)));

let guests: Guests;
beforeEach(async () => {
  guests = await startGuests(read, 2, [{ name: 'alpha', cpus: '0' }]);
});
afterEach(() => guests.machine.dispose());

const freeMemory = async (): Promise<number> => (await guests.machine.services.view()).freeMemory;

test('sixty come and go faster than it can listen: it hears of all of them, and their channels are freed', async () => {
  const before = await freeMemory();
  for (let round = 0; round < 60; round += 1) {
    await guests.kerf('create beta --cpus 1 --memory 2M --peer alpha');
    await guests.kerf('delete beta');
  }
  expect(await freeMemory()).toBeLessThan(before);
  await guests.pass(200);
  const view = await guests.machine.services.view();
  expect([view.channels.length, view.freeMemory]).toEqual([0, before]);
});

test('an order that comes behind more news than it has room for is carried out', async () => {
  for (let round = 0; round < 30; round += 1) {
    await guests.kerf('create beta --cpus 1 --memory 2M --peer alpha');
    await guests.kerf('delete beta');
  }
  await guests.kerf('kill alpha');
  expect((await guests.machine.services.view()).instances).toMatchObject([
    { name: 'alpha', state: 'loaded' },
  ]);
});
