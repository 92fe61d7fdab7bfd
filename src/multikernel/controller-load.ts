/** `load`: an image is checked against the instance's memory, placed there, and kept for every exec to come. */
import type { PhysAddr } from '../base/brand.ts';
import { ok, refuse, type Result } from '../base/result.ts';
import { PAGE_SIZE } from '../protocol/layout.ts';
import { applyLoad, planLoad, type LoadPlan } from '../machine/loaders/load.ts';
import type { ControllerContext } from './controller-context.ts';
import { settleHarts } from './hart-control.ts';
import { clearPages, deviceTreeAddress, runOf, scratchOf } from './instance-memory.ts';
import type { Instance, LoadedKernel } from './instances.ts';
import { refuseFile, type FileRefusal, type Outcome } from './kerf-outcome.ts';
import type { LoadCommand } from './kerf-parser.ts';
import { formatAddress, formatSize } from './kerf-values.ts';
import { readNamed } from './read-file.ts';

/** Bytes; what Linux on RISC-V takes (COMMAND_LINE_SIZE 1024 with its final zero). */
const CMDLINE_LIMIT = 1023;

/** `image`: the kernel's bytes, where they came with the command; null: its file has them. */
export async function loadInstance(
  context: ControllerContext,
  instance: Instance,
  command: LoadCommand,
  image: Uint8Array | null,
): Promise<Outcome> {
  const { kernel: file, cmdline } = command;
  const length = new TextEncoder().encode(cmdline).length;
  if (length > CMDLINE_LIMIT) {
    return refuse(
      'cmdline-too-long',
      `the command line for ${instance.name} has ${length} bytes, ${length - CMDLINE_LIMIT} more than the ${CMDLINE_LIMIT} that fit`,
      'shorten it',
    );
  }
  const read =
    image === null ? await readNamed(context, file, cannotLoad(instance, file), 'a kernel image') : ok(image);
  if (!read.ok) return read;
  const bytes = read.value;
  if (instance.state === 'active') return keepNext(context, instance, command, bytes);
  const disk = await readInitrd(context, instance, command.initrd);
  if (!disk.ok) return disk;
  // What lies above is the RAM disk's and the device tree's.
  const { base } = instance.memory;
  const region = { base, size: (disk.value?.base ?? deviceTreeAddress(instance)) - base };
  const plan = planLoad(bytes, region, { flat: isFlat(file) });
  if (!plan.ok) return refuseFile(plan.error);
  const entry = command.entry ?? instance.entry;
  const what = `${file} for ${instance.name}, entry ${formatAddress(plan.value.entry)} in ${entry.toUpperCase()}-mode`;
  // Nothing in such a file says where it is linked, so that only its user can see that it lies elsewhere.
  const note =
    plan.value.kind === 'flat'
      ? `\nflat image placed at ${formatAddress(plan.value.entry)}; an image linked elsewhere needs --memory-base`
      : '';
  if (command.dryRun) return ok(`${what}; nothing was changed${note}`);

  await settleHarts(context, context.hartsOf(instance));
  clearPages(context, runOf(instance));
  const placed = disk.value
    ? {
        ...plan.value,
        segments: [...plan.value.segments, segmentOf(disk.value)],
      }
    : plan.value;
  applyLoad(context.memory, placed);
  instance.kernel = { file, cmdline, entry, plan: placed, initrd: initrdOf(disk.value, command.initrd) };
  context.setState(instance, 'loaded', '');
  return ok(`loaded ${what}${note}`);
}

/** Whether a file of this name is taken for bare code when it has no header. */
export const isFlat = (file: string): boolean => file.endsWith('.bin');

/** Where a kernel starts that takes over from the running one. Refused: `no-scratch`. */
export function scratchFor(instance: Instance): Result<{ readonly base: number; readonly size: number }> {
  const scratch = scratchOf(instance);
  if (scratch) return ok(scratch);
  return refuse(
    'no-scratch',
    `${instance.name} has ${formatSize(instance.memory.size)} of memory, too little to start another kernel beside what the running one preserves`,
    'create it with --memory 8M or more',
  );
}

/** On a running instance: checked against the scratch region, where it will start, and placed at `exec --kho`. */
function keepNext(
  context: ControllerContext,
  instance: Instance,
  command: LoadCommand,
  bytes: Uint8Array,
): Outcome {
  const { kernel: file, cmdline } = command;
  const { name } = instance;
  const scratch = scratchFor(instance);
  if (!scratch.ok) return scratch;
  if (command.initrd !== null) {
    return refuse(
      'initrd-at-hand-over',
      `${name} is active, and a kernel that takes over from a running one gets no RAM disk`,
      'leave --initrd out; what the next kernel needs is preserved by the present one',
    );
  }
  const plan = planLoad(bytes, scratch.value, { flat: isFlat(file) });
  if (!plan.ok) return refuseFile(plan.error);
  const entry = command.entry ?? instance.kernel?.entry ?? instance.entry;
  const what = `${file} is the next kernel of ${name}, entry ${formatAddress(plan.value.entry)} in ${entry.toUpperCase()}-mode`;
  if (command.dryRun) return ok(`${what}; nothing was changed`);
  instance.next = { file, cmdline, entry, plan: plan.value, initrd: null };
  context.changed();
  return ok(`${what}; to hand over: kerf exec ${name} --kho`);
}

interface RamDisk {
  readonly base: PhysAddr;
  readonly bytes: Uint8Array;
}

const segmentOf = ({ base, bytes }: RamDisk): LoadPlan['segments'][number] => ({
  address: base,
  bytes,
  memorySize: bytes.length,
});

function initrdOf(disk: RamDisk | null, file: string | null): LoadedKernel['initrd'] {
  return disk && file !== null ? { file, base: disk.base, size: disk.bytes.length } : null;
}

const cannotLoad = ({ name }: Instance, file: string): string => `${name} cannot load "${file}": `;

/** The RAM disk has the last pages below the device tree, at least one page above the image's first. */
async function readInitrd(
  context: ControllerContext,
  instance: Instance,
  file: string | null,
): Promise<{ readonly ok: true; readonly value: RamDisk | null } | FileRefusal> {
  if (file === null) return { ok: true, value: null };
  const read = await readNamed(context, file, cannotLoad(instance, file), 'a RAM disk');
  if (!read.ok) return read;
  const bytes = read.value;
  const pages = Math.ceil(bytes.length / PAGE_SIZE);
  const base = (deviceTreeAddress(instance) - pages * PAGE_SIZE) as PhysAddr;
  if (bytes.length > 0 && base > instance.memory.base) return { ok: true, value: { base, bytes } };
  const room = deviceTreeAddress(instance) - instance.memory.base;
  return refuseFile({
    code: bytes.length === 0 ? 'empty-file' : 'initrd-too-large',
    reason: `${instance.name} cannot load "${file}": it has ${bytes.length} bytes, and the room is ${room} with the kernel`,
    hint: bytes.length === 0 ? 'add the file to the machine anew' : 'create the instance with more --memory',
  });
}
