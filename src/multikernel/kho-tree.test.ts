/** What a kernel may say that it preserves, and every way in which it may lie. */
import { describe, expect, it } from 'vitest';
import { longs, node, strings, type DeviceTreeNode } from '../machine/device-tree/node.ts';
import { writeBlob } from '../machine/device-tree/write-blob.ts';
import { preservedRanges, treeRange, type KhoRoom } from './kho-tree.ts';

const PAGE = 0x1000;
const BASE = 0x8000_0000;
const SCRATCH = { base: BASE, size: 0x40_0000, what: 'scratch' };
const ROOM: KhoRoom = {
  memory: [
    { base: BASE, size: 0x80_0000 },
    { base: 0x8100_0000, size: 0x20_0000 },
  ],
  taken: [SCRATCH, { base: BASE + 0x7f_0000, size: 0x1_0000, what: 'the device tree' }],
};
const FREE = BASE + 0x50_0000;
const TREE = { base: BASE + 0x60_0000, size: PAGE };

const thing = (...reg: number[]) =>
  node('serve', [strings('compatible', 'islet,serve-v2'), longs('reg', ...reg)]);
const root = (...children: DeviceTreeNode[]) => node('', [strings('compatible', 'kho-v1')], children);
const read = (tree: DeviceTreeNode) => preservedRanges(writeBlob(tree, 0), TREE, ROOM);
const why = (tree: DeviceTreeNode): string => {
  const result = read(tree);
  return result.ok ? 'accepted' : result.error.reason;
};

describe('ranges of a tree', () => {
  it('are whole pages in each piece of the memory, in the order of the tree', () => {
    expect(read(root(thing(FREE, PAGE, 0x8100_0000, 0x20_0000), thing(FREE + PAGE, 2 * PAGE)))).toEqual({
      ok: true,
      value: [
        { base: FREE, size: PAGE },
        { base: 0x8100_0000, size: 0x20_0000 },
        { base: FREE + PAGE, size: 2 * PAGE },
      ],
    });
    expect(read(root())).toEqual({ ok: true, value: [] });
  });

  it.each<readonly [string, DeviceTreeNode, string]>([
    ['another format', node('', [strings('compatible', 'kho-v9')]), 'not compatible'],
    ['no format', node('', []), 'not compatible'],
    ['a thing without a name', root(node('a', [longs('reg', FREE, PAGE)])), 'does not say what'],
    [
      'a name that does not end',
      root(node('a', [{ name: 'compatible', value: Uint8Array.of(65, 66) }])),
      'does not say what',
    ],
    ['no ranges', root(node('a', [strings('compatible', 'b')])), 'no ranges'],
    ['half a range', root(node('a', [strings('compatible', 'b'), longs('reg', FREE)])), 'no ranges'],
    ['a size of 0', root(thing(FREE, 0)), 'not whole pages'],
    ['an address inside a page', root(thing(FREE + 8, PAGE)), 'not whole pages'],
    ['a part of a page', root(thing(FREE, PAGE + 1)), 'not whole pages'],
    ['the memory of others', root(thing(0x9000_0000, PAGE)), 'not in one piece of its own memory'],
    ['more than is its own', root(thing(FREE, 0x80_0000)), 'not in one piece of its own memory'],
    ['address 0', root(thing(0, PAGE)), 'not in one piece of its own memory'],
    ['scratch', root(thing(BASE + 0x3f_f000, 2 * PAGE)), 'overlaps scratch'],
    ['where the device tree goes', root(thing(BASE + 0x7f_0000, PAGE)), 'overlaps the device tree'],
    ['the tree itself', root(thing(TREE.base, PAGE)), 'overlaps'],
    ['a range twice', root(thing(FREE, 2 * PAGE), thing(FREE + PAGE, PAGE)), 'overlaps'],
    ['a range twice in one thing', root(thing(FREE, PAGE, FREE, PAGE)), 'overlaps'],
    [
      'too many ranges',
      root(thing(...Array.from({ length: 17 }, (_, index) => [FREE + index * PAGE, PAGE]).flat())),
      'more than 16',
    ],
  ])('refused: %s', (_, tree, reason) => {
    expect(why(tree)).toContain(reason);
  });

  it('refused: an end beyond 2^64, and no tree at all', () => {
    const blob = writeBlob(root(thing(FREE, PAGE)), 0);
    const view = new DataView(blob.buffer);
    const at = blob.findIndex((_, index) => index % 4 === 0 && view.getUint32(index) === FREE);
    view.setBigUint64(at + 4, 0xffff_ffff_ffff_f000n);
    expect(preservedRanges(blob, TREE, ROOM)).toMatchObject({ error: { code: 'kho-tree' } });
    expect(preservedRanges(new Uint8Array(64), TREE, ROOM)).toMatchObject({ error: { code: 'kho-tree' } });
  });
});

describe('the place of the tree', () => {
  it.each<readonly [bigint, bigint, string]>([
    [BigInt(TREE.base), 0n, '0 bytes'],
    [BigInt(TREE.base), 0x1_0001n, '65537 bytes'],
    [BigInt(TREE.base), 2n ** 64n - 1n, 'bytes'],
    [BigInt(TREE.base) + 4n, 100n, 'not whole pages'],
    [BigInt(BASE), 100n, 'overlaps scratch'],
    [0x9000_0000n, 100n, 'not in one piece'],
    [2n ** 64n - 0x1000n, 100n, 'not in one piece'],
  ])('refused: %i, %i bytes', (address, length, reason) => {
    expect(treeRange(address, length, ROOM)).toMatchObject({
      error: { reason: expect.stringContaining(reason) },
    });
  });

  it('is whole pages', () => {
    expect(treeRange(BigInt(TREE.base), 4097n, ROOM)).toEqual({
      ok: true,
      value: { base: TREE.base, size: 2 * PAGE },
    });
  });
});
