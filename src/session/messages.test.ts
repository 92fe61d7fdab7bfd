/** islet's pingpong and counter in Repeatable mode: all balls come back, all additions arrive, and the costs are counted. */
import { readFile } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import { INSTANCE, instanceBlock } from '../protocol/layout.ts';
import { startGuests, type Guests } from './guests.testkit.ts';

const read = async (name: string) =>
  new Uint8Array(await readFile(new URL(`../../public/guests/${name}`, import.meta.url)));

let guests: Guests;
afterEach(() => guests.machine.dispose());

async function firmwareEntries(name: string): Promise<number> {
  const view = await guests.machine.services.view();
  const id = view.instances.find((instance) => instance.name === name)?.id ?? 0;
  const at = instanceBlock(id) + INSTANCE.FIRMWARE_ENTRIES;
  return new DataView(guests.machine.memory.buffer).getUint32(at, true);
}

async function pingpong(line: string) {
  const before = await firmwareEntries('alpha');
  const said = await guests.ask('alpha', line, 30);
  const entries = (await firmwareEntries('alpha')) - before;
  const [, trips, lost, ticks] = /round trips (\d+), lost (\d+), ticks (\d+)/.exec(said) ?? [];
  const [, here, there] = /(\d+) instructions here, (\d+) there/.exec(said) ?? [];
  const numbers = [trips, lost, ticks, here, there].map(Number);
  return {
    trips: numbers[0],
    lost: numbers[1],
    ticks: numbers[2] ?? 0,
    here: numbers[3],
    there: numbers[4],
    entries,
  };
}

test('pingpong: by doorbell and polled, every ball comes back; polled, the firmware is not asked', async () => {
  guests = await startGuests(read, 2, [
    { name: 'alpha', cpus: '0' },
    { name: 'beta', cpus: '1', peers: ['alpha'] },
  ]);
  const work = guests.status('alpha', 'work');
  const rung = await pingpong('pingpong beta 200');
  expect(rung).toMatchObject({ trips: 200, lost: 0 });
  expect(rung.here).toBeGreaterThan(100);
  expect(rung.there).toBeGreaterThan(100);
  expect(rung.entries).toBeGreaterThanOrEqual(200);
  expect(guests.status('alpha', 'work') - work).toBe(200);
  const polled = await pingpong('pingpong beta 200 polled');
  expect(polled).toMatchObject({ trips: 200, lost: 0 });
  expect(polled.here).toBeGreaterThan(100);
  expect(polled.ticks).toBeGreaterThan(0);
  expect(polled.entries).toBeLessThan(50);
  // The peer's thread that polls ends when no more balls come.
  await guests.pass(300);
  expect(await guests.ask('beta', 'threads')).not.toContain('poll');
});

test('pingpong: a peer that does not run is given up', async () => {
  guests = await startGuests(read, 2, [
    { name: 'alpha', cpus: '0' },
    { name: 'beta', cpus: '1', peers: ['alpha'] },
  ]);
  await guests.kerf('kill beta');
  for (const line of ['pingpong beta 5', 'pingpong beta 5 polled']) {
    expect(await pingpong(line)).toMatchObject({ trips: 0, lost: 3 });
  }
});

test.each([
  ['0', 1],
  ['0', 3],
  ['0-3', 4],
  ['0-3', 8],
])('counter on cores %s with %d threads: both ways count every addition', async (cpus, threads) => {
  guests = await startGuests(read, 4, [{ name: 'alpha', cpus }]);
  const said = await guests.ask('alpha', `counter ${threads} 1000`, 30);
  expect(said).toMatch(new RegExp(`counter shared: ops ${threads}000, ticks [1-9]`));
  expect(said).toMatch(new RegExp(`counter messages: ops ${threads}000, ticks [1-9]`));
  expect(await guests.ask('alpha', 'threads')).not.toContain('counter ');
});
