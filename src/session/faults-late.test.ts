/**
 * A kernel that is deaf for a while and hears, when a request has been given up and rolled back, both the request and its
 * opposite (Repeatable mode, real guests); and the messages of a hand-over that nobody answers.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { HART, hartBlock, HSM_STARTED, HSM_STOPPED } from '../protocol/layout.ts';
import { instanceOf, tryKerf } from './faults.testkit.ts';
import { startGuests, type Guests } from './guests.testkit.ts';

const folder = fileURLToPath(new URL('../../public/guests/', import.meta.url));
const readImage = async (name: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await readFile(folder + name));

let guests: Guests;
afterEach(() => guests.machine.dispose());

const hsm = (hart: number): number =>
  new Int32Array(guests.machine.memory.buffer)[(hartBlock(hart) + HART.HSM) >> 2] ?? -1;

async function wedge(name: string, ms?: number): Promise<void> {
  await guests.type(name, ms === undefined ? 'wedge still' : `wedge ${ms} still`);
  await guests.pass(10);
}

test(
  'a hart that stops after its move was given up starts again where it was',
  { timeout: 300_000 },
  async () => {
    guests = await startGuests(readImage, 3, [
      { name: 'alpha', cpus: '0', commandLine: 'beat' },
      { name: 'beta', cpus: '1-2', peers: ['alpha'] },
    ]);
    await wedge('beta', 5200);
    const { error } = await tryKerf(guests, 'update alpha --cpus +2 --from beta');
    expect(error?.code).toBe('cpu-remove-failed');
    expect(error?.reason).toBe('hart 2 stays with beta: beta did not acknowledge it in 5 s');
    expect((await instanceOf(guests, 'beta')).harts).toEqual([1, 2]);
    // The late answer comes when nobody waits for it: the hart stops, and is started again by what was sent after.
    const stops = (): boolean => hsm(2) === HSM_STOPPED;
    expect(await guests.host.until(stops, 5_000_000)).toBe(true);
    expect((await instanceOf(guests, 'beta')).harts).toEqual([1, 2]);
    await guests.pass(100);
    expect(hsm(2)).toBe(HSM_STARTED);
    expect(await guests.ask('beta', 'cores')).toMatch(/^core 2 +online/m);
    expect(guests.status('alpha', 'missed')).toBe(0);
    // And nothing of it is left that would answer the next request in the place of its own answer.
    await guests.kerf('update alpha --cpus +2 --from beta');
    expect(await guests.ask('alpha', 'cores')).toMatch(/^core 2 +online/m);
    expect((await instanceOf(guests, 'beta')).harts).toEqual([1]);
  },
);

/** Alpha asks, beta serves, gamma can follow. */
async function serving(): Promise<void> {
  guests = await startGuests(readImage, 3, [
    { name: 'alpha', cpus: '0' },
    { name: 'beta', cpus: '1', peers: ['alpha'] },
    { name: 'gamma', cpus: '2', peers: ['alpha', 'beta'] },
  ]);
  await guests.ask('beta', 'serve on 8');
}

/** Beta answers, whatever was tried, and nothing was lost. */
async function expectBetaServes(): Promise<void> {
  const answered = guests.status('beta', 'served');
  await guests.ask('alpha', 'request beta 100', 30);
  expect(guests.status('beta', 'served') - answered).toBe(100);
  expect([guests.status('alpha', 'dropped'), guests.status('alpha', 'lost')]).toEqual([0, 0]);
}

test('FOLLOW is not answered: the old kernel serves on', { timeout: 300_000 }, async () => {
  await serving();
  await wedge('gamma');
  const { error } = await tryKerf(guests, 'handover beta gamma');
  expect(error?.code).toBe('handover-failed');
  expect(error?.reason).toMatch(
    /^beta serves on, and gamma is still to forget what it got .*gamma does not follow/,
  );
  expect((await instanceOf(guests, 'gamma')).state).toBe('active');
  await expectBetaServes();
});

test(
  'the new kernel does not say that it serves: it is stopped, and the old one serves on',
  { timeout: 300_000 },
  async () => {
    await serving();
    await guests.kerf('handover beta gamma --hold');
    await wedge('gamma');
    const { error } = await tryKerf(guests, 'handover beta gamma --commit');
    expect(error?.code).toBe('handover-failed');
    expect(error?.reason).toMatch(
      /^beta serves on, and gamma, which might serve, was stopped .*gamma does not serve/,
    );
    expect((await instanceOf(guests, 'gamma')).state).toBe('loaded');
    await expectBetaServes();
  },
);

test(
  'COMMIT is answered too late: the old kernel seals, hears that it is off, and serves on',
  { timeout: 300_000 },
  async () => {
    await serving();
    await guests.kerf('handover beta gamma --hold');
    await wedge('beta', 1500);
    const { error } = await tryKerf(guests, 'handover beta gamma --commit');
    expect(error?.code).toBe('handover-failed');
    expect(error?.reason).toMatch(
      /^beta serves on, and gamma has forgotten what it got: beta does not seal its service/,
    );
    await expectBetaServes();
    // The next one is not taken for the one that was given up.
    await guests.kerf('handover beta gamma');
    expect(await guests.ask('beta', 'serve status')).toContain('serve off');
  },
);
