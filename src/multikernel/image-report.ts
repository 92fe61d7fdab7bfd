/** What a kernel's file is and where it would lie, for the one who is to decide; nothing is loaded or kept. */
import { ok, refuse, type Result } from '../base/result.ts';
import { describeImage, planLoad } from '../machine/loaders/load.ts';
import type { ImageDescription, ImagePlace, ImagePlacement, ImageReport } from '../protocol/image-report.ts';
import { PAGE_SIZE, RAM_BASE } from '../protocol/layout.ts';
import { isFlat, scratchFor } from './controller-load.ts';
import { DEVICE_TREE_ROOM, deviceTreeAddress } from './instance-memory.ts';
import { parseAddress } from './kerf-values.ts';
import { pageAddress } from './ownership.ts';
import { checkMemory, type MachineState } from './validation.ts';

/** Kernels begin at such boundaries (pool.ts), and their memory is given in such blocks. */
const BLOCK = 0x20_0000n;

export function reportImage(
  state: MachineState,
  name: string,
  file: Uint8Array,
  place: ImagePlace,
): ImageReport {
  const options = { flat: isFlat(name) };
  const description = describeImage(file, options);
  if (!description.ok) return { description, needs: null, placement: null };
  const needs = needsOf(description.value, state.ownership.ramPages * PAGE_SIZE);
  const memory = memoryOf(state, place);
  if (!memory.ok) return { description, needs, placement: memory };
  const { base, size, room } = memory.value;
  const plan = planLoad(file, { base, size: room }, options);
  const placement: Result<ImagePlacement> = plan.ok
    ? ok({
        memory: { base, size },
        room,
        entry: plan.value.entry,
        segments: plan.value.segments.map(({ address, bytes, memorySize }) => ({
          address,
          fileSize: bytes.length,
          memorySize,
        })),
      })
    : plan;
  return { description, needs, placement };
}

/** The memory that takes an image, on a machine with so many bytes of RAM; null: none there does. */
export function needsOf({ movable, segments }: ImageDescription, ramBytes: number): ImageReport['needs'] {
  const ends = segments.map(({ address, memorySize }) => BigInt(address) + BigInt(memorySize));
  const end = ends.reduce((most, each) => (each > most ? each : most), 0n);
  const lowest = BigInt(segments[0]?.address ?? 0);
  const base = movable ? 0n : lowest - (lowest % BLOCK);
  const size = ((end + BigInt(DEVICE_TREE_ROOM) - base + BLOCK - 1n) / BLOCK) * BLOCK;
  const ram = { base: BigInt(RAM_BASE), size: BigInt(ramBytes) };
  const above = movable ? 0n : base - ram.base;
  if (above < 0n || above + size > ram.size) return null;
  return { base: movable ? null : Number(base), size: Number(size) };
}

/** The memory that is asked about, and the bytes of it that an image may fill. */
function memoryOf(
  state: MachineState,
  place: ImagePlace,
): Result<{ readonly base: number; readonly size: number; readonly room: number }> {
  if (place.kind === 'new') {
    const base = place.base === '' ? ok(null) : parseAddress(place.base);
    if (!base.ok) return base;
    const run = checkMemory(state, 'the new kernel', place.memory, base.value);
    if (!run.ok) return run;
    const size = run.value.pages * PAGE_SIZE;
    return ok({ base: pageAddress(run.value.page), size, room: size - DEVICE_TREE_ROOM });
  }
  const instance = state.instances.list().find(({ id }) => id === place.instance);
  if (!instance)
    return refuse('no-such-instance', 'the kernel has been deleted', 'choose another, or make one');
  const { base, size } = instance.memory;
  if (place.kind === 'kernel') return ok({ base, size, room: deviceTreeAddress(instance) - base });
  const scratch = scratchFor(instance);
  return scratch.ok ? ok({ base, size, room: scratch.value.size }) : scratch;
}
