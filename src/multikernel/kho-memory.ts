/** The memory of a kernel that is replaced in place: what it may preserve of it, and what is cleared. */
import { PAGE_SIZE, RAM_BASE, RAM_HOST } from '../protocol/layout.ts';
import type { ControllerContext } from './controller-context.ts';
import { clearPages, deviceTreeAddress, regionOf, runsOf, scratchOf } from './instance-memory.ts';
import type { Instance } from './instances.ts';
import type { KhoRoom, Range } from './kho-tree.ts';
import { addressPage } from './ownership.ts';

/** Where a kernel may preserve something, and what of that is taken for what comes after it. */
export function roomOf(instance: Instance): KhoRoom {
  const memory = runsOf(instance).map(regionOf);
  const scratch = scratchOf(instance);
  const tree = deviceTreeAddress(instance);
  const end = instance.memory.base + instance.memory.size;
  return {
    memory,
    taken: [
      ...(scratch ? [{ ...scratch, what: 'the scratch region, where the next kernel starts' }] : []),
      { base: tree, size: end - tree, what: 'the room of the device tree' },
    ],
  };
}

/** Clears the memory of a stopped instance but for `kept`, whole pages that do not overlap. */
export function clearAllBut(context: ControllerContext, instance: Instance, kept: readonly Range[]): void {
  const ascending = [...kept].sort((one, other) => one.base - other.base);
  for (const { base, size } of runsOf(instance).map(regionOf)) {
    let at: number = base;
    for (const range of ascending.filter((each) => each.base >= base && each.base < base + size)) {
      clearRange(context, at, range.base);
      at = range.base + range.size;
    }
    clearRange(context, at, base + size);
  }
}

const clearRange = (context: ControllerContext, from: number, to: number): void =>
  clearPages(context, { page: addressPage(from), pages: (to - from) / PAGE_SIZE });

/** Bytes, of ranges that do not overlap. */
export const sizeOf = (ranges: readonly Range[]): number => ranges.reduce((sum, { size }) => sum + size, 0);
export const hostAddress = (address: number): number => RAM_HOST + (address - RAM_BASE);
