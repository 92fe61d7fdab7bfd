/** For tests of loaders: makes Images and ELFs, right ones unless told otherwise, and loads them into real memory. */
import { RAM_BASE, RAM_HOST } from '../../protocol/layout.ts';
import type { Region } from './load-plan.ts';
import { applyLoad, planLoad, type LoadOptions } from './load.ts';

/** The second 2 MiB of RAM hold it, so that there is memory below that must stay as it is. */
export const REGION: Region = { base: RAM_BASE + 0x20_0000, size: 0x1_0000 };
export const REGION_END = BigInt(REGION.base + REGION.size);

/** What memory holds before a load, and no made file holds; a load that is refused must leave it everywhere. */
const UNTOUCHED = 0xff;
const RAM = 0x40_0000;

/** `count` bytes, 1 … 251 in turn. */
export const code = (count: number): Uint8Array =>
  Uint8Array.from({ length: count }, (_, at) => (at % 251) + 1);

interface ImageFields {
  textOffset?: bigint;
  imageSize?: bigint;
  flags?: bigint;
  version?: number;
  magic?: bigint;
  magic2?: number;
}

/** An Image of `length` bytes. */
export function makeImage(fields: ImageFields = {}, length = 256): Uint8Array {
  const file = code(length);
  const view = new DataView(file.buffer);
  view.setBigUint64(8, fields.textOffset ?? 0n, true);
  view.setBigUint64(16, fields.imageSize ?? 0x2000n, true);
  view.setBigUint64(24, fields.flags ?? 0n, true);
  view.setUint32(32, fields.version ?? 2, true);
  view.setBigUint64(48, fields.magic ?? 0x56_4353_4952n, true);
  view.setUint32(56, fields.magic2 ?? 0x0543_5352, true);
  return file;
}

interface ElfSegment {
  type?: number;
  offset?: bigint;
  vaddr?: bigint;
  /** As `vaddr` unless told. */
  paddr?: bigint;
  filesz?: bigint;
  memsz?: bigint;
}

interface ElfFields {
  class?: number;
  data?: number;
  type?: number;
  machine?: number;
  version?: number;
  entry?: bigint;
  phoff?: bigint;
  phentsize?: number;
  phnum?: number;
  segments?: readonly ElfSegment[];
}

/** Where the code of a made ELF begins in the file; at most 16 program headers lie before it. */
export const ELF_CODE = 0x400;

/** An ELF of `length` bytes: one segment of 256 bytes at the base of REGION, claiming 4096, entered at its start. */
export function makeElf(fields: ElfFields = {}, length = 0x800): Uint8Array {
  const file = code(Math.max(length, ELF_CODE));
  const view = new DataView(file.buffer);
  const base = BigInt(REGION.base);
  const segments = fields.segments ?? [{}];
  file.fill(0, 0, ELF_CODE);
  file.set([0x7f, 0x45, 0x4c, 0x46, fields.class ?? 2, fields.data ?? 1, 1]);
  view.setUint16(16, fields.type ?? 2, true);
  view.setUint16(18, fields.machine ?? 243, true);
  view.setUint32(20, fields.version ?? 1, true);
  view.setBigUint64(24, fields.entry ?? base, true);
  view.setBigUint64(32, fields.phoff ?? 64n, true);
  view.setUint16(52, 64, true);
  view.setUint16(54, fields.phentsize ?? 56, true);
  view.setUint16(56, fields.phnum ?? segments.length, true);
  segments.forEach((segment, index) => {
    const at = 64 + index * 56;
    const vaddr = segment.vaddr ?? base;
    view.setUint32(at, segment.type ?? 1, true);
    view.setUint32(at + 4, 7, true);
    view.setBigUint64(at + 8, segment.offset ?? BigInt(ELF_CODE), true);
    view.setBigUint64(at + 16, vaddr, true);
    view.setBigUint64(at + 24, segment.paddr ?? vaddr, true);
    view.setBigUint64(at + 32, segment.filesz ?? 256n, true);
    view.setBigUint64(at + 40, segment.memsz ?? 4096n, true);
  });
  return file.slice(0, length);
}

/** A machine's memory with RAM in which each byte written shows. */
export class LoadTarget {
  private readonly memory: WebAssembly.Memory;
  private readonly ram: Uint8Array;

  constructor() {
    const pages = (RAM_HOST + RAM) / 65536;
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    this.ram = new Uint8Array(this.memory.buffer, RAM_HOST, RAM);
    this.ram.fill(UNTOUCHED);
  }

  /** What `load` and `exec` do: plans, and applies what was planned. */
  load(file: Uint8Array, region: Region = REGION, options: LoadOptions = {}): ReturnType<typeof planLoad> {
    const plan = planLoad(file, region, options);
    if (plan.ok) applyLoad(this.memory, plan.value);
    return plan;
  }

  /** Bytes of RAM from a guest-physical address. */
  bytes(address: number, count: number): Uint8Array {
    return this.ram.slice(address - RAM_BASE, address - RAM_BASE + count);
  }

  /** How many bytes of RAM were changed. */
  written(): number {
    let count = 0;
    for (const byte of this.ram) if (byte !== UNTOUCHED) count += 1;
    return count;
  }
}
