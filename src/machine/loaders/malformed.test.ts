/** Files that no kernel can be: each is refused by its own rule, says by how much, and leaves memory as it was. */
import { describe, expect, it } from 'vitest';
import type { Region } from './load-plan.ts';
import { describeImage, type LoadOptions } from './load.ts';
import { code, LoadTarget, makeElf, makeImage, REGION, REGION_END } from './loaders.testkit.ts';

interface Malformed {
  readonly name: string;
  readonly file: Uint8Array;
  readonly code: string;
  /** Part of the reason: what was wrong and by how much. */
  readonly says: string;
  readonly region?: Region;
  readonly options?: LoadOptions;
}

const base = BigInt(REGION.base);
const size = BigInt(REGION.size);
const HIGHEST = (1n << 64n) - 1n;

const withStart = (...start: number[]): Uint8Array => {
  const file = code(256);
  file.set(start);
  return file;
};

const FILES: readonly Malformed[] = [
  { name: 'nothing', file: new Uint8Array(0), code: 'empty-file', says: '0 bytes' },
  {
    name: 'nothing, named .bin',
    file: new Uint8Array(0),
    options: { flat: true },
    code: 'empty-file',
    says: '0 bytes',
  },
  { name: 'one byte', file: code(1), code: 'too-short', says: '1 byte, 63 bytes less' },
  {
    name: 'an Image cut off in its header',
    file: makeImage({}, 256).slice(0, 60),
    code: 'too-short',
    says: '4 bytes less',
  },
  { name: 'the header short of one byte', file: code(63), code: 'too-short', says: '1 byte less' },
  {
    name: 'text',
    file: new TextEncoder().encode('a letter '.repeat(20)),
    code: 'not-a-kernel',
    says: 'neither',
  },
  { name: 'zeros', file: new Uint8Array(4096), code: 'not-a-kernel', says: 'neither' },
  {
    name: 'neither magic number of an Image',
    file: makeImage({ magic: 0n, magic2: 0 }),
    code: 'not-a-kernel',
    says: 'neither',
  },
  {
    name: 'an Image for ARM64',
    file: makeImage({ magic: 0n, magic2: 0x644d_5241 }),
    code: 'not-a-kernel',
    says: 'neither',
  },
  {
    name: 'a damaged magic number of an ELF',
    file: withStart(0x7f, 0x45, 0x4c, 0x47),
    code: 'not-a-kernel',
    says: 'neither',
  },
  { name: 'gzip', file: withStart(0x1f, 0x8b, 8), code: 'compressed-kernel', says: 'gzip' },
  { name: 'xz', file: withStart(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0), code: 'compressed-kernel', says: 'xz' },
  {
    name: 'zstd, named .bin',
    file: withStart(0x28, 0xb5, 0x2f, 0xfd),
    options: { flat: true },
    code: 'compressed-kernel',
    says: 'zstd',
  },
  {
    name: 'a flat binary 1 byte too large',
    file: code(REGION.size + 1),
    options: { flat: true },
    code: 'flat-too-large',
    says: '65537 bytes, 1 byte more',
  },
];

const IMAGES: readonly Malformed[] = [
  {
    name: 'magic2 damaged',
    file: makeImage({ magic2: 0x0643_5352 }),
    code: 'image-magic2',
    says: '0x6435352 at byte 56',
  },
  { name: 'magic2 absent', file: makeImage({ magic2: 0 }), code: 'image-magic2', says: '0x0 at byte 56' },
  {
    name: 'version 0.1',
    file: makeImage({ version: 1, magic2: 0 }),
    code: 'image-version',
    says: 'version 0.1',
  },
  { name: 'version 0.0', file: makeImage({ version: 0 }), code: 'image-version', says: 'version 0.0' },
  { name: 'version 1.0', file: makeImage({ version: 0x1_0000 }), code: 'image-version', says: 'version 1.0' },
  {
    name: 'version 65535.65535',
    file: makeImage({ version: 0xffff_ffff }),
    code: 'image-version',
    says: 'version 65535.65535',
  },
  { name: 'big-endian', file: makeImage({ flags: 1n }), code: 'image-big-endian', says: 'big-endian' },
  { name: 'image_size 0', file: makeImage({ imageSize: 0n }), code: 'image-size-missing', says: 'is 0' },
  {
    name: 'image_size below the file',
    file: makeImage({ imageSize: 255n }),
    code: 'image-size-too-small',
    says: '1 byte more than image_size 255',
  },
  {
    name: 'image_size beyond memory',
    file: makeImage({ imageSize: size + 1n }),
    code: 'image-too-large',
    says: '65537 bytes from offset 0x0, 1 byte more',
  },
  {
    name: 'the highest image_size',
    file: makeImage({ imageSize: HIGHEST }),
    code: 'image-too-large',
    says: `${HIGHEST - size} bytes more`,
  },
  {
    name: 'text_offset + image_size beyond memory',
    file: makeImage({ textOffset: size - 0x1000n }),
    code: 'image-too-large',
    says: '4096 bytes more',
  },
  {
    name: 'text_offset + image_size beyond 2^64',
    file: makeImage({ textOffset: 2n, imageSize: HIGHEST }),
    code: 'image-too-large',
    says: `${HIGHEST + 2n - size} bytes more`,
  },
  {
    name: 'text_offset at the end of memory',
    file: makeImage({ textOffset: size }),
    code: 'image-offset-outside',
    says: '0 bytes beyond',
  },
  {
    name: 'text_offset of Linux in too small a memory',
    file: makeImage({ textOffset: 0x20_0000n }),
    code: 'image-offset-outside',
    says: `${0x20_0000n - size} bytes beyond`,
  },
  {
    name: 'the highest even text_offset',
    file: makeImage({ textOffset: HIGHEST - 1n }),
    code: 'image-offset-outside',
    says: `${HIGHEST - 1n - size} bytes beyond`,
  },
  { name: 'an odd text_offset', file: makeImage({ textOffset: 1n }), code: 'image-offset-odd', says: '0x1' },
  {
    name: 'memory that begins a page above 2 MiB',
    file: makeImage(),
    region: { base: REGION.base + 0x1000, size: REGION.size },
    code: 'image-base-alignment',
    says: '4096 bytes above a multiple of 2 MiB',
  },
];

const ELF_HEADERS: readonly Malformed[] = [
  {
    name: 'the magic number alone',
    file: makeElf({}, 4),
    code: 'elf-header-truncated',
    says: '4 bytes, 60 bytes less',
  },
  {
    name: 'the header short of one byte',
    file: makeElf({}, 63),
    code: 'elf-header-truncated',
    says: '1 byte less',
  },
  { name: '32-bit', file: makeElf({ class: 1 }), code: 'elf-class', says: '1 (32-bit)' },
  { name: 'no known class', file: makeElf({ class: 9 }), code: 'elf-class', says: 'class 9' },
  { name: 'big-endian', file: makeElf({ data: 2 }), code: 'elf-byte-order', says: '2 (big-endian)' },
  { name: 'no known byte order', file: makeElf({ data: 0 }), code: 'elf-byte-order', says: 'encoding 0' },
  { name: 'for x86-64', file: makeElf({ machine: 62 }), code: 'elf-machine', says: 'machine 62, not 243' },
  { name: 'version 0', file: makeElf({ version: 0 }), code: 'elf-version', says: 'version 0' },
  {
    name: 'a position-independent executable',
    file: makeElf({ type: 3 }),
    code: 'elf-relocatable',
    says: 'DYN',
  },
  { name: 'an object file', file: makeElf({ type: 1 }), code: 'elf-type', says: '1 (REL)' },
  { name: 'a core dump', file: makeElf({ type: 4 }), code: 'elf-type', says: '4 (CORE)' },
  { name: 'no known type', file: makeElf({ type: 0xfe00 }), code: 'elf-type', says: 'type 65024,' },
  {
    name: 'program headers of 32 bytes',
    file: makeElf({ phentsize: 32 }),
    code: 'elf-program-header-size',
    says: '32 bytes each, not 56',
  },
  {
    name: 'program headers of 0 bytes',
    file: makeElf({ phentsize: 0 }),
    code: 'elf-program-header-size',
    says: '0 bytes each',
  },
  {
    name: 'the table cut off',
    file: makeElf({ segments: [{}, {}] }, 64 + 100),
    code: 'elf-program-headers-outside',
    says: '12 bytes beyond',
  },
  {
    name: 'the table at the highest offset',
    file: makeElf({ phoff: HIGHEST }),
    code: 'elf-program-headers-outside',
    says: `${HIGHEST + 56n - 0x800n} bytes beyond`,
  },
  {
    name: 'more headers than the file holds',
    file: makeElf({ phnum: 0xfffe }),
    code: 'elf-program-headers-outside',
    says: 'program headers (65534 from',
  },
  {
    name: 'a count that stands elsewhere',
    file: makeElf({ phnum: 0xffff }),
    code: 'elf-header-count',
    says: '65535 program headers or more',
  },
  {
    name: 'no program headers',
    file: makeElf({ segments: [], phoff: 0n, phentsize: 0 }),
    code: 'elf-no-segments',
    says: 'program headers (0)',
  },
  {
    name: 'no PT_LOAD',
    file: makeElf({ segments: [{ type: 2 }, { type: 6 }] }),
    code: 'elf-no-segments',
    says: 'program headers (2)',
  },
  {
    name: 'nothing but empty segments',
    file: makeElf({ segments: [{ filesz: 0n, memsz: 0n }] }),
    code: 'elf-no-segments',
    says: 'program headers (1)',
  },
];

const ELF_SEGMENTS: readonly Malformed[] = [
  {
    name: 'more bytes than memory',
    file: makeElf({ segments: [{ filesz: 256n, memsz: 255n }] }),
    code: 'elf-segment-file-size',
    says: '256 bytes, 1 byte more than its memory size 255',
  },
  {
    name: 'bytes but no memory',
    file: makeElf({ segments: [{ memsz: 0n }] }),
    code: 'elf-segment-file-size',
    says: '256 bytes more',
  },
  {
    name: 'bytes beyond the file',
    file: makeElf({ segments: [{ offset: 0x701n }] }),
    code: 'elf-segment-outside-file',
    says: '1 byte beyond',
  },
  {
    name: 'bytes at the highest offset',
    file: makeElf({ segments: [{ offset: HIGHEST }] }),
    code: 'elf-segment-outside-file',
    says: `${HIGHEST + 256n - 0x800n} bytes beyond`,
  },
  {
    name: 'the highest sizes',
    file: makeElf({ segments: [{ filesz: HIGHEST, memsz: HIGHEST }] }),
    code: 'elf-segment-outside-file',
    says: `${HIGHEST + 0x400n - 0x800n} bytes beyond`,
  },
  {
    name: 'the end beyond 2^64',
    file: makeElf({ segments: [{ paddr: HIGHEST - 0xfffn, memsz: 0x1001n }] }),
    code: 'elf-segment-wraps',
    says: '1 byte beyond the last',
  },
  {
    name: 'the highest memory size',
    file: makeElf({ segments: [{ memsz: HIGHEST }] }),
    code: 'elf-segment-wraps',
    says: `${base - 1n} bytes beyond the last`,
  },
  {
    name: 'a start 2 bytes below memory',
    file: makeElf({ segments: [{ paddr: base - 2n }] }),
    code: 'elf-segment-below-memory',
    says: '2 bytes below',
  },
  {
    name: 'address 0',
    file: makeElf({ segments: [{ paddr: 0n }] }),
    code: 'elf-segment-below-memory',
    says: `${base} bytes below`,
  },
  {
    name: 'an end 1 byte above memory',
    file: makeElf({ segments: [{ memsz: size + 1n }] }),
    code: 'elf-segment-above-memory',
    says: '1 byte above',
  },
  {
    name: 'a start above memory',
    file: makeElf({ segments: [{ paddr: REGION_END }] }),
    code: 'elf-segment-above-memory',
    says: '4096 bytes above',
  },
  {
    name: 'a virtual address taken for a physical one',
    file: makeElf({ segments: [{ vaddr: 0xffff_ffff_8000_0000n }] }),
    code: 'elf-segment-above-memory',
    says: '0xffffffff80000000',
  },
  {
    name: 'a good segment, then a bad one',
    file: makeElf({ segments: [{}, { vaddr: REGION_END }] }),
    code: 'elf-segment-above-memory',
    says: 'segment 1',
  },
  {
    name: 'segments that share 1 byte',
    file: makeElf({ segments: [{}, { vaddr: base + 4095n }] }),
    code: 'elf-segments-overlap',
    says: 'segment 0 of the ELF reaches 1 byte into segment 1',
  },
  {
    name: 'segments that share memory, higher first',
    file: makeElf({ segments: [{ vaddr: base + 0x800n }, {}] }),
    code: 'elf-segments-overlap',
    says: 'segment 1 of the ELF reaches 2048 bytes into segment 0',
  },
  {
    name: 'one segment twice',
    file: makeElf({ segments: [{}, {}] }),
    code: 'elf-segments-overlap',
    says: '4096 bytes into',
  },
  {
    name: 'one segment within another',
    file: makeElf({ segments: [{ memsz: 0x4000n }, { vaddr: base + 0x1000n, memsz: 0x100n }] }),
    code: 'elf-segments-overlap',
    says: 'into segment 1',
  },
  {
    name: 'an entry below',
    file: makeElf({ entry: base - 2n }),
    code: 'elf-entry-outside',
    says: '2 bytes away',
  },
  {
    name: 'an entry just above',
    file: makeElf({ entry: base + 4096n }),
    code: 'elf-entry-outside',
    says: '1 byte away',
  },
  { name: 'an entry 0', file: makeElf({ entry: 0n }), code: 'elf-entry-outside', says: `${base} bytes away` },
  {
    name: 'an entry between segments',
    file: makeElf({ entry: base + 0x1800n, segments: [{}, { vaddr: base + 0x2000n }] }),
    code: 'elf-entry-outside',
    says: '2048 bytes away',
  },
  { name: 'an odd entry', file: makeElf({ entry: base + 1n }), code: 'elf-entry-odd', says: 'is odd' },
  {
    name: 'an even virtual entry at an odd physical address',
    file: makeElf({ entry: 0x1000n, segments: [{ vaddr: 0x1000n, paddr: base + 1n }] }),
    code: 'elf-entry-odd',
    says: 'odd physical address',
  },
];

describe.each([
  ['file', FILES],
  ['Image', IMAGES],
  ['ELF header', ELF_HEADERS],
  ['ELF segment or entry', ELF_SEGMENTS],
] as const)('malformed %s', (_, cases) => {
  // One memory for all: it must be as new after each.
  const target = new LoadTarget();

  it.each(cases)('$name: $code', ({ file, region, options, code: expected, says }) => {
    const outcome = target.load(file, region, options);
    expect(outcome).toMatchObject({ ok: false, error: { code: expected } });
    if (outcome.ok) return;
    expect(outcome.error.reason).toContain(says);
    expect(outcome.error.hint).not.toBe('');
    expect(target.written()).toBe(0);
  });
});

/** Rules of the memory that a kernel gets, not of its file. */
const OF_MEMORY = [
  'elf-segment-above-memory',
  'elf-segment-below-memory',
  'flat-too-large',
  'image-base-alignment',
  'image-offset-outside',
  'image-too-large',
];

it.each([...FILES, ...IMAGES, ...ELF_HEADERS, ...ELF_SEGMENTS])(
  'described without a memory: $name ($code)',
  ({ file, options, code: expected, says }) => {
    const description = describeImage(file, options);
    if (OF_MEMORY.includes(expected)) {
      // It may break another rule besides, which is told then.
      if (!description.ok) expect(OF_MEMORY).not.toContain(description.error.code);
      return;
    }
    expect(description).toMatchObject({ ok: false, error: { code: expected } });
    if (!description.ok) expect(description.error.reason).toContain(says);
  },
);

/** Every length a download can break off at, through the header and the table. */
it('refuses an ELF cut off anywhere before the end of its last segment', () => {
  const whole = makeElf({}, 0x500);
  const target = new LoadTarget();
  for (let length = 0; length < whole.length; length += 1) {
    expect(target.load(whole.slice(0, length)).ok, `${length} bytes`).toBe(false);
  }
  expect(target.written()).toBe(0);
  expect(target.load(whole).ok).toBe(true);
});
