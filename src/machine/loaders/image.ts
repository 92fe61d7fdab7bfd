/**
 * The RISC-V Linux boot `Image` (Linux, Documentation/arch/riscv/boot-image-header.rst): a flat kernel that begins with
 * a header of 64 bytes, little-endian, whose first words are code. It runs from its first byte, wherever it was placed.
 */
import { physAddr } from '../../base/brand.ts';
import { ok, refuse, type Refusal, type Result } from '../../base/result.ts';
import type { ImageDescription } from '../../protocol/image-report.ts';
import { byteCount, hex, regionText, type LoadPlan, type Region } from './load-plan.ts';

export const IMAGE_HEADER_SIZE = 64;

const HEADER = { TEXT_OFFSET: 8, IMAGE_SIZE: 16, FLAGS: 24, VERSION: 32, MAGIC: 48, MAGIC2: 56 } as const;
/** "RISCV\0\0\0"; deprecated since header version 0.2, so it may be absent. */
const MAGIC = 0x56_4353_4952n;
/** "RSC\x05". */
const MAGIC2 = 0x0543_5352;
const FLAG_BIG_ENDIAN = 1n;
/** PMD_SIZE of Sv39 and Sv48: Linux maps itself with pages of this size (arch/riscv/boot.rst, Kernel location). */
const BASE_ALIGNMENT = 0x20_0000;

const viewOf = (file: Uint8Array): DataView => new DataView(file.buffer, file.byteOffset, file.byteLength);

/** Whether the file bears either magic number, so that it means to be an Image. */
export function looksLikeImage(file: Uint8Array): boolean {
  if (file.length < IMAGE_HEADER_SIZE) return false;
  const view = viewOf(file);
  return view.getUint32(HEADER.MAGIC2, true) === MAGIC2 || view.getBigUint64(HEADER.MAGIC, true) === MAGIC;
}

/** Places the Image at the region's base + text_offset. The file must pass `looksLikeImage`. */
export function planImage(file: Uint8Array, region: Region): Result<LoadPlan> {
  const view = viewOf(file);
  const error = headerFault(view) ?? sizeFault(view) ?? placeFault(view, region);
  if (error !== null) return { ok: false, error };
  const address = physAddr(region.base + Number(view.getBigUint64(HEADER.TEXT_OFFSET, true)));
  const memorySize = Number(view.getBigUint64(HEADER.IMAGE_SIZE, true));
  return ok({ kind: 'image', segments: [{ address, bytes: file, memorySize }], entry: address });
}

/** What the Image's header says, for whatever memory. The file must pass `looksLikeImage`. */
export function describeBootImage(file: Uint8Array): Result<ImageDescription> {
  const view = viewOf(file);
  const error = headerFault(view) ?? sizeFault(view) ?? offsetFault(view);
  if (error !== null) return { ok: false, error };
  const address = hex(view.getBigUint64(HEADER.TEXT_OFFSET, true));
  const memorySize = hex(view.getBigUint64(HEADER.IMAGE_SIZE, true));
  return ok({
    format: 'image',
    bytes: file.length,
    movable: true,
    entry: address,
    segments: [{ address, fileSize: file.length, memorySize }],
  });
}

/** Rules of the header alone. The version comes first: magic2 exists since 0.2. */
function headerFault(view: DataView): Refusal | null {
  const version = view.getUint32(HEADER.VERSION, true);
  const major = version >>> 16;
  const minor = version & 0xffff;
  if (major !== 0 || minor < 2) {
    return refuse(
      'image-version',
      `the Image's header has version ${major}.${minor}; understood are 0.2 and later minor versions of 0`,
      'use an Image built from Linux 5.4 or later, or the ELF of this kernel',
    ).error;
  }
  const magic2 = view.getUint32(HEADER.MAGIC2, true);
  if (magic2 !== MAGIC2) {
    return refuse(
      'image-magic2',
      `the Image's header has ${hex(magic2)} at byte ${HEADER.MAGIC2}, not magic2 ${hex(MAGIC2)} ("RSC\\x05")`,
      'the header is damaged: build or copy the Image anew',
    ).error;
  }
  if ((view.getBigUint64(HEADER.FLAGS, true) & FLAG_BIG_ENDIAN) !== 0n) {
    return refuse(
      'image-big-endian',
      "flag bit 0 of the Image's header says big-endian; the harts are little-endian",
      'build the kernel little-endian',
    ).error;
  }
  return null;
}

function sizeFault(view: DataView): Refusal | null {
  const imageSize = view.getBigUint64(HEADER.IMAGE_SIZE, true);
  if (imageSize === 0n) {
    return refuse(
      'image-size-missing',
      "image_size in the Image's header is 0; without it nobody knows how much memory the kernel needs",
      'build the Image with image_size filled in: Linux does, and it is mandatory',
    ).error;
  }
  const excess = BigInt(view.byteLength) - imageSize;
  if (excess > 0n) {
    return refuse(
      'image-size-too-small',
      `the file has ${byteCount(view.byteLength)}, ${byteCount(excess)} more than image_size ${imageSize} in its header`,
      'image_size counts the whole file and the bss: build or copy the Image anew, with nothing appended',
    ).error;
  }
  return null;
}

function offsetFault(view: DataView): Refusal | null {
  const textOffset = view.getBigUint64(HEADER.TEXT_OFFSET, true);
  if (textOffset % 2n === 0n) return null;
  return refuse(
    'image-offset-odd',
    `text_offset ${hex(textOffset)} in the Image's header is odd; its first instruction would be 1 byte off`,
    'the header is damaged: build or copy the Image anew',
  ).error;
}

function placeFault(view: DataView, region: Region): Refusal | null {
  const textOffset = view.getBigUint64(HEADER.TEXT_OFFSET, true);
  const imageSize = view.getBigUint64(HEADER.IMAGE_SIZE, true);
  const above = region.base % BASE_ALIGNMENT;
  if (above !== 0) {
    return refuse(
      'image-base-alignment',
      `the kernel's memory begins at ${hex(region.base)}, ${byteCount(above)} above a multiple of 2 MiB; ` +
        'an Image is placed relative to such a multiple',
      'give the instance memory that begins at a multiple of 2 MiB',
    ).error;
  }
  const odd = offsetFault(view);
  if (odd !== null) return odd;
  const size = BigInt(region.size);
  if (textOffset >= size) {
    return refuse(
      'image-offset-outside',
      `text_offset ${hex(textOffset)} in the Image's header lies ${byteCount(textOffset - size)} beyond the end ` +
        `of the kernel's memory (${regionText(region)})`,
      `the kernel needs ${byteCount(textOffset + imageSize)} of memory: give the instance more`,
    ).error;
  }
  const excess = textOffset + imageSize - size;
  if (excess > 0n) {
    return refuse(
      'image-too-large',
      `the Image needs ${byteCount(imageSize)} from offset ${hex(textOffset)}, ${byteCount(excess)} more than ` +
        `the kernel's memory (${regionText(region)}) has room for`,
      `give the instance at least ${byteCount(excess)} more memory`,
    ).error;
  }
  return null;
}
