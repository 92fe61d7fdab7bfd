/** A deleted kernel's place among the peers of a real islet goes to the next one (Repeatable mode), and nothing else. */
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RAM_BASE, RAM_HOST } from '../protocol/layout.ts';
import { statusWordOffset } from '../protocol/status-words.ts';
import { startGuests, type Guests } from './guests.testkit.ts';

const read = async (name: string) =>
  new Uint8Array(await readFile(new URL(`../../public/guests/${name}`, import.meta.url)));

let guests: Guests;
beforeEach(async () => {
  guests = await startGuests(read, 3, [
    { name: 'client', cpus: '0' },
    { name: 'old', cpus: '1', peers: ['client'] },
    { name: 'next', cpus: '2', peers: ['client', 'old'] },
  ]);
});
afterEach(() => guests.machine.dispose());

/** Deletes next, and starts another kernel in its place that serves. Returns how many requests that one has answered. */
async function replaceByStranger(): Promise<() => Promise<number>> {
  for (const line of ['kill next', 'unload next', 'delete next']) await guests.kerf(line);
  await guests.pass(200);
  for (const line of [
    'create stranger --cpus 2 --memory 8M --peer client,old',
    'load stranger --kernel islet.img',
    'exec stranger',
  ])
    await guests.kerf(line);
  const stranger = async () => {
    const found = (await guests.machine.services.view()).instances.find(({ name }) => name === 'stranger');
    if (!found) throw new Error('no stranger');
    return found;
  };
  await guests.pass(50);
  await guests.machine.services.type((await stranger()).id, new TextEncoder().encode('serve on\n'));
  await guests.pass(50);
  return async () => {
    const at = RAM_HOST + ((await stranger()).status ?? 0) - RAM_BASE + statusWordOffset('served');
    return Number(new DataView(guests.machine.memory.buffer).getBigUint64(at, true));
  };
}

const counts = () => (['sent', 'answered', 'dropped'] as const).map((word) => guests.status('client', word));

test('who served instead and was deleted is not who is asked then', async () => {
  await guests.ask('old', 'serve on');
  await guests.kerf('handover old next');
  await guests.ask('client', 'request old 5');
  expect(counts()).toEqual([5, 5, 0]);
  const served = await replaceByStranger();
  await guests.ask('client', 'request old 5 100', 30);
  expect([counts(), await served()]).toEqual([[5, 0, 5], 0]);
});

test('a run of requests to a deleted kernel ends, and a stranger hears none of them', async () => {
  await guests.ask('next', 'serve on');
  await guests.type('client', 'request next 1000 1000 retry');
  await guests.pass(100);
  const served = await replaceByStranger();
  await guests.said('client', 'answers a second', 30);
  const [sent = 0, answered = 0, dropped = 0] = counts();
  expect([sent, answered + dropped, await served()]).toEqual([1000, 1000, 0]);
  expect(answered).toBeGreaterThan(50);
  expect(dropped).toBeGreaterThan(500);
});

test('a standby takes over from a deleted kernel, and follows nobody then', async () => {
  await guests.ask('next', 'serve on');
  await guests.ask('client', 'request next 100');
  await guests.type('old', 'serve standby next');
  await guests.said('old', 'all of its serve is here', 5);
  const served = await replaceByStranger();
  expect(await guests.ask('old', 'serve status')).toMatch(/serve on: counter 100/);
  await guests.ask('client', 'request old 10');
  expect([guests.status('client', 'answered'), await served()]).toEqual([10, 0]);
});
