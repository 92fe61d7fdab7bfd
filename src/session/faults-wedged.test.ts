/**
 * A kernel that acknowledges nothing: all its harts spin with interrupts off (Repeatable mode, real guests). What was
 * asked of it politely is given up in time and leaves everything as it was; what needs no consent works.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HART, hartBlock, HSM_STARTED, HSM_STOPPED, PAGE_OWNER, PAGE_SIZE } from '../protocol/layout.ts';
import { instanceOf, tryKerf } from './faults.testkit.ts';
import { startGuests, type Guests } from './guests.testkit.ts';

const folder = fileURLToPath(new URL('../../public/guests/', import.meta.url));
const readImage = async (name: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await readFile(folder + name));

let guests: Guests;
afterEach(() => guests.machine.dispose());

/** alpha on hart 0 works; beta, on the others, is wedged for good. */
async function wedged(betaCpus: string, harts: number): Promise<void> {
  guests = await startGuests(readImage, harts, [
    { name: 'alpha', cpus: '0', commandLine: 'beat' },
    { name: 'beta', cpus: betaCpus, commandLine: 'beat', peers: ['alpha'] },
  ]);
  await guests.type('beta', 'wedge');
  await guests.pass(10);
}

const hsm = (hart: number): number =>
  new Int32Array(guests.machine.memory.buffer)[(hartBlock(hart) + HART.HSM) >> 2] ?? -1;
const retired = (hart: number): bigint =>
  new DataView(guests.machine.memory.buffer).getBigUint64(hartBlock(hart) + HART.INSTRET, true);
const owners = (): Uint8Array =>
  new Uint8Array(guests.machine.memory.buffer).slice(PAGE_OWNER, PAGE_OWNER + (64 * 2 ** 20) / PAGE_SIZE);

/** The other kernel has noticed nothing; beta spins on, with interrupts masked: it says nothing and beats no more. */
async function expectWedgedAlone(): Promise<void> {
  expect(guests.status('alpha', 'missed')).toBe(0);
  expect(await guests.ask('alpha', 'uptime')).toContain('up ');
  const { harts, state } = await instanceOf(guests, 'beta');
  expect(state).toBe('active');
  const before = harts.map(retired);
  const beats = guests.status('beta', 'beats');
  await guests.pass(20);
  harts.forEach((hart, index) => expect(retired(hart) > (before[index] ?? 0n)).toBe(true));
  expect(guests.status('beta', 'beats')).toBe(beats);
}

describe('what waits for a wedged kernel', () => {
  beforeEach(() => wedged('1', 2));

  test('kill is given up after five seconds, and the kernel is as it was', { timeout: 120_000 }, async () => {
    const began = guests.host.time();
    const reply = await tryKerf(guests, 'kill beta');
    expect(reply.error).toMatchObject({ code: 'no-answer' });
    expect(reply.error?.hint).toContain('kerf kill beta --force');
    expect((guests.host.time() - began) / 10_000_000).toBeCloseTo(5, 0);
    await expectWedgedAlone();
  });

  test('memory that it was to get goes back to the pool', { timeout: 120_000 }, async () => {
    const before = owners();
    const reply = await tryKerf(guests, 'update beta --memory +2M');
    expect(reply.error).toMatchObject({ code: 'mem-add-failed' });
    expect(reply.error?.reason).toContain('did not acknowledge it in 5 s');
    expect(owners()).toEqual(before);
    expect((await instanceOf(guests, 'beta')).addedMemory).toEqual([]);
    await expectWedgedAlone();
  });

  test('a message finds its ring in order, and no answer', async () => {
    expect(await guests.ask('alpha', 'ping beta')).toContain('no reply from beta\n');
    await expectWedgedAlone();
  });
});

test('a hart that a wedged kernel does not give stays where it is', { timeout: 180_000 }, async () => {
  await wedged('1-2', 3);
  const reply = await tryKerf(guests, 'update alpha --cpus +2 --from beta');
  expect(reply.error?.code).toBe('cpu-remove-failed');
  expect(reply.error?.reason).toContain('did not acknowledge it in 5 s');
  expect([(await instanceOf(guests, 'beta')).harts, hsm(2)]).toEqual([[1, 2], HSM_STARTED]);
  await expectWedgedAlone();
});

test('kill --force stops a kernel whose harts all spin with interrupts masked; it starts again as new', async () => {
  await wedged('1-3', 4);
  await expectWedgedAlone();
  const began = guests.host.time();
  const reply = await tryKerf(guests, 'kill beta --force');
  expect(reply).toMatchObject({ exitCode: 0, output: 'beta is loaded: killed' });
  // At the next taken branch of each, where 100 ms are allowed: with nobody left to run, time goes in slices of 10 ms.
  expect(guests.host.time() - began).toBeLessThanOrEqual(200_000);
  expect([1, 2, 3].map(hsm)).toEqual([HSM_STOPPED, HSM_STOPPED, HSM_STOPPED]);
  expect(guests.status('alpha', 'missed')).toBe(0);
  await guests.kerf('exec beta');
  await guests.pass(100);
  expect(await guests.ask('alpha', 'ping beta 3')).toMatch(/(reply from beta: n=\d.*\n){3}/);
});

test('a wedge of some time is over after it, and what was asked meanwhile is done', async () => {
  guests = await startGuests(readImage, 2, [
    { name: 'alpha', cpus: '0' },
    { name: 'beta', cpus: '1', peers: ['alpha'] },
  ]);
  await guests.type('beta', 'wedge 300');
  await guests.pass(10);
  const began = guests.host.time();
  await guests.kerf('update beta --memory +2M');
  expect(guests.host.time() - began).toBeGreaterThan(2_000_000);
  expect(await guests.ask('beta', 'mem')).toMatch(/^2 MB at .* added$/m);
});
