/** The service of a real islet goes to another one beside it, under load; Repeatable mode. */
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UPDATE_PHASES, type KerfReply } from '../protocol/machine-view.ts';
import { TRACE_KIND } from '../protocol/trace.ts';
import { startService, type Guests } from './guests.testkit.ts';

const read = async (name: string) =>
  new Uint8Array(await readFile(new URL(`../../public/guests/${name}`, import.meta.url)));

let guests: Guests;
beforeEach(async () => {
  guests = await startService(read);
  await guests.ask('beta', 'serve on 8');
});
afterEach(() => guests.machine.dispose());

const kerf = (line: string): Promise<KerfReply> => guests.machine.services.kerf(line);
const stateOf = async (name: string): Promise<string | undefined> =>
  /counter \d+, pages \d+, hash 0x[0-9a-f]{16}/.exec(await guests.ask(name, 'serve status'))?.[0];
const counts = () => (['answered', 'dropped', 'lost'] as const).map((word) => guests.status('alpha', word));

test('under load: not one request is dropped, lost or counted twice, and the old kernel can go', async () => {
  await guests.type('alpha', 'request beta 2000 4000');
  await guests.pass(100);
  await guests.machine.services.takeTrace();
  const reply = await kerf('handover beta gamma');
  expect(reply).toMatchObject({ exitCode: 0 });
  expect(reply.output.split('\n')).toEqual([
    'gamma serves instead of beta',
    expect.stringMatching(
      /^blackout: \d+\.\d ms from seal to move; \d+ requests were waiting and were sent on$/,
    ),
    expect.stringMatching(/^state: counter \d+, hash 0x[0-9a-f]{16}, as before$/),
    expect.stringMatching(/^overlap: \d+\.\d ms with hart 2 and 8M of memory more$/),
    'then: kerf kill beta',
  ]);
  const { records } = await guests.machine.services.takeTrace();
  const phases = records
    .filter(({ kind }) => kind === TRACE_KIND.PHASE)
    .map(({ a }) => UPDATE_PHASES[Number(a)]);
  expect(phases).toEqual(['overlap', 'migrate', 'ready', 'commit', 'finish']);
  await guests.pass(50);
  await guests.kerf('kill beta');
  await guests.said('alpha', 'answers a second', 30);
  expect(counts()).toEqual([2000, 0, 0]);
  expect(guests.status('gamma', 'served')).toBe(2000);
});

test('the state is the same one, and can come back', async () => {
  await guests.ask('alpha', 'request beta 100', 30);
  const before = await stateOf('beta');
  for (const [from, to] of [
    ['beta', 'gamma'],
    ['gamma', 'beta'],
    ['beta', 'gamma'],
  ]) {
    expect(await kerf(`handover ${from} ${to}`)).toMatchObject({ exitCode: 0 });
    expect(await stateOf(to ?? '')).toBe(before);
    expect(await guests.ask(from ?? '', 'serve status')).toContain('serve off');
  }
});

test('held: changes go on to be sent; rolled back, the old one has served all the time; committed, the new one does', async () => {
  await guests.type('alpha', 'request beta 3000 4000');
  expect((await kerf('handover beta gamma --hold')).output).toContain(
    'gamma is ready to take over from beta',
  );
  expect(await kerf('handover beta gamma')).toMatchObject({
    error: {
      code: 'handover-held',
      reason: 'a hand-over of beta waits for --commit or --rollback',
      hint: 'kerf handover beta gamma --rollback',
    },
  });
  await guests.pass(100);
  const back = await kerf('handover beta gamma --rollback');
  expect(back.output).toMatch(
    /^beta serves on, and gamma has forgotten what it got; rolled back in \d+\.\d ms$/,
  );
  expect(await kerf('handover beta gamma --commit')).toMatchObject({ error: { code: 'nothing-held' } });
  await kerf('handover beta gamma --hold');
  await guests.pass(100);
  expect(await kerf('handover beta gamma --commit')).toMatchObject({ exitCode: 0 });
  await guests.said('alpha', 'answers a second', 30);
  expect(counts()).toEqual([3000, 0, 0]);
  expect(guests.status('gamma', 'served')).toBe(3000);
});

test('the new kernel ends while it is held: the old one serves on, and can be handed over to the next', async () => {
  await kerf('handover beta gamma --hold');
  await guests.kerf('kill gamma --force');
  expect(await kerf('handover beta gamma --commit')).toMatchObject({ error: { code: 'wrong-state' } });
  await guests.ask('alpha', 'request beta 100', 30);
  expect(counts()).toEqual([100, 0, 0]);
  await guests.kerf('exec gamma');
  expect(await kerf('handover beta gamma')).toMatchObject({ exitCode: 0 });
});

test('the old kernel ends while it is held: the new one can follow again', async () => {
  await kerf('handover beta gamma --hold');
  await guests.restart('beta');
  await guests.ask('beta', 'serve on 8');
  await guests.ask('alpha', 'request beta 100', 30);
  expect(await kerf('handover beta gamma')).toMatchObject({ exitCode: 0 });
  expect(guests.status('gamma', 'served')).toBe(100);
});

test('rolled back: the next hand-over can begin at once', async () => {
  await guests.type('alpha', 'request beta 3000 4000');
  for (let i = 0; i < 10; i += 1) {
    expect(await kerf('handover beta gamma --hold')).toMatchObject({ exitCode: 0 });
    expect(await kerf('handover beta gamma --rollback')).toMatchObject({ exitCode: 0 });
  }
  expect(await kerf('handover beta gamma')).toMatchObject({ exitCode: 0 });
  await guests.said('alpha', 'answers a second', 30);
  expect(counts()).toEqual([3000, 0, 0]);
  expect(guests.status('gamma', 'served')).toBe(3000);
});

test('refused: nothing to hand over, the same kernel, no channel, one that serves already', async () => {
  expect(await kerf('handover gamma beta')).toMatchObject({ error: { code: 'handover-failed' } });
  expect(await kerf('handover beta beta')).toMatchObject({ error: { code: 'no-channel' } });
  expect(await kerf('handover beta nobody')).toMatchObject({ error: { code: 'no-such-instance' } });
  await guests.ask('gamma', 'serve on');
  expect((await kerf('handover beta gamma')).error?.reason).toContain('beta serves on');
  expect(await guests.ask('gamma', 'serve status')).toContain('serve on');
});

test(
  'ten hand-overs in a row, under load, both ways: nothing fails, is dropped, lost or counted twice',
  { timeout: 120_000 },
  async () => {
    await guests.type('alpha', 'request beta 6000 1000 retry');
    const kernels = ['beta', 'gamma'];
    for (let i = 0; i < 5; i += 1) {
      const [from = '', to = ''] = i % 2 === 0 ? kernels : [...kernels].reverse();
      expect(await kerf(`handover ${from} ${to}`)).toMatchObject({ exitCode: 0 });
      await guests.pass(20);
      await guests.kerf(`load ${to} --kernel islet.img`);
      expect(await kerf(`exec ${to} --kho`)).toMatchObject({ exitCode: 0 });
      // What was lost in place is asked again after a second, and until then the client's window is full.
      await guests.pass(1100);
    }
    await guests.said('alpha', 'answers a second', 60);
    expect(counts()).toEqual([6000, 0, 0]);
    expect(guests.status('gamma', 'served')).toBe(6000);
  },
);
