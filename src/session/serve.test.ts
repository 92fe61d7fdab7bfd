/** islet's serve and request in Repeatable mode: what is asked is answered, counted, kept, and survives being moved. */
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startGuests, type Guests } from './guests.testkit.ts';

const read = async (name: string) =>
  new Uint8Array(await readFile(new URL(`../../public/guests/${name}`, import.meta.url)));

let guests: Guests;
beforeEach(async () => {
  guests = await startGuests(read, 3, [
    { name: 'alpha', cpus: '0' },
    { name: 'beta', cpus: '1', peers: ['alpha'] },
    { name: 'gamma', cpus: '2', peers: ['alpha'] },
  ]);
});
afterEach(() => guests.machine.dispose());

interface ServeStatus {
  readonly how: string;
  readonly counter: number;
  readonly hash: string;
  readonly held: number;
  readonly dropped: number;
}

async function serveStatus(name: string): Promise<ServeStatus> {
  const said = await guests.ask(name, 'serve status');
  const found =
    /serve (\w+): counter (\d+), pages \d+, hash (0x[0-9a-f]{16}), held (\d+), dropped (\d+)/.exec(said);
  const [, how = '', counter, hash = '', held, dropped] = found ?? [];
  return { how, counter: Number(counter), hash, held: Number(held), dropped: Number(dropped) };
}

/** The five counts that alpha publishes about its last run of requests. */
const counts = () =>
  (['sent', 'answered', 'dropped', 'out-of-order'] as const).map((word) => guests.status('alpha', word));

test('every request is answered once, and the same requests make the same state', async () => {
  await guests.ask('beta', 'serve on 2');
  await guests.ask('gamma', 'serve on 2');
  const said = await guests.ask('alpha', 'request beta 500', 30);
  expect(said).toContain('sent 500, answered 500, dropped 0, out of order 0, late 0, sent again 0');
  expect(counts()).toEqual([500, 500, 0, 0]);
  expect(guests.status('beta', 'served')).toBe(500);
  const beta = await serveStatus('beta');
  expect(beta).toMatchObject({ how: 'on', counter: 500, held: 0, dropped: 0 });
  // Other numbers were asked of gamma: as many requests, another state.
  await guests.ask('alpha', 'request gamma 500', 30);
  const gamma = await serveStatus('gamma');
  expect(gamma.counter).toBe(500);
  expect(gamma.hash).not.toBe(beta.hash);
  // Started again, alpha counts from 1 again.
  await guests.restart('alpha');
  await guests.ask('gamma', 'serve off');
  await guests.ask('gamma', 'serve on 2');
  await guests.ask('alpha', 'request gamma 500', 30);
  expect(await serveStatus('gamma')).toEqual(beta);
});

test('a state that is exported and imported has counter and hash as before, and goes on', async () => {
  await guests.ask('beta', 'serve on 8');
  await guests.ask('alpha', 'request beta 100', 30);
  const before = await serveStatus('beta');
  expect(await guests.ask('beta', 'serve move')).toContain('serve: moved');
  expect(await serveStatus('beta')).toEqual(before);
  await guests.type('alpha', 'request beta 400 2000');
  for (let i = 0; i < 3; i++) await guests.ask('beta', 'serve move');
  await guests.said('alpha', 'answers a second', 30);
  expect(counts()).toEqual([400, 400, 0, 0]);
  expect((await serveStatus('beta')).counter).toBe(500);
});

test('sealed, it holds requests back, which shows as silence and not as loss', async () => {
  await guests.ask('beta', 'serve on');
  const empty = await serveStatus('beta');
  await guests.ask('beta', 'serve seal');
  await guests.type('alpha', 'request beta 50');
  await guests.pass(300);
  const sealed = await serveStatus('beta');
  expect(sealed).toMatchObject({ how: 'sealed', counter: 0, hash: empty.hash, held: 32 });
  await guests.ask('beta', 'serve unseal');
  await guests.said('alpha', 'answers a second', 10);
  expect(counts()).toEqual([50, 50, 0, 0]);
  expect(guests.status('alpha', 'blackout')).toBeGreaterThan(300e6);
  expect(guests.status('alpha', 'blackout')).toBeLessThan(1000e6);
});

test('without an answer within a second a request is dropped; with retry it is sent again', async () => {
  await guests.ask('alpha', 'request beta 10', 10);
  expect(counts()).toEqual([10, 0, 10, 0]);
  expect(guests.status('alpha', 'blackout')).toBeGreaterThanOrEqual(1000e6);
  // From 11 on: the window of 32 wraps among them.
  await guests.type('alpha', 'request beta 30 retry');
  await guests.pass(1500);
  await guests.ask('beta', 'serve on');
  await guests.said('alpha', 'answers a second', 10);
  expect(counts()).toEqual([30, 30, 0, 0]);
});

test('nobody there: dropped at once; a state of nobody is not believed', async () => {
  await guests.kerf('kill beta');
  await guests.ask('alpha', 'request beta 5', 10);
  expect(counts()).toEqual([5, 0, 5, 0]);
  expect(await guests.ask('gamma', 'serve move')).toContain('serve: there is no service');
  await guests.ask('gamma', 'serve on');
  expect(await guests.ask('gamma', 'serve on')).toContain('serve: on already');
});
