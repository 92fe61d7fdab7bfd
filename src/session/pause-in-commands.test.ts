/**
 * The machine is paused in the middle of a command on real guests, for longer than any limit on them, and resumed: the
 * command goes on where it stood (Repeatable mode; what it is with a worker for each hart, waiters.test.ts says).
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import { HEADER } from '../protocol/layout.ts';
import type { UpdatePhase } from '../protocol/machine-view.ts';
import { startGuests, type Guests } from './guests.testkit.ts';

const folder = fileURLToPath(new URL('../../public/guests/', import.meta.url));
const readImage = async (name: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await readFile(folder + name));

const SECOND = 10_000_000;
let guests: Guests;

afterEach(async () => {
  vi.restoreAllMocks();
  await guests.machine.dispose();
});

const paused = (): boolean =>
  Atomics.load(new Int32Array(guests.machine.memory.buffer), HEADER.PAUSED >> 2) !== 0;

async function start(): Promise<void> {
  guests = await startGuests(readImage, 4, [
    { name: 'alpha', cpus: '0' },
    { name: 'beta', cpus: '1,3', peers: ['alpha'] },
    { name: 'gamma', cpus: '2', peers: ['alpha', 'beta'] },
  ]);
  // While the machine is paused, each look at the host's clock is ten seconds after the last: nobody has to sit it out.
  const now = performance.now.bind(performance);
  let ahead = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => {
    if (paused()) ahead += 10_000;
    return now() + ahead;
  });
}

/** Gives the line, pauses when it is in that phase, and resumes after a minute of host time. */
async function pausedIn(phase: UpdatePhase, line: string): Promise<string> {
  const { services } = guests.machine;
  let reached = false;
  await services.onView((view) => {
    if (reached || !view.phases.some((each) => each.phase === phase)) return;
    reached = true;
    void services.pause();
  });
  const reply = services.kerf(line);
  expect(await guests.host.until(() => reached, 10 * SECOND)).toBe(true);
  const stood = guests.host.time();
  await guests.host.until(() => false, 60 * SECOND);
  expect(guests.host.time()).toBe(stood);
  await services.resume();
  const { output, error } = await reply;
  return error === undefined ? output : `${error.code}: ${error.reason}`;
}

test.each(['cpu-remove', 'stopping', 'cpu-add', 'starting'] as const)(
  'a core moves: in %s',
  async (phase) => {
    await start();
    expect(await pausedIn(phase, 'update gamma --cpus +3 --from beta')).toContain('gamma gets 3 from beta');
    expect(await guests.ask('gamma', 'cores')).toContain('online');
  },
);

test.each(['overlap', 'migrate', 'commit'] as const)('a service is handed over: in %s', async (phase) => {
  await start();
  await guests.ask('beta', 'serve on 8');
  expect(await pausedIn(phase, 'handover beta gamma')).toContain('gamma serves');
  const states = (await guests.machine.services.view()).instances.map(
    ({ name, state }) => `${name} ${state}`,
  );
  expect(states).toEqual(['alpha active', 'beta active', 'gamma active']);
  expect(await guests.ask('alpha', 'request gamma 5', 30)).toContain('5');
});

test.each(['preserve', 'freeze', 'restore'] as const)(
  'a kernel is replaced in place: in %s',
  async (phase) => {
    await start();
    await guests.ask('beta', 'serve on 8');
    await guests.kerf('load beta --kernel islet.img');
    expect(await pausedIn(phase, 'exec beta --kho')).toContain('beta was handed over to islet.img');
  },
);
