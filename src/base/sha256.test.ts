import { createHash } from 'node:crypto';
import { afterEach, expect, it, vi } from 'vitest';
import { reckonedSha256, sha256 } from './sha256.ts';

const ofNode = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

afterEach(() => vi.unstubAllGlobals());

it('reckons the hash of messages around the sizes of blocks, wherever they lie in a buffer', () => {
  const lengths = [...Array.from({ length: 140 }, (_, i) => i), 1000, 65_536, 100_003];
  for (const length of lengths) {
    const bytes = new Uint8Array(length + 3).map((_, i) => (i * 167 + (i >> 3) * 13) & 0xff).subarray(3);
    expect(Buffer.from(reckonedSha256(bytes)).toString('hex'), `${length} bytes`).toBe(ofNode(bytes));
  }
});

it('gives the same with and without the hash of the browser, which pages of plain HTTP lack', async () => {
  const bytes = new TextEncoder().encode('abc');
  const hash = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  expect(await sha256(bytes)).toBe(hash);
  vi.stubGlobal('crypto', {});
  expect(await sha256(bytes)).toBe(hash);
});
