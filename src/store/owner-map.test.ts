import { expect, test } from 'vitest';
import { HEADER, PAGE_OWNER, RAM_HOST } from '../protocol/layout.ts';
import { OwnerMap } from './owner-map.ts';

test('runs of pages by owner follow the table', () => {
  const memory = new WebAssembly.Memory({ initial: RAM_HOST / 65536 });
  new Uint32Array(memory.buffer)[HEADER.RAM_PAGES >> 2] = 8;
  const owners = new Uint8Array(memory.buffer, PAGE_OWNER, 9);
  owners.set([2, 2, 0, 0, 0, 129, 3, 3, 7]);
  const map = new OwnerMap(memory);
  expect(map.runs).toEqual([
    { page: 0, pages: 2, owner: 2 },
    { page: 2, pages: 3, owner: 0 },
    { page: 5, pages: 1, owner: 129 },
    { page: 6, pages: 2, owner: 3 },
  ]);
  const before = map.runs;
  expect(map.look()).toBe(false);
  expect(map.runs).toBe(before);
  owners[2] = 2;
  expect(map.look()).toBe(true);
  expect(map.runs.slice(0, 2)).toEqual([
    { page: 0, pages: 3, owner: 2 },
    { page: 3, pages: 2, owner: 0 },
  ]);
});
