/**
 * Two kerf commands at once over the same hart, one from outside (a page, the command line) and one from the shell of the
 * host kernel, by its SBI call (Repeatable mode, real guests): one wins, the other is told why not, whoever was first.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { KerfReply } from '../protocol/machine-view.ts';
import { startHostMachine, type HostMachine } from './host-instance.testkit.ts';

const readImage = (name: string): Promise<Uint8Array<ArrayBuffer>> =>
  readFile(fileURLToPath(new URL(`../../public/guests/${name}`, import.meta.url)));

let m: HostMachine;
beforeEach(async () => {
  m = await startHostMachine(readImage, '0');
  for (const [name, cpu] of [
    ['beta', 1],
    ['gamma', 2],
  ] as const) {
    await m.kerf(`create ${name} --cpus ${cpu} --memory 8M`);
    await m.kerf(`load ${name} --kernel islet.img --cmdline "beat"`);
    await m.kerf(`exec ${name}`);
    await m.said(name, `${name}> `);
  }
  m.replies.length = 0;
});
afterEach(() => m.machine.dispose());

const harts = async (name: string): Promise<readonly number[] | undefined> =>
  (await m.machine.services.view()).instances.find((each) => each.name === name)?.harts;
/** Resolves when hart 4 is on its way to a kernel. */
const underWay = async (): Promise<void> => {
  let begun = false;
  await m.machine.services.onView(({ phases }) => {
    begun ||= phases.some(({ hart, phase }) => hart === 4 && phase === 'cpu-add');
  });
  expect(await m.host.until(() => begun, 50_000_000)).toBe(true);
};
const outcomes = (): readonly unknown[] =>
  m.replies.map(({ from, exitCode, error }) => [from ?? 'outside', exitCode, error?.code ?? '']);
/** The kernel is busy with something else for so long that a command to it is still under way when the next one comes. */
async function deaf(name: string): Promise<void> {
  await m.type(name, 'wedge 200\n');
  await m.host.until(() => false, 100_000);
}

test('the one from outside is under way: the host is told that the hart has gone', async () => {
  await deaf('beta');
  const outside: Promise<KerfReply> = m.kerf('update beta --cpus +4');
  await underWay();
  const said = await m.ask('host', 'kerf update gamma --cpus +4');
  expect((await outside).exitCode).toBe(0);
  expect(said).toContain(
    'kerf: gamma cannot have hart 4: beta owns it and is active [hart-not-free]\n' +
      'free harts: 3,5; to take it: kerf update beta --cpus -4\nexit 1\n',
  );
  expect(outcomes()).toEqual([
    ['outside', 0, ''],
    ['host', 1, 'hart-not-free'],
  ]);
  expect([await harts('beta'), await harts('gamma')]).toEqual([[1, 4], [2]]);
  expect(await m.ask('beta', 'cores')).toMatch(/^core 4 +online/m);
});

test("the host's is under way: the one from outside is told that the hart has gone", async () => {
  await deaf('gamma');
  await m.type('host', 'kerf update gamma --cpus +4\n');
  await underWay();
  const reply = await m.machine.services.kerf('update beta --cpus +4');
  expect(reply.error).toEqual({
    code: 'hart-not-free',
    reason: 'beta cannot have hart 4: gamma owns it and is active',
    hint: 'free harts: 3,5; to take it: kerf update gamma --cpus -4',
  });
  await m.said('host', 'hart 4 joined gamma');
  await m.said('host', 'host> ');
  expect(outcomes()).toEqual([
    ['host', 0, ''],
    ['outside', 1, 'hart-not-free'],
  ]);
  expect([await harts('beta'), await harts('gamma')]).toEqual([[1], [2, 4]]);
  expect(await m.ask('gamma', 'cores')).toMatch(/^core 4 +online/m);
});
