/** Kexec hand-over between real islets in Repeatable mode: the state is taken over in place, under load. */
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UPDATE_PHASES, type KerfReply, type UpdatePhase } from '../protocol/machine-view.ts';
import { TRACE_KIND } from '../protocol/trace.ts';
import { startGuests, type Guests } from './guests.testkit.ts';

const read = async (name: string) =>
  new Uint8Array(await readFile(new URL(`../../public/guests/${name}`, import.meta.url)));

let guests: Guests;
beforeEach(async () => {
  guests = await startGuests(read, 3, [
    { name: 'alpha', cpus: '0' },
    { name: 'beta', cpus: '1-2', peers: ['alpha'] },
  ]);
});
afterEach(() => guests.machine.dispose());

const handOver = async (): Promise<KerfReply> => {
  await guests.kerf('load beta --kernel islet.img --cmdline "next"');
  return guests.machine.services.kerf('exec beta --kho');
};

const stateOf = async (): Promise<string | undefined> =>
  /counter \d+, pages \d+, hash 0x[0-9a-f]{16}/.exec(await guests.ask('beta', 'serve status'))?.[0];

test('counter, hash and pages are there afterwards, everything else is given up, and it serves on', async () => {
  await guests.ask('beta', 'serve on 8');
  await guests.ask('alpha', 'request beta 100', 30);
  const before = await stateOf();
  await guests.machine.services.takeTrace();
  const reply = await handOver();
  expect(reply.output.split('\n')).toEqual([
    'beta was handed over to islet.img, boot ID 2',
    expect.stringMatching(/^blackout: \d+\.\d ms from freeze to finish$/),
    expect.stringMatching(/^state: counter 100, hash 0x[0-9a-f]{16}, as before$/),
    'preserved: 36K in 1 range; given up: 8156K',
    'lost: 0 messages not read, 0 requests not answered, 0 messages not delivered',
  ]);
  const { records } = await guests.machine.services.takeTrace();
  const phases = records
    .filter(({ kind }) => kind === TRACE_KIND.PHASE)
    .map(({ a }) => UPDATE_PHASES[Number(a)]);
  expect(phases).toEqual(['preserve', 'freeze', 'stopped', 'scratch-boot', 'restore', 'finish']);
  expect(await stateOf()).toBe(before);
  const view = await guests.machine.services.view();
  expect(view.instances[1]).toMatchObject({ state: 'active', bootId: 2, cmdline: 'next', harts: [1, 2] });
  expect(view.phases).toEqual([]);
  await guests.ask('alpha', 'request beta 100', 30);
  expect(guests.status('beta', 'served')).toBe(200);
});

test('under load: with retry nothing is lost and nothing is counted twice', async () => {
  await guests.ask('beta', 'serve on');
  await guests.type('alpha', 'request beta 3000 5000 retry');
  await guests.pass(200);
  for (let i = 0; i < 3; i += 1) {
    expect(await handOver()).toMatchObject({ exitCode: 0 });
    await guests.pass(100);
  }
  await guests.said('alpha', 'answers a second', 60);
  expect(guests.status('alpha', 'answered')).toBe(3000);
  expect(guests.status('alpha', 'dropped')).toBe(0);
  expect(guests.status('beta', 'served')).toBe(3000);
});

test('without a service there is nothing to preserve, and the next kernel starts all the same', async () => {
  const reply = await handOver();
  expect(reply.output).toContain('preserved: 0 in 0 ranges');
  expect(await guests.ask('beta', 'serve status')).toContain('serve off');
});

test('memory that was added goes along: the next kernel has all of it, and the service that lies in it', async () => {
  await guests.kerf('update beta --memory +8M');
  await guests.ask('beta', 'serve on 64');
  await guests.ask('alpha', 'request beta 500', 30);
  const before = await stateOf();
  expect((await handOver()).output).toContain('preserved: 260K in 1 range; given up: 16124K');
  expect(await stateOf()).toBe(before);
  expect(await guests.ask('beta', 'mem')).toMatch(/^8 MB at 0x\w+, 15\d+ KB free\n8 MB at 0x\w+ added\n/m);
  // And so it can be given back, which moves the service.
  await guests.kerf('update beta --memory -8M');
  expect(await stateOf()).toBe(before);
});

const endOfBeta = async () => {
  const { instances, harts } = await guests.machine.services.view();
  return { state: instances[1]?.state, reason: instances[1]?.reason, lost: harts.filter(({ lost }) => lost) };
};

/** Hands beta over; the worker of hart 2 dies when the hand-over is in a phase. */
async function handOverLosing(phase: UpdatePhase): Promise<KerfReply> {
  await guests.ask('beta', 'serve on');
  await guests.ask('alpha', 'request beta 100', 30);
  let done = false;
  await guests.machine.services.onView((view) => {
    if (done || !view.phases.some((each) => each.phase === phase)) return;
    done = true;
    void guests.machine.services.engine.crash(2);
  });
  const reply = await handOver();
  await guests.pass(100);
  expect(done).toBe(true);
  return reply;
}

test.each(['preserve', 'freeze'] as const)('a worker that dies in %s ends the old kernel', async (phase) => {
  const reply = await handOverLosing(phase);
  expect(reply.error).toMatchObject({
    code: `kho-${phase}`,
    reason: expect.stringContaining('beta has ended'),
  });
  expect(await endOfBeta()).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('worker of hart 2 died'),
    lost: [],
  });
});

test.each(['stopped', 'scratch-boot'] as const)(
  'a worker that dies in %s is replaced, and the next kernel takes over',
  async (phase) => {
    expect(await handOverLosing(phase)).toMatchObject({
      exitCode: 0,
      output: expect.stringContaining('as before'),
    });
    expect(await endOfBeta()).toEqual({ state: 'active', reason: '', lost: [] });
    expect(await guests.ask('beta', 'cores')).toMatch(/^core 2 +online/m);
    await guests.ask('alpha', 'request beta 100', 30);
    expect(guests.status('beta', 'served')).toBe(200);
  },
);

test('a worker that dies in restore: there is nothing to go back to, and it can be started anew', async () => {
  const reply = await handOverLosing('restore');
  expect(reply.error).toMatchObject({
    code: 'kho-restore',
    reason: expect.stringContaining('what was preserved is lost'),
  });
  expect(await endOfBeta()).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('worker of hart 2 died'),
    lost: [],
  });
  await guests.kerf('unload beta');
  await guests.kerf('load beta --kernel islet.img');
  await guests.kerf('exec beta');
  // Until its prompt, which is not the one behind the answer.
  await guests.pass(50);
  expect(await guests.ask('beta', 'serve status')).toContain('serve off: counter 0');
});
