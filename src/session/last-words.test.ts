/** What a kernel leaves when it ends, told with the names of its functions (Repeatable mode, real guests). */
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LastWords } from '../protocol/last-words.ts';
import { startGuests, type Guests } from './guests.testkit.ts';

const read = async (name: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await readFile(new URL(`../../public/guests/${name}`, import.meta.url)));

let guests: Guests;
beforeEach(async () => {
  guests = await startGuests(read, 3, [
    { name: 'alpha', cpus: '0' },
    { name: 'beta', cpus: '1-2', peers: ['alpha'] },
  ]);
});
afterEach(() => guests.machine.dispose());

const instance = async (name: string) => {
  const found = (await guests.machine.services.view()).instances.find((each) => each.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
};
async function lastWords(name: string): Promise<LastWords> {
  const words = await guests.machine.services.lastWords((await instance(name)).id);
  if (!words) throw new Error(`${name} left nothing`);
  return words;
}
const functionOf = (symbol: string | null): string => (symbol ?? '').split('+')[0] ?? '';

async function panic(): Promise<void> {
  await guests.type('beta', 'panic');
  const view = async (): Promise<string> => (await instance('beta')).reason;
  for (let looks = 0; looks < 50 && (await view()) !== 'panic'; looks++) await guests.pass(20);
  expect(await view()).toBe('panic');
}

test('a panic leaves the console, the registers and the way to where it was', async () => {
  await panic();
  const words = await lastWords('beta');

  expect(words).toMatchObject({ reason: 'panic', bootId: 1 });
  expect(words.consoleTail).toMatch(/panic: asked for/);
  expect(words.harts.map(({ hart }) => hart)).toEqual([1, 2]);
  const panicked = words.harts.find(({ stack }) =>
    stack.some(({ symbol }) => functionOf(symbol) === 'panic'),
  );
  if (!panicked) throw new Error('a hart was in panic()');
  expect(functionOf(panicked.pc.symbol)).toMatch(/^sbi_/);
  const stack = panicked.stack.map(({ symbol }) => functionOf(symbol));
  // What panic() and command_panic() had called before, and what had returned, is not among them.
  expect(stack).toEqual(['panic', 'command_panic', 'shell', 'begin']);
  expect(panicked.stackFrom).toBe('frames');
  expect(panicked.stack.every(({ address }) => /^0xffffffff8[0-9a-f]{7}$/.test(address))).toBe(true);
  const names = panicked.registers.map(({ name }) => name);
  expect(names.slice(0, 4)).toEqual(['ra', 'sp', 'gp', 'tp']);
  expect(names.slice(-3)).toEqual(['scause', 'sepc', 'stval']);
});

test('kerf show tells it of a kernel that has panicked, as text and as JSON', async () => {
  const show = async (flags: string): Promise<string> =>
    (await guests.machine.services.kerf(`show beta${flags}`)).output;
  expect(await show('')).not.toContain('last words');
  await panic();
  expect(await show('')).toMatch(
    /last words of beta, boot 1: panic\n[^]*\| panic: asked for[^]*command_panic/,
  );
  expect(JSON.parse(await show(' --format json'))).toMatchObject({ lastWords: await lastWords('beta') });
  expect((await guests.machine.services.kerf('show alpha')).output).not.toContain('last words');
  await guests.kerf('exec beta');
  expect(await show('')).not.toContain('last words');
});

test('the next boot clears the memory, not what the last one left', async () => {
  await panic();
  const before = await lastWords('beta');
  await guests.kerf('exec beta');
  await guests.said('beta', 'beta>', 20);
  expect(await lastWords('beta')).toEqual(before);

  await guests.kerf('kill beta --force');
  expect(await lastWords('beta')).toMatchObject({ reason: 'killed', bootId: 2 });
});

test('a kernel that never ended left nothing, nor did one of the same number before it', async () => {
  const { services } = guests.machine;
  expect(await services.lastWords((await instance('alpha')).id)).toBeNull();
  expect(await services.lastWords(60)).toBeNull();
  await panic();
  const { id } = await instance('beta');
  await guests.kerf('unload beta');
  await guests.kerf('delete beta');
  await guests.kerf(`create gamma --id ${id} --cpus 1 --memory 8M`);
  expect(await services.lastWords(id)).toBeNull();
});
