/** A ring whose receiver does not drain it (Repeatable mode, real guests). */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RING, RING_SLOTS } from '../protocol/channel.ts';
import { ringBetween } from './faults.testkit.ts';
import { startGuests, type Guests } from './guests.testkit.ts';

const folder = fileURLToPath(new URL('../../public/guests/', import.meta.url));
const readImage = async (name: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await readFile(folder + name));

const MESSAGES = RING_SLOTS + 6;

let guests: Guests;
beforeEach(async () => {
  guests = await startGuests(readImage, 2, [
    { name: 'alpha', cpus: '0' },
    { name: 'beta', cpus: '1', peers: ['alpha'] },
  ]);
});
afterEach(() => guests.machine.dispose());

test('that is full refuses what is too much, overwrites nothing, and works again when it is drained', async () => {
  const ring = await ringBetween(guests, 'alpha', 'beta');
  await guests.type('beta', 'wedge 200');
  await guests.pass(20);
  expect(await guests.ask('alpha', `misbehave flood beta ${MESSAGES}`)).toContain(
    `flood: ${RING_SLOTS} sent, ${MESSAGES - RING_SLOTS} refused because the ring is full`,
  );
  expect([ring.head, ring.tail]).toEqual([RING_SLOTS, 0]);
  expect(await guests.ask('alpha', 'send beta no room')).toContain('not sent to beta: its ring is full');
  expect(await guests.ask('alpha', 'ping beta')).toContain('no reply from beta: its ring is full');
  expect([ring.head, ring.tail]).toEqual([RING_SLOTS, 0]);

  await guests.said('beta', `flood ${RING_SLOTS}\n`, 5);
  expect([ring.head, ring.tail]).toEqual([RING_SLOTS, RING_SLOTS]);
  const heard = await guests.ask('beta', 'peers');
  expect(heard).not.toContain('held no message');

  expect(await guests.ask('alpha', 'ping beta 3')).toMatch(/(reply from beta: n=\d.*\n){3}/);
  await guests.ask('alpha', 'send beta room again');
  await guests.said('beta', '[alpha] room again', 5);
});

test('hands over every message that it took, once and in order', async () => {
  await guests.type('beta', 'wedge 200');
  await guests.pass(20);
  await guests.ask('alpha', `misbehave flood beta ${MESSAGES}`);
  await guests.said('beta', `flood ${RING_SLOTS}\n`, 5);
  const numbers = [...guests.heard('beta').matchAll(/\[alpha\] flood (\d+)/g)].map(([, n]) => Number(n));
  expect(numbers).toEqual(Array.from({ length: RING_SLOTS }, (_, index) => index + 1));
});

test('of the host to a kernel: the command is refused, and the kernel can still be stopped by force', async () => {
  await guests.type('beta', 'wedge 60000');
  await guests.pass(20);
  const ring = await ringBetween(guests, 'host', 'beta');
  // As after so many requests that it never read: each of them would take five seconds to be given up.
  ring.write(RING.TAIL, BigInt(ring.head - RING_SLOTS));
  const refused = await guests.machine.services.kerf('kill beta');
  expect(refused.error).toMatchObject({ code: 'ring-full' });
  expect(refused.error?.hint).toContain('--force');
  await guests.kerf('kill beta --force');
});
