/** RAM disks that are damaged: the kernel reads what comes before the damage, and lives (real islet, Repeatable mode). */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startHostMachine, type HostMachine } from './host-instance.testkit.ts';

const readImage = (name: string): Promise<Uint8Array<ArrayBuffer>> =>
  readFile(fileURLToPath(new URL(`../../public/guests/${name}`, import.meta.url)));

/** Offsets in a header of the format. */
const FILE_SIZE = 54;
const NAME_SIZE = 94;
const NAME = 110;

let m: HostMachine;
let whole: Uint8Array;
/** Where the header of the second file begins. */
let second: number;

beforeAll(async () => {
  m = await startHostMachine(readImage, '0');
  whole = await readImage('host.cpio');
  const aligned = (offset: number): number => Math.ceil(offset / 4) * 4;
  const first = (await readImage('islet.img')).length;
  second = aligned(aligned(NAME + 'islet.img'.length + 1) + first);
});
afterAll(() => m.machine.dispose());

/** Starts the host with these bytes as its RAM disk, and gives back what `ls` says. */
async function list(bytes: Uint8Array): Promise<string> {
  await m.machine.services.addFile('host.cpio', new Uint8Array(bytes));
  for (const line of ['kill host --force', 'unload host']) await m.kerf(line);
  await m.kerf('load host --kernel islet.img --initrd host.cpio');
  await m.kerf('exec host');
  await m.said('host', 'islet on host');
  return m.ask('host', 'ls');
}

/** A copy with `text` at an offset of the second header. */
function damaged(offset: number, text: string): Uint8Array {
  const copy = whole.slice();
  copy.set(new TextEncoder().encode(text), second + offset);
  return copy;
}

test('a whole one is read to its end', async () => {
  expect(await list(whole)).toMatch(/islet\.img\n.*metronome\.img\n.*stress\.img\n/);
});

test.each([
  ['another magic number', () => damaged(0, '070707')],
  ['a size that is no number', () => damaged(FILE_SIZE, '0000z000')],
  ['a file larger than all of it', () => damaged(FILE_SIZE, 'ffffffff')],
  ['a name longer than all of it', () => damaged(NAME_SIZE, 'ffffffff')],
  ['no name', () => damaged(NAME_SIZE, '00000000')],
  ['a name that does not end', () => damaged(NAME_SIZE, '00000004')],
  ['its end in a header', () => whole.slice(0, second + 50)],
  ['its end in a name', () => whole.slice(0, second + NAME + 3)],
  ['its end in a file', () => whole.slice(0, second + NAME + 200)],
])('one with %s ends before it', async (_, bytes) => {
  const said = await list(bytes());
  expect(said).toMatch(/^ *\d+ {2}islet\.img$/m);
  expect(said).not.toContain('metronome');
});

test.each([
  ['of one byte', [7]],
  ['of zeros', Array.from({ length: 4096 }, () => 0)],
])('one %s has no files', async (_, bytes) => {
  expect(await list(new Uint8Array(bytes))).toMatch(/ls\nhost> $/);
});
