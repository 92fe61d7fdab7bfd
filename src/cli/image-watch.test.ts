import { mkdtempSync, renameSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { kernelImage } from '../multikernel/test-image.ts';
import { ImageWatch, LARGEST_FILE, readImage, type Look } from './image-watch.ts';

const folder = mkdtempSync(join(tmpdir(), 'archipelago-watch-'));
afterAll(() => rmSync(folder, { recursive: true }));

const path = join(folder, 'Image');
let seconds = 1_000_000;
/** Writes the file; its time is another one each time, however fast the test is. */
function write(bytes: Uint8Array, to = path): void {
  writeFileSync(to, bytes);
  seconds += 1;
  utimesSync(to, seconds, seconds);
}

let watch: ImageWatch;
beforeEach(async () => {
  write(kernelImage([1]));
  const read = await readImage(path);
  if ('error' in read) throw new Error(read.error.reason);
  watch = new ImageWatch(path, read.hash);
  expect(await looks(3)).toEqual(['same', 'same', 'same']);
});

async function looks(count: number): Promise<string[]> {
  const seen: string[] = [];
  for (let i = 0; i < count; i += 1) seen.push(words(await watch.look()));
  return seen;
}
const words = (look: Look): string => (look.kind === 'refused' ? look.error.code : look.kind);

test('another image is told once, when two looks have found the same file', async () => {
  write(kernelImage([1, 2]));
  expect(words(await watch.look())).toBe('same');
  const look = await watch.look();
  expect(look).toMatchObject({ kind: 'changed', image: { bytes: kernelImage([1, 2]) } });
  expect(await looks(3)).toEqual(['same', 'same', 'same']);
});

test('a file that is still written is waited for', async () => {
  const whole = kernelImage([1, 2, 3, 4]);
  for (const length of [0, 20, 64, 66]) {
    write(whole.slice(0, length));
    expect(words(await watch.look())).toBe('same');
  }
  write(whole);
  expect(await looks(3)).toEqual(['same', 'changed', 'same']);
});

test('the same bytes written again are no change, nor is a file that was gone for a while', async () => {
  write(kernelImage([1]));
  expect(await looks(3)).toEqual(['same', 'same', 'same']);
  rmSync(path);
  expect(await looks(8)).toEqual(new Array(8).fill('same'));
  write(kernelImage([9]), `${path}.new`);
  renameSync(`${path}.new`, path);
  expect(await looks(3)).toEqual(['same', 'changed', 'same']);
});

test('a file that stays what no kernel can be is told once, and the next good one is told', async () => {
  write(new TextEncoder().encode('not a kernel at all, and longer than the header of one would be: no.'));
  expect(await looks(6)).toEqual(['same', 'same', 'same', 'same', 'not-a-kernel', 'same']);
  write(kernelImage([7]));
  expect(await looks(3)).toEqual(['same', 'changed', 'same']);
  // Back to what it was when the watch began is a change, too.
  write(kernelImage([1]));
  expect(await looks(2)).toEqual(['same', 'changed']);
});

test('a file that is too large is not read', async () => {
  const large = join(folder, 'disk');
  writeFileSync(large, '');
  // Takes no room.
  truncateSync(large, LARGEST_FILE + 1);
  expect(await readImage(large)).toMatchObject({ error: { code: 'file-too-large' } });
  expect(await readImage(folder)).toMatchObject({ error: { code: 'file-unreadable' } });
});
