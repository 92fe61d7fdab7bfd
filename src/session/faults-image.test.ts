/** The image of a kernel is written over while it runs (Repeatable mode, real guests), in either mode of isolation. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { INSTANCE, instanceBlock, RAM_BASE, RAM_HOST } from '../protocol/layout.ts';
import { instanceOf } from './faults.testkit.ts';
import { startGuests, type Guests } from './guests.testkit.ts';

const folder = fileURLToPath(new URL('../../public/guests/', import.meta.url));
const readImage = async (name: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await readFile(folder + name));
/** The beginning of an image: code. */
const TEXT = 0x8000;

let guests: Guests;
let base: number;
beforeEach(async () => {
  guests = await startGuests(readImage, 3, [
    { name: 'alpha', cpus: '0', commandLine: 'beat' },
    { name: 'beta', cpus: '1', commandLine: 'beat', peers: ['alpha'] },
    { name: 'gamma', cpus: '2', commandLine: 'beat', peers: ['beta'] },
  ]);
  base = (await instanceOf(guests, 'beta')).memory?.base ?? 0;
});
afterEach(() => guests.machine.dispose());

const text = (): Uint8Array => {
  const at = RAM_HOST + base - RAM_BASE;
  return new Uint8Array(guests.machine.memory.buffer).slice(at, at + TEXT);
};
const pokeAll = (value: string): Promise<string> =>
  guests.ask('alpha', `poke 0x${base.toString(16)} ${value}`);
const wild = (writes: number): Promise<string> =>
  guests.ask('alpha', `wild ${writes} 1 0x${base.toString(16)} 0x${TEXT.toString(16)}`, 60);
const gateFaults = async (name: string): Promise<number> => {
  const { id } = await instanceOf(guests, name);
  return new Int32Array(guests.machine.memory.buffer)[(instanceBlock(id) + INSTANCE.GATE_FAULTS) >> 2] ?? -1;
};

/** beta runs as new: on an image that was placed anew, and with both its neighbours. */
async function expectBetaAnew(clean: Uint8Array): Promise<void> {
  if ((await instanceOf(guests, 'beta')).state === 'active') await guests.kerf('kill beta --force');
  await guests.kerf('exec beta');
  expect(text()).toEqual(clean);
  await guests.said('beta', 'islet on beta', 5);
  await guests.pass(50);
  for (const name of ['alpha', 'gamma'])
    expect(await guests.ask(name, 'ping beta 2')).toMatch(/(reply from beta: n=\d.*\n){2}/);
}

test(
  'cooperative: the kernel goes down with its code, the others go on, and exec places the image anew',
  { timeout: 240_000 },
  async () => {
    const clean = text();
    await guests.machine.services.setIsolation('cooperative');
    expect(await pokeAll('0')).toContain('<- 0x0');
    expect(await wild(4000)).toContain('4000 writes, 0 faulted');
    expect(text()).not.toEqual(clean);
    expect(await gateFaults('alpha')).toBe(0);
    await guests.type('beta', 'uptime');
    await guests.pass(50);
    // Its pulse is flat from here on, and the neighbours' are not.
    const beats = (): readonly number[] =>
      ['alpha', 'beta', 'gamma'].map((name) => guests.status(name, 'beats'));
    const [alpha = 0, beta, gamma = 0] = beats();
    await guests.pass(200);
    const [alphaNow = 0, betaNow, gammaNow = 0] = beats();
    expect(betaNow).toBe(beta);
    expect([alphaNow - alpha, gammaNow - gamma]).toEqual([2, 2]);
    expect(await guests.ask('gamma', 'beat')).toMatch(/^beta: heard \d+, silent for [2-9]\d\d ms/m);
    // Whatever beta does now, it does not do what it was written to do.
    expect(guests.heard('beta')).not.toMatch(/^up \d/m);
    for (const name of ['alpha', 'gamma']) {
      expect(await guests.ask(name, 'uptime')).toContain('up ');
      expect(guests.status(name, 'missed')).toBe(0);
      expect((await instanceOf(guests, name)).state).toBe('active');
    }
    await guests.machine.services.setIsolation('enforced');
    await guests.type('beta', '');
    await expectBetaAnew(clean);
  },
);

test('enforced: every write is a fault, and not a byte changes', async () => {
  const clean = text();
  expect(await pokeAll('0')).toContain('fault');
  expect(await wild(1000)).toContain('1000 writes, 1000 faulted');
  expect(text()).toEqual(clean);
  expect([(await gateFaults('alpha')) > 1000, await gateFaults('beta')]).toEqual([true, 0]);
  expect(await guests.ask('beta', 'uptime')).toContain('up ');
});

test('load of another file beside a running kernel touches nothing of it', async () => {
  const clean = text();
  await guests.kerf('load beta --kernel metronome.img');
  expect(text()).toEqual(clean);
  expect(await guests.ask('beta', 'uptime')).toContain('up ');
  expect(await guests.ask('gamma', 'ping beta')).toContain('reply from beta: n=1');
  expect(await instanceOf(guests, 'beta')).toMatchObject({ state: 'active', bootId: 1 });
});
