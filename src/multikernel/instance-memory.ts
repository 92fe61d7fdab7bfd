/** The memory of an instance and its block of device state: emptied between kernels and between owners. */
import type { InstanceId, PhysAddr } from '../base/brand.ts';
import { restartConsole } from '../machine/console-ring.ts';
import {
  CONSOLE_OUT_SIZE,
  CONSOLE_RING,
  INSTANCE,
  instanceBlock,
  PAGE_SIZE,
  RAM_HOST,
} from '../protocol/layout.ts';
import type { ControllerContext } from './controller-context.ts';
import type { Instance } from './instances.ts';
import { NO_INTERRUPT_HART } from './kernel-messages.ts';
import { addressPage, pageAddress, type PageRun } from './ownership.ts';

export const runOf = (instance: Instance): PageRun => ({
  page: addressPage(instance.memory.base),
  pages: instance.memory.size / PAGE_SIZE,
});

/** All private memory: what it was created with, then what was added. */
export const runsOf = (instance: Instance): PageRun[] => [runOf(instance), ...instance.added];

/** Address and bytes of a run. */
export const regionOf = (run: PageRun): { readonly base: PhysAddr; readonly size: number } => ({
  base: pageAddress(run.page),
  size: run.pages * PAGE_SIZE,
});

/** Added memory by ascending base. */
export const addedRegions = (instance: Instance): { readonly base: PhysAddr; readonly size: number }[] =>
  instance.added.map(regionOf).sort((one, other) => one.base - other.base);

/** The device tree has the last 64 KiB of an instance's memory; an image may not reach into them. */
export const DEVICE_TREE_ROOM = 0x1_0000;

/** Bytes at the start of an instance's memory in which a kernel leaves nothing to the next one, which starts there. */
const SCRATCH_SIZE = 0x40_0000;

/** The scratch region of a kexec hand-over; null: the memory is too small to have one and as much again beside it. */
export const scratchOf = ({ memory }: Instance): { readonly base: number; readonly size: number } | null =>
  memory.size < 2 * SCRATCH_SIZE ? null : { base: memory.base, size: SCRATCH_SIZE };

/** Guest-physical address of the device tree that exec makes. */
export const deviceTreeAddress = ({
  memory,
}: {
  readonly memory: { readonly base: number; readonly size: number };
}): number => memory.base + memory.size - DEVICE_TREE_ROOM;

/** Fills pages with zero. Nobody may be running who is granted them. */
export function clearPages(context: ControllerContext, run: PageRun): void {
  new Uint8Array(context.memory.buffer, RAM_HOST + run.page * PAGE_SIZE, run.pages * PAGE_SIZE).fill(0);
}

/** Makes the block of a new instance: nothing of a former one with this ID is left, not even its console. */
export function clearBlock(context: ControllerContext, id: InstanceId, run: PageRun): void {
  const length = INSTANCE.CONSOLE_OUT + CONSOLE_RING.DATA + CONSOLE_OUT_SIZE;
  new Uint8Array(context.memory.buffer, instanceBlock(id), length).fill(0);
  context.setInstanceWord(id, INSTANCE.INTERRUPT_HART, NO_INTERRUPT_HART);
  context.setInstanceWord(id, INSTANCE.MEMORY_PAGE, run.page);
  context.setInstanceWord(id, INSTANCE.MEMORY_PAGES, run.pages);
}

/**
 * Brings the devices of an instance to their state at power-on: all zero (a lock that a lost hart held is gone with it),
 * and a console that another kernel takes over. No hart of the instance may be running.
 */
export function resetDevices(context: ControllerContext, id: InstanceId): void {
  const from = instanceBlock(id) + INSTANCE.UART;
  new Uint8Array(context.memory.buffer, from, INSTANCE.CONSOLE_IN - INSTANCE.UART).fill(0);
  restartConsole(context.memory, id);
  for (const device of context.devices.of(id)) context.devices.words(device).powerOn();
}
