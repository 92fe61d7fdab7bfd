/** Kernels at the end of the largest memory (Repeatable mode, real guests): host addresses there need all 32 bits. */
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MAX_RAM } from '../protocol/layout.ts';
import { DEFAULT_DEVICES } from '../protocol/pool-devices.ts';
import { startGuests, type Guests } from './guests.testkit.ts';

const read = async (name: string) =>
  new Uint8Array(await readFile(new URL(`../../public/guests/${name}`, import.meta.url)));

let guests: Guests;
beforeEach(async () => {
  const kernels = [
    { name: 'alpha', cpus: '0,1', memoryBase: '0x13e000000' },
    { name: 'beta', cpus: '2', memoryBase: '0x13f000000', peers: ['alpha'] },
  ];
  guests = await startGuests(read, 3, kernels, DEFAULT_DEVICES, MAX_RAM);
});
afterEach(() => guests.machine.dispose());

test('start, ring each other, hand over a core, and are replaced with their state', async () => {
  await guests.ask('beta', 'serve on 2');
  expect(await guests.ask('alpha', 'request beta 50', 30)).toContain('sent 50, answered 50, dropped 0');
  await guests.kerf('update beta --cpus +1 --from alpha');
  await guests.kerf('load beta --kernel islet.img');
  await guests.kerf('exec beta --kho');
  expect(await guests.ask('beta', 'serve status', 30)).toContain('counter 50');
  expect(await guests.ask('alpha', 'request beta 50', 30)).toContain('sent 50, answered 50');
  await guests.restart('alpha');
  for (const verb of ['kill', 'unload', 'delete']) await guests.kerf(`${verb} beta`);
});
