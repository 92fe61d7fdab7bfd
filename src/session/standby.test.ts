/** A standby follows islet's serve and goes on with it when the other kernel is gone; Repeatable mode. */
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startService, type Guests } from './guests.testkit.ts';

const read = async (name: string) =>
  new Uint8Array(await readFile(new URL(`../../public/guests/${name}`, import.meta.url)));

let guests: Guests;
beforeEach(async () => {
  guests = await startService(read);
});
afterEach(() => guests.machine.dispose());

const stateOf = async (name: string): Promise<string | undefined> =>
  /counter \d+, pages \d+, hash 0x[0-9a-f]{16}/.exec(await guests.ask(name, 'serve status'))?.[0];

test('a standby takes over when the other one is stopped, and the client finds it', async () => {
  await guests.ask('beta', 'serve on 2');
  await guests.ask('gamma', 'serve standby beta');
  await guests.said('gamma', 'all of its serve is here', 5);
  await guests.type('alpha', 'request beta,gamma 2000 2000');
  await guests.pass(300);
  await guests.kerf('kill beta --force');
  await guests.said('gamma', 'serve goes on here', 5);
  await guests.said('alpha', 'answers a second', 30);
  expect(['sent', 'answered', 'dropped'].map((word) => guests.status('alpha', word as never))).toEqual([
    2000, 2000, 0,
  ]);
  // What beta had answered and gamma had not heard of is counted, and is all that is missing.
  expect(guests.status('gamma', 'served') + guests.status('alpha', 'lost')).toBe(2000);
});

test('a standby that has all of it has the same state', async () => {
  await guests.ask('beta', 'serve on 2');
  await guests.ask('gamma', 'serve standby beta');
  await guests.ask('alpha', 'request beta 500', 30);
  await guests.pass(100);
  const before = await stateOf('beta');
  await guests.kerf('kill beta --force');
  await guests.said('gamma', 'serve goes on here', 5);
  // The news ends with a new prompt, which is not the one behind the answer.
  await guests.pass(20);
  expect(await stateOf('gamma')).toBe(before);
});

test(
  'a standby takes over from one that hangs without stopping, which then serves no more',
  { timeout: 240_000 },
  async () => {
    await guests.ask('beta', 'serve on 2');
    await guests.ask('gamma', 'serve standby beta');
    await guests.said('gamma', 'all of its serve is here', 5);
    await guests.type('alpha', 'request beta,gamma 300 2000');
    await guests.pass(50);
    await guests.type('beta', 'wedge 1300 still');
    await guests.said('gamma', 'serve goes on here', 5);
    const [, silence] = /beta was silent for (\d+) ms: serve goes on here/.exec(guests.heard('gamma')) ?? [];
    expect(Number(silence)).toBeGreaterThanOrEqual(500);
    expect(Number(silence)).toBeLessThan(600);
    await guests.said('alpha', 'answers a second', 30);
    // All of that while beta hung. What it had answered and gamma had not heard of is counted.
    expect(guests.heard('beta')).not.toContain('beta> ');
    const lost = guests.status('alpha', 'lost');
    expect([guests.status('alpha', 'answered'), guests.status('alpha', 'dropped')]).toEqual([300, 0]);
    expect(guests.status('gamma', 'served') + lost).toBe(300);
    await guests.said('beta', 'beta> ', 10);
    expect(await guests.ask('beta', 'serve status')).toContain('serve off');
    // It sends to gamma who asks it.
    expect(await guests.ask('alpha', 'request beta 100', 30)).toMatch(
      /answered 100, dropped 0[^]*moved [1-9]/,
    );
    expect(guests.status('gamma', 'served') + lost).toBe(400);
  },
);
