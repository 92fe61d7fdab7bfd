/**
 * ELF64 kernels (System V ABI, chapters 4 and 5; RISC-V ELF psABI): statically linked RISC-V executables whose PT_LOAD
 * segments are placed at their physical addresses.
 */
import { physAddr } from '../../base/brand.ts';
import { ok, refuse, type Refusal, type Result } from '../../base/result.ts';
import type { ImageDescription } from '../../protocol/image-report.ts';
import { byteCount, hex, regionText, type LoadPlan, type LoadSegment, type Region } from './load-plan.ts';

const MAGIC = [0x7f, 0x45, 0x4c, 0x46] as const;

/** Elf64_Ehdr. */
const HEADER_SIZE = 64;
const HEADER = {
  CLASS: 4,
  DATA: 5,
  TYPE: 16,
  MACHINE: 18,
  VERSION: 20,
  ENTRY: 24,
  PHOFF: 32,
  PHENTSIZE: 54,
  PHNUM: 56,
} as const;

const CLASS_64 = 2;
const DATA_LITTLE = 1;
const MACHINE_RISCV = 243;
const VERSION_CURRENT = 1;
const TYPE_EXEC = 2;
const TYPE_DYN = 3;
const TYPE_NAMES: readonly string[] = ['NONE', 'REL', 'EXEC', 'DYN', 'CORE'];
/** e_phnum when the count did not fit and stands in a section header. */
const PN_XNUM = 0xffff;

/** Elf64_Phdr. */
const PROGRAM_SIZE = 56;
const PROGRAM = { TYPE: 0, OFFSET: 8, VADDR: 16, PADDR: 24, FILESZ: 32, MEMSZ: 40 } as const;
const PT_LOAD = 1;

const ADDRESS_SPACE = 1n << 64n;

/** A PT_LOAD program header as it stands in the file. */
interface ProgramHeader {
  /** Its place in the table, for messages. */
  readonly index: number;
  readonly offset: bigint;
  readonly vaddr: bigint;
  readonly paddr: bigint;
  readonly filesz: bigint;
  readonly memsz: bigint;
}

/** Whether the file begins with the ELF magic number. */
export const looksLikeElf = (file: Uint8Array): boolean => MAGIC.every((byte, at) => file[at] === byte);

/** Places the PT_LOAD segments of an ELF that was linked for this region. The file must pass `looksLikeElf`. */
export function planElf(file: Uint8Array, region: Region): Result<LoadPlan> {
  const read = readElf(file, region);
  if (!read.ok) return read;
  const { headers, entry } = read.value;
  return ok({
    kind: 'elf',
    segments: headers.map((header) => segmentOf(file, header)),
    entry: physAddr(Number(entry)),
  });
}

/** What the ELF says, for whatever memory it was linked. The file must pass `looksLikeElf`. */
export function describeElf(file: Uint8Array): Result<ImageDescription> {
  const read = readElf(file, null);
  if (!read.ok) return read;
  const { headers, entry } = read.value;
  return ok({
    format: 'elf',
    bytes: file.length,
    movable: false,
    entry: hex(entry),
    segments: headers.map(({ paddr, filesz, memsz }) => ({
      address: hex(paddr),
      fileSize: Number(filesz),
      memorySize: hex(memsz),
    })),
  });
}

/** The segments to load, ascending by address, and the physical entry. `region`: where they must lie; null: anywhere. */
function readElf(
  file: Uint8Array,
  region: Region | null,
): Result<{ readonly headers: readonly ProgramHeader[]; readonly entry: bigint }> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const fault = headerFault(view) ?? tableFault(view);
  if (fault !== null) return { ok: false, error: fault };

  const headers = loadHeaders(view);
  if (headers.length === 0) {
    return refuse(
      'elf-no-segments',
      `the ELF has nothing to load: no PT_LOAD with memory among its program headers (${view.getUint16(HEADER.PHNUM, true)})`,
      'use the linked kernel, not an object file or separate debug information',
    );
  }
  for (const header of headers) {
    const wrong =
      fileFault(header, view.byteLength) ?? wrapFault(header) ?? (region && placeFault(header, region));
    if (wrong !== null) return { ok: false, error: wrong };
  }
  headers.sort((one, other) => (one.paddr < other.paddr ? -1 : 1));
  const overlap = overlapFault(headers);
  if (overlap !== null) return { ok: false, error: overlap };

  const entry = entryOf(view.getBigUint64(HEADER.ENTRY, true), headers);
  return entry.ok ? ok({ headers, entry: entry.value }) : entry;
}

/** Rules of the identification and of the kind of file. */
function headerFault(view: DataView): Refusal | null {
  if (view.byteLength < HEADER_SIZE) {
    return refuse(
      'elf-header-truncated',
      `the ELF has ${byteCount(view.byteLength)}, ${byteCount(HEADER_SIZE - view.byteLength)} less than its header`,
      'the file was cut off: build or copy it anew',
    ).error;
  }
  const elfClass = view.getUint8(HEADER.CLASS);
  if (elfClass !== CLASS_64) {
    const what = elfClass === 1 ? '1 (32-bit)' : `${elfClass}`;
    return refuse(
      'elf-class',
      `the ELF has class ${what}, not 2 (64-bit); the harts are RV64`,
      'build the kernel for RV64',
    ).error;
  }
  const data = view.getUint8(HEADER.DATA);
  if (data !== DATA_LITTLE) {
    const what = data === 2 ? '2 (big-endian)' : `${data}`;
    return refuse(
      'elf-byte-order',
      `the ELF has data encoding ${what}, not 1 (little-endian); the harts are little-endian`,
      'build the kernel little-endian',
    ).error;
  }
  const machine = view.getUint16(HEADER.MACHINE, true);
  if (machine !== MACHINE_RISCV) {
    return refuse(
      'elf-machine',
      `the ELF is for machine ${machine}, not ${MACHINE_RISCV} (RISC-V)`,
      'build the kernel for RV64',
    ).error;
  }
  const version = view.getUint32(HEADER.VERSION, true);
  if (version !== VERSION_CURRENT) {
    return refuse(
      'elf-version',
      `the ELF has version ${version}, not ${VERSION_CURRENT}`,
      'the header is damaged: build or copy the file anew',
    ).error;
  }
  return typeFault(view.getUint16(HEADER.TYPE, true));
}

function typeFault(type: number): Refusal | null {
  if (type === TYPE_EXEC) return null;
  if (type === TYPE_DYN) {
    return refuse(
      'elf-relocatable',
      'the ELF has type 3 (DYN): it wants its relocations applied by a loader, which a kernel has not got',
      'link it at a fixed address (-no-pie), or use the Image or .bin file of the same build',
    ).error;
  }
  const name = TYPE_NAMES[type];
  return refuse(
    'elf-type',
    `the ELF has type ${type}${name === undefined ? '' : ` (${name})`}, not ${TYPE_EXEC} (EXEC)`,
    'use the linked kernel',
  ).error;
}

/** Rules of the program header table as a whole. */
function tableFault(view: DataView): Refusal | null {
  const count = view.getUint16(HEADER.PHNUM, true);
  // A file without program headers may leave the other fields of the table zero.
  if (count === 0) return null;
  if (count === PN_XNUM) {
    return refuse(
      'elf-header-count',
      `the ELF has ${PN_XNUM} program headers or more; at most ${PN_XNUM - 1} are understood`,
      'link the kernel with fewer segments',
    ).error;
  }
  const entrySize = view.getUint16(HEADER.PHENTSIZE, true);
  if (entrySize !== PROGRAM_SIZE) {
    return refuse(
      'elf-program-header-size',
      `the ELF's program headers have ${byteCount(entrySize)} each, not ${PROGRAM_SIZE}`,
      'the header is damaged: build or copy the file anew',
    ).error;
  }
  const start = view.getBigUint64(HEADER.PHOFF, true);
  const excess = start + BigInt(count * PROGRAM_SIZE) - BigInt(view.byteLength);
  if (excess > 0n) {
    return refuse(
      'elf-program-headers-outside',
      `the ELF's program headers (${count} from offset ${hex(start)}) end ${byteCount(excess)} beyond the file's ` +
        byteCount(view.byteLength),
      'the file was cut off or is damaged: build or copy it anew',
    ).error;
  }
  return null;
}

/** The PT_LOAD headers that claim memory or bring bytes, in the order of the table. */
function loadHeaders(view: DataView): ProgramHeader[] {
  const headers: ProgramHeader[] = [];
  const count = view.getUint16(HEADER.PHNUM, true);
  const start = Number(view.getBigUint64(HEADER.PHOFF, true));
  for (let index = 0; index < count; index += 1) {
    const at = start + index * PROGRAM_SIZE;
    if (view.getUint32(at + PROGRAM.TYPE, true) !== PT_LOAD) continue;
    const field = (offset: number): bigint => view.getBigUint64(at + offset, true);
    const header: ProgramHeader = {
      index,
      offset: field(PROGRAM.OFFSET),
      vaddr: field(PROGRAM.VADDR),
      paddr: field(PROGRAM.PADDR),
      filesz: field(PROGRAM.FILESZ),
      memsz: field(PROGRAM.MEMSZ),
    };
    if (header.memsz !== 0n || header.filesz !== 0n) headers.push(header);
  }
  return headers;
}

/** Rules of one segment and the file. */
function fileFault({ index, offset, filesz, memsz }: ProgramHeader, fileSize: number): Refusal | null {
  if (filesz > memsz) {
    return refuse(
      'elf-segment-file-size',
      `segment ${index} of the ELF brings ${byteCount(filesz)}, ${byteCount(filesz - memsz)} more than its ` +
        `memory size ${memsz}`,
      'the program header is damaged: build or copy the file anew',
    ).error;
  }
  const excess = offset + filesz - BigInt(fileSize);
  if (filesz !== 0n && excess > 0n) {
    return refuse(
      'elf-segment-outside-file',
      `segment ${index} of the ELF (${byteCount(filesz)} from offset ${hex(offset)}) ends ${byteCount(excess)} ` +
        `beyond the file's ${byteCount(fileSize)}`,
      'the file was cut off or is damaged: build or copy it anew',
    ).error;
  }
  return null;
}

const claimOf = ({ index, paddr, memsz }: ProgramHeader): string =>
  `segment ${index} of the ELF (${byteCount(memsz)} at ${hex(paddr)})`;

function wrapFault(header: ProgramHeader): Refusal | null {
  const end = header.paddr + header.memsz;
  if (end <= ADDRESS_SPACE) return null;
  return refuse(
    'elf-segment-wraps',
    `${claimOf(header)} ends ${byteCount(end - ADDRESS_SPACE)} beyond the last 64-bit address`,
    'the program header is damaged: build or copy the file anew',
  ).error;
}

/** Rules of one segment and the kernel's memory. */
function placeFault(header: ProgramHeader, region: Region): Refusal | null {
  const what = claimOf(header);
  const { paddr } = header;
  const end = paddr + header.memsz;
  const base = BigInt(region.base);
  const linkHint = `link the kernel for ${regionText(region)}, give the instance memory where the kernel was linked, or use an Image: it runs at any base`;
  if (paddr < base) {
    return refuse(
      'elf-segment-below-memory',
      `${what} begins ${byteCount(base - paddr)} below the kernel's memory (${regionText(region)})`,
      linkHint,
    ).error;
  }
  const excess = end - (base + BigInt(region.size));
  if (excess > 0n) {
    return refuse(
      'elf-segment-above-memory',
      `${what} ends ${byteCount(excess)} above the kernel's memory (${regionText(region)})`,
      linkHint,
    ).error;
  }
  return null;
}

/** `headers` ascend by address, so an overlap shows between neighbours. */
function overlapFault(headers: readonly ProgramHeader[]): Refusal | null {
  for (const [at, header] of headers.entries()) {
    const next = headers[at + 1];
    if (next === undefined) break;
    const shared = header.paddr + header.memsz - next.paddr;
    if (shared <= 0n) continue;
    return refuse(
      'elf-segments-overlap',
      `segment ${header.index} of the ELF reaches ${byteCount(shared)} into segment ${next.index} at ${hex(next.paddr)}`,
      'give each segment its own physical addresses in the linker script',
    ).error;
  }
  return null;
}

/**
 * The physical address of `e_entry`. That is a virtual address (System V ABI, chapter 4), but harts start untranslated,
 * and some linker scripts of kernels give the physical address instead.
 */
function entryOf(entry: bigint, headers: readonly ProgramHeader[]): Result<bigint> {
  if (entry % 2n !== 0n) {
    return refuse(
      'elf-entry-odd',
      `the ELF's entry ${hex(entry)} is odd; instructions begin at even addresses`,
      'the header is damaged: build or copy the file anew',
    );
  }
  const inside = (start: bigint, size: bigint): boolean => entry >= start && entry < start + size;
  const byVirtual = headers.find(({ vaddr, memsz }) => inside(vaddr, memsz));
  if (byVirtual !== undefined) {
    const physical = byVirtual.paddr + (entry - byVirtual.vaddr);
    // An odd distance between the two addresses of the segment would make an even entry odd.
    if (physical % 2n === 0n) return ok(physical);
    return refuse(
      'elf-entry-odd',
      `the ELF's entry ${hex(entry)} lies at the odd physical address ${hex(physical)}`,
      'give the segment physical and virtual addresses that differ by whole pages in the linker script',
    );
  }
  if (headers.some(({ paddr, memsz }) => inside(paddr, memsz))) return ok(entry);
  const distances = headers.flatMap(({ vaddr, paddr, memsz }) =>
    [vaddr, paddr].map((start) => (entry < start ? start - entry : entry - (start + memsz - 1n))),
  );
  const nearest = distances.reduce((least, distance) => (distance < least ? distance : least));
  return refuse(
    'elf-entry-outside',
    `the ELF's entry ${hex(entry)} lies in none of its segments; the nearest is ${byteCount(nearest)} away`,
    'name the entry symbol in the linker script: ENTRY(_start)',
  );
}

function segmentOf(file: Uint8Array, { offset, paddr, filesz, memsz }: ProgramHeader): LoadSegment {
  // The offset of a segment without bytes may lie anywhere.
  const start = filesz === 0n ? 0 : Number(offset);
  return {
    address: physAddr(Number(paddr)),
    bytes: file.subarray(start, start + Number(filesz)),
    memorySize: Number(memsz),
  };
}
