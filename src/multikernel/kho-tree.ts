/**
 * The tree in which a kernel says what it preserves for the next one (kexec hand-over), in the flattened format:
 *
 *   / { compatible = "kho-v1"; NAME { compatible = "WHAT"; reg = <address size> …; }; … }
 *
 * with two cells for each address and each size. A kernel wrote it, and nothing in it is believed.
 */
import { ok, refuse, type Result } from '../base/result.ts';
import type { DeviceTreeNode } from '../machine/device-tree/node.ts';
import { readBlob } from '../machine/device-tree/read-blob.ts';
import { PAGE_SIZE } from '../protocol/layout.ts';
import { formatRange } from './kerf-values.ts';

const KHO_COMPATIBLE = 'kho-v1';
/** Bytes. */
const TREE_LIMIT = 0x1_0000;
/** Ranges of all nodes: what a kernel has to keep back from its page allocator before it has one. */
const RANGES_LIMIT = 16;

export interface Range {
  readonly base: number;
  readonly size: number;
}

/** Where ranges may lie. */
export interface KhoRoom {
  /** The kernel's own memory. */
  readonly memory: readonly Range[];
  /** In it, what is to be cleared: scratch, and the room of the device tree. */
  readonly taken: readonly (Range & { readonly what: string })[];
}

/** The pages of a tree at `address` of `length` bytes, if a tree may lie there. */
export function treeRange(address: bigint, length: bigint, room: KhoRoom): Result<Range> {
  if (length === 0n || length > BigInt(TREE_LIMIT)) {
    return refused(`the tree has ${length} bytes; 1 to ${TREE_LIMIT} are allowed`);
  }
  const pages = (Number(length) + PAGE_SIZE - 1) & -PAGE_SIZE;
  return checkRange('the tree', address, BigInt(pages), room);
}

/** The ranges that a tree names, each in one piece of `room`, none overlapping another or the tree itself. */
export function preservedRanges(blob: Uint8Array, tree: Range, room: KhoRoom): Result<readonly Range[]> {
  const read = readBlob(blob);
  if (!read.ok) return refused(`the tree cannot be read: ${read.error.reason}`);
  if (!lists(read.value, KHO_COMPATIBLE))
    return refused(`the tree is not compatible with "${KHO_COMPATIBLE}"`);
  const found: Range[] = [];
  for (const node of read.value.children) {
    const added = rangesOf(node, room, [tree, ...found]);
    if (!added.ok) return added;
    found.push(...added.value);
    if (found.length > RANGES_LIMIT) return refused(`the tree names more than ${RANGES_LIMIT} ranges`);
  }
  return ok(found);
}

function rangesOf(node: DeviceTreeNode, room: KhoRoom, others: readonly Range[]): Result<readonly Range[]> {
  const compatible = property(node, 'compatible');
  if (!compatible || compatible.length < 2 || compatible.at(-1) !== 0)
    return refused(`node "${node.name}" does not say what it is compatible with`);
  const reg = property(node, 'reg');
  if (!reg || reg.length === 0 || reg.length % 16 !== 0)
    return refused(`node "${node.name}" has no ranges in reg`);
  const view = new DataView(reg.buffer, reg.byteOffset, reg.length);
  const found: Range[] = [];
  for (let at = 0; at < reg.length && found.length <= RANGES_LIMIT; at += 16) {
    const range = checkRange(`node "${node.name}"`, view.getBigUint64(at), view.getBigUint64(at + 8), room);
    if (!range.ok) return range;
    const { base, size } = range.value;
    const other = [...others, ...found].find((one) => overlaps(one, range.value));
    if (other) {
      return refused(
        `node "${node.name}" names ${formatRange(base, size)}, which overlaps ${formatRange(other.base, other.size)}`,
      );
    }
    found.push(range.value);
  }
  return ok(found);
}

/** Whole pages in one piece of the kernel's memory, outside of what is taken. */
function checkRange(what: string, address: bigint, length: bigint, room: KhoRoom): Result<Range> {
  const page = BigInt(PAGE_SIZE);
  const named = `${what} is at 0x${address.toString(16)}, 0x${length.toString(16)} bytes:`;
  if (length === 0n || address % page !== 0n || length % page !== 0n)
    return refused(`${named} not whole pages`);
  // Exact as numbers only when they lie in memory at all.
  const inside = room.memory.some(
    ({ base, size }) => address >= BigInt(base) && address + length <= BigInt(base + size),
  );
  if (!inside) return refused(`${named} not in one piece of its own memory`);
  const range = { base: Number(address), size: Number(length) };
  const taken = room.taken.find((one) => overlaps(one, range));
  return taken ? refused(`${named} overlaps ${taken.what}`) : ok(range);
}

const overlaps = (one: Range, other: Range): boolean =>
  one.base < other.base + other.size && other.base < one.base + one.size;

const property = (node: DeviceTreeNode, name: string): Uint8Array | undefined =>
  node.properties.find((each) => each.name === name)?.value;

/** Whether its `compatible`, a list of strings, has this one. */
const lists = (node: DeviceTreeNode, compatible: string): boolean =>
  new TextDecoder().decode(property(node, 'compatible')).split('\0').includes(compatible);

const refused = (reason: string): Result<never> =>
  refuse('kho-tree', reason, 'the running kernel goes on; its hand-over code is to be mended');
