/** Writes a device tree in the flattened format (version 17), which is what a kernel gets in a1. */
import {
  aligned,
  HEADER,
  HEADER_SIZE,
  LAST_COMPATIBLE_VERSION,
  MAGIC,
  RESERVATION_SIZE,
  TOKEN,
  VERSION,
} from './blob-format.ts';
import type { DeviceTreeNode } from './node.ts';

/** The names of properties, each once; an offset into the block stands for the name. */
class StringsBlock {
  readonly #offsets = new Map<string, number>();
  size = 0;

  offsetOf(name: string): number {
    const known = this.#offsets.get(name);
    if (known !== undefined) return known;
    const offset = this.size;
    this.#offsets.set(name, offset);
    this.size += new TextEncoder().encode(name).length + 1;
    return offset;
  }

  bytes(): Uint8Array {
    return new TextEncoder().encode([...this.#offsets.keys()].map((name) => `${name}\0`).join(''));
  }
}

function writeNode(to: number[], names: StringsBlock, node: DeviceTreeNode): void {
  word(to, TOKEN.BEGIN_NODE);
  padded(to, new TextEncoder().encode(`${node.name}\0`));
  for (const { name, value } of node.properties) {
    word(to, TOKEN.PROPERTY);
    word(to, value.length);
    word(to, names.offsetOf(name));
    padded(to, value);
  }
  for (const child of node.children) writeNode(to, names, child);
  word(to, TOKEN.END_NODE);
}

function word(to: number[], value: number): void {
  to.push(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

function padded(to: number[], bytes: Uint8Array): void {
  for (const byte of bytes) to.push(byte);
  while (to.length % 4 !== 0) to.push(0);
}

/** `bootHart`: the hart that the kernel starts on (boot_cpuid_phys). No memory is reserved. */
export function writeBlob(root: DeviceTreeNode, bootHart: number): Uint8Array {
  const structure: number[] = [];
  const names = new StringsBlock();
  writeNode(structure, names, root);
  word(structure, TOKEN.END);

  const structureOffset = HEADER_SIZE + RESERVATION_SIZE;
  const stringsOffset = structureOffset + structure.length;
  const blob = new Uint8Array(aligned(stringsOffset + names.size));
  const view = new DataView(blob.buffer);
  view.setUint32(HEADER.MAGIC, MAGIC);
  view.setUint32(HEADER.TOTAL_SIZE, blob.length);
  view.setUint32(HEADER.STRUCTURE_OFFSET, structureOffset);
  view.setUint32(HEADER.STRINGS_OFFSET, stringsOffset);
  view.setUint32(HEADER.RESERVATIONS_OFFSET, HEADER_SIZE);
  view.setUint32(HEADER.VERSION, VERSION);
  view.setUint32(HEADER.LAST_COMPATIBLE_VERSION, LAST_COMPATIBLE_VERSION);
  view.setUint32(HEADER.BOOT_HART, bootHart);
  view.setUint32(HEADER.STRINGS_SIZE, names.size);
  view.setUint32(HEADER.STRUCTURE_SIZE, structure.length);
  blob.set(structure, structureOffset);
  blob.set(names.bytes(), stringsOffset);
  return blob;
}
