/** A standby of islet's serve, and what happens at the kernel that it follows: one of the two serves; Repeatable mode. */
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { messageName } from '../protocol/message-names.ts';
import { TRACE_KIND } from '../protocol/trace.ts';
import { startService, type Guests } from './guests.testkit.ts';

const read = async (name: string) =>
  new Uint8Array(await readFile(new URL(`../../public/guests/${name}`, import.meta.url)));

let guests: Guests;
beforeEach(async () => {
  guests = await startService(read);
  await guests.ask('beta', 'serve on 2');
  await guests.ask('alpha', 'request beta 100', 30);
  await guests.ask('gamma', 'serve standby beta');
  await guests.said('gamma', 'all of its serve is here', 5);
});
afterEach(() => guests.machine.dispose());

const status = (name: string): Promise<string> => guests.ask(name, 'serve status');

test(
  'a kernel that is handed over in place goes on sending to its standby',
  { timeout: 60_000 },
  async () => {
    await guests.kerf('load beta --kernel islet.img');
    await guests.kerf('exec beta --kho');
    await guests.pass(1500);
    expect(guests.heard('gamma')).not.toContain('serve goes on here');
    await guests.ask('alpha', 'request beta 10', 30);
    await guests.pass(100);
    expect(await status('beta')).toMatch(/serve on: counter 110,.* epoch 1\n/);
    expect(await status('gamma')).toMatch(/serve off[^]*following beta: counter 110,/);
    // Now it is gone: nothing is missing, and who comes later has the next epoch.
    await guests.kerf('kill beta --force');
    await guests.said('gamma', 'serve goes on here, counter 110', 5);
    await guests.ask('gamma', '');
    expect(await status('gamma')).toMatch(/serve on: counter 110,.* epoch 2\n/);
  },
);

test(
  'a standby takes over all of it when the next kernel in place does not come',
  { timeout: 60_000 },
  async () => {
    await guests.type('alpha', 'request beta,gamma 2000 2000');
    await guests.pass(300);
    await guests.kerf('load beta --kernel metronome.img');
    const reply = await guests.machine.services.kerf('exec beta --kho');
    expect(reply.exitCode).not.toBe(0);
    await guests.said('gamma', 'serve goes on here', 5);
    await guests.said('alpha', 'answers a second', 30);
    expect(guests.status('alpha', 'answered')).toBe(2000);
    expect(guests.status('alpha', 'lost')).toBe(0);
  },
);

test('who took over tells it again as soon as somebody runs there', async () => {
  const told = async (): Promise<number> => {
    const { records } = await guests.machine.services.takeTrace();
    return records.filter(({ kind, a }) => kind === TRACE_KIND.PUBLISH && messageName(a) === 'TAKEN').length;
  };
  await guests.kerf('kill beta --force');
  await guests.said('gamma', 'serve goes on here', 5);
  await guests.pass(300);
  expect(await told()).toBe(0);
  await guests.kerf('exec beta');
  await guests.pass(300);
  expect(await told()).toBe(1);
});

test('serve off at the kernel that is followed is meant: the standby takes nothing over', async () => {
  await guests.ask('beta', 'serve off');
  await guests.said('gamma', 'beta has ended its serve', 1);
  await guests.pass(1000);
  const said = await status('gamma');
  expect(said).toContain('serve off');
  expect(said).not.toContain('following');
  // And it can follow again.
  await guests.ask('beta', 'serve on 4');
  await guests.ask('gamma', 'serve standby beta');
  await guests.said('gamma', 'all of its serve is here', 5);
});

test(
  'a standby that is handed over in place follows nobody, which is said, and can follow again',
  { timeout: 60_000 },
  async () => {
    await guests.kerf('load gamma --kernel islet.img');
    await guests.type('beta', '');
    await guests.kerf('exec gamma --kho');
    await guests.said('beta', 'gamma does not follow serve any more', 5);
    await guests.ask('gamma', 'serve standby beta');
    await guests.said('gamma', 'all of its serve is here', 5);
    await guests.kerf('kill beta --force');
    await guests.said('gamma', 'serve goes on here, counter 100', 5);
  },
);
