/**
 * Takes a kernel's file for what it is (Image, ELF, flat binary), and checks and plans all of it before a byte of guest
 * memory is written.
 */
import { assert } from '../../base/assert.ts';
import { ok, refuse, type Result } from '../../base/result.ts';
import type { ImageDescription } from '../../protocol/image-report.ts';
import { RAM_BASE, RAM_HOST } from '../../protocol/layout.ts';
import { describeElf, looksLikeElf, planElf } from './elf.ts';
import { describeFlat, planFlat } from './flat.ts';
import { describeBootImage, IMAGE_HEADER_SIZE, looksLikeImage, planImage } from './image.ts';
import { byteCount, type LoadPlan, type Region } from './load-plan.ts';

export type { LoadPlan } from './load-plan.ts';

export interface LoadOptions {
  /** Whether a file without any header is taken for code that runs from its first byte. */
  readonly flat?: boolean;
}

/** What kernels are wrapped in for a boot loader that unpacks them; nothing here does. */
const WRAPPERS: readonly { readonly name: string; readonly magic: readonly number[] }[] = [
  { name: 'gzip', magic: [0x1f, 0x8b] },
  { name: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] },
  { name: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd] },
];

/**
 * Where `file` would go in `region`, or which rule forbids it. Writes nothing. The plan refers to the file's bytes, so
 * they must not change while the plan is in use.
 */
export function planLoad(file: Uint8Array, region: Region, options: LoadOptions = {}): Result<LoadPlan> {
  assert(region.size > 0, `a region of ${region.size} bytes`);
  const format = formatOf(file, options);
  return format.ok ? PLANNERS[format.value](file, region) : format;
}

/** What `file` says of itself, for whatever memory, or which rule it breaks everywhere. */
export function describeImage(file: Uint8Array, options: LoadOptions = {}): Result<ImageDescription> {
  const format = formatOf(file, options);
  if (!format.ok) return format;
  switch (format.value) {
    case 'elf':
      return describeElf(file);
    case 'image':
      return describeBootImage(file);
    case 'flat':
      return ok(describeFlat(file));
  }
}

const PLANNERS: Readonly<Record<LoadPlan['kind'], (file: Uint8Array, region: Region) => Result<LoadPlan>>> = {
  elf: planElf,
  image: planImage,
  flat: planFlat,
};

function formatOf(file: Uint8Array, options: LoadOptions): Result<LoadPlan['kind']> {
  if (file.length === 0) {
    return refuse('empty-file', 'the kernel image has 0 bytes', 'add the file to the machine anew');
  }
  if (looksLikeElf(file)) return ok('elf');
  if (looksLikeImage(file)) return ok('image');
  const wrapper = WRAPPERS.find(({ magic }) => magic.every((byte, at) => file[at] === byte));
  if (wrapper !== undefined) {
    return refuse(
      'compressed-kernel',
      `the file is compressed (${wrapper.name}); a kernel is placed in memory as it is`,
      'unpack it, and add the result to the machine',
    );
  }
  if (options.flat === true) return ok('flat');
  if (file.length < IMAGE_HEADER_SIZE) {
    return refuse(
      'too-short',
      `the file has ${byteCount(file.length)}, ${byteCount(IMAGE_HEADER_SIZE - file.length)} less than the header ` +
        'of an Image or an ELF',
      'use a RISC-V Image or ELF64; a file of bare code must have a name that ends in .bin',
    );
  }
  return refuse(
    'not-a-kernel',
    'the file is neither a RISC-V Image ("RSC\\x05" at byte 56) nor an ELF ("\\x7fELF" at byte 0)',
    'use a RISC-V Image or ELF64; a file of bare code must have a name that ends in .bin',
  );
}

/** Writes a plan's bytes. The region must have been cleared: what an image wants zero is not written again. */
export function applyLoad(memory: WebAssembly.Memory, plan: LoadPlan): void {
  const target = new Uint8Array(memory.buffer);
  for (const { address, bytes } of plan.segments) target.set(bytes, RAM_HOST + (address - RAM_BASE));
}
