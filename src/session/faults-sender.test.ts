/**
 * A sender that dies after it has claimed a slot and before it has published it (Repeatable mode, real guests): at a point
 * of its own choice, and at every single instruction between the two. The receiver waits for a slow sender however long,
 * takes nothing that was not published, and loses nothing that was; when the sender starts again, the ring is as new.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RING, SLOT } from '../protocol/channel.ts';
import { HART, hartBlock } from '../protocol/layout.ts';
import { instanceOf, ringBetween, type RingWords } from './faults.testkit.ts';
import { startGuests, type Guests } from './guests.testkit.ts';

const folder = fileURLToPath(new URL('../../public/guests/', import.meta.url));
const readImage = async (name: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await readFile(folder + name));
const SECOND = 10_000_000;

let guests: Guests;
let ring: RingWords;
beforeEach(async () => {
  guests = await startGuests(readImage, 2, [
    { name: 'alpha', cpus: '0' },
    { name: 'beta', cpus: '1', peers: ['alpha'] },
  ]);
  ring = await ringBetween(guests, 'alpha', 'beta');
});
afterEach(() => guests.machine.dispose());

/** Starts alpha again after it was killed, up to its prompt. */
async function startAlpha(): Promise<void> {
  await guests.kerf('exec alpha');
  await guests.said('alpha', 'islet on alpha', 5);
  await guests.pass(5);
  expect([ring.word(RING.DEAD), ring.head, ring.tail]).toEqual([0, 0, 0]);
}

const published = (): boolean => ring.word(ring.slot(0) + SLOT.DATA_SIZE) !== 0;

test('what is behind a claimed slot waits for it, is taken when the sender is dead, and the ring begins anew', async () => {
  expect(await guests.ask('alpha', 'misbehave claim beta')).toContain('claimed slot 0 of beta');
  await guests.ask('alpha', 'send beta behind');
  await guests.type('beta', '');
  // The sender lives: it may be slow.
  await guests.pass(2000);
  expect([guests.heard('beta').includes('behind'), ring.head, ring.tail]).toEqual([false, 2, 0]);

  await guests.kerf('kill alpha --force');
  expect(ring.word(RING.DEAD)).toBe(1);
  await guests.said('beta', '[alpha] behind', 5);
  expect(await guests.ask('beta', 'peers')).not.toContain('held no message');

  await startAlpha();
  expect(await guests.ask('alpha', 'ping beta 2')).toMatch(/(reply from beta: n=\d.*\n){2}/);
  expect(await guests.ask('beta', 'ping alpha 2')).toMatch(/(reply from alpha: n=\d.*\n){2}/);
});

const retired = (hart: number): number =>
  Number(new DataView(guests.machine.memory.buffer).getBigUint64(hartBlock(hart) + HART.INSTRET, true));

/** The ways from a typed line to the claim are the same in each boot but the first; should they not be, it is told. */
const MARGIN = 10;
const STRIDE = 64;

/**
 * Lets alpha begin to send, and stops it when it has claimed its slot: `stride` − 1 instructions later at most. Returns
 * after how many instructions that was; `atLeast`: not before so many.
 */
async function sendUpToClaim(atLeast: number, stride: number): Promise<number> {
  const { services } = guests.machine;
  const { id } = await instanceOf(guests, 'alpha');
  const began = retired(0);
  await guests.type('alpha', 'send beta x');
  await guests.host.until(() => retired(0) > began, SECOND);
  await services.pause();
  const near = atLeast - (retired(0) - began);
  if (near > 0) await services.step(id, near);
  expect(ring.head).toBe(0);
  while (ring.head === 0) await services.step(id, stride);
  return retired(0) - began;
}

test('at every instruction between claim and publication', { timeout: 300_000 }, async () => {
  await guests.kerf('kill alpha --force');
  await startAlpha();
  const roughly = await sendUpToClaim(0, STRIDE);
  await guests.kerf('kill alpha --force');
  await guests.machine.services.resume();
  await startAlpha();
  let instructions = 0;
  for (let dead = true; dead; instructions += 1) {
    await sendUpToClaim(roughly - STRIDE - MARGIN, 1);
    if (instructions > 0)
      await guests.machine.services.step((await instanceOf(guests, 'alpha')).id, instructions);
    dead = !published();
    await guests.kerf('kill alpha --force');
    await guests.type('beta', '');
    await guests.machine.services.resume();
    await guests.pass(2);
    const heard = guests.heard('beta').includes('[alpha] x');
    // What was not published is not taken; what was is not lost, though nobody rang.
    expect([instructions, heard, ring.tail]).toEqual([instructions, !dead, dead ? 0 : 1]);
    await startAlpha();
  }
  expect(instructions).toBeGreaterThan(20);
  expect(await guests.ask('alpha', 'ping beta 2')).toMatch(/(reply from beta: n=\d.*\n){2}/);
  expect(await guests.ask('beta', 'peers')).not.toContain('held no message');
});
