/** Reads a device tree from the flattened format. The blob may come from anywhere: nothing in it is believed. */
import { ok, refuse, type Result } from '../../base/result.ts';
import { aligned, HEADER, HEADER_SIZE, MAGIC, TOKEN, VERSION } from './blob-format.ts';
import type { DeviceTreeNode, DeviceTreeProperty } from './node.ts';

const HINT = 'give a device tree blob as dtc writes it (dtc -O dtb)';
/** Deeper than any real tree; keeps a hostile one from exhausting the stack. */
const MAX_DEPTH = 64;

/** What is wrong with a blob. Thrown and caught in this file alone. */
class Malformed extends Error {
  readonly code: string;
  constructor(code: string, reason: string) {
    super(reason);
    this.code = code;
  }
}

interface Block {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

class BlobReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #strings: Block;
  readonly #structure: Block;
  #at: number;

  constructor(bytes: Uint8Array) {
    if (bytes.length < HEADER_SIZE) {
      throw new Malformed(
        'dtb-too-short',
        `the blob has ${bytes.length} of the ${HEADER_SIZE} bytes of a header`,
      );
    }
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const magic = this.#view.getUint32(HEADER.MAGIC);
    if (magic !== MAGIC) throw new Malformed('dtb-magic', `the blob begins with 0x${magic.toString(16)}`);
    const total = this.#view.getUint32(HEADER.TOTAL_SIZE);
    if (total > bytes.length || total < HEADER_SIZE) {
      throw new Malformed('dtb-truncated', `the header says ${total} bytes, the blob has ${bytes.length}`);
    }
    const version = this.#view.getUint32(HEADER.VERSION);
    const compatible = this.#view.getUint32(HEADER.LAST_COMPATIBLE_VERSION);
    if (version < VERSION || compatible > VERSION) {
      throw new Malformed('dtb-version', `the blob has version ${version}, compatible with ${compatible}`);
    }
    this.#structure = this.#block('structure', HEADER.STRUCTURE_OFFSET, HEADER.STRUCTURE_SIZE, total);
    this.#strings = this.#block('strings', HEADER.STRINGS_OFFSET, HEADER.STRINGS_SIZE, total);
    this.#at = this.#structure.start;
  }

  root(): DeviceTreeNode {
    if (this.#token() !== TOKEN.BEGIN_NODE)
      throw new Malformed('dtb-no-root', 'the structure begins with no node');
    const root = this.#node(0);
    if (this.#token() !== TOKEN.END) throw new Malformed('dtb-no-end', 'something follows the root node');
    return root;
  }

  #block(name: string, offsetAt: number, sizeAt: number, total: number): Block {
    const start = this.#view.getUint32(offsetAt);
    const end = start + this.#view.getUint32(sizeAt);
    if (start < HEADER_SIZE || end > total || (name === 'structure' && start % 4 !== 0)) {
      throw new Malformed('dtb-block', `the ${name} block (${start} … ${end}) is not inside ${total} bytes`);
    }
    return { name, start, end };
  }

  /** After a BEGIN_NODE token. Properties come before children (5.4.2), but who mixes them is understood too. */
  #node(depth: number): DeviceTreeNode {
    if (depth > MAX_DEPTH) throw new Malformed('dtb-depth', `nodes are nested deeper than ${MAX_DEPTH}`);
    const name = this.#string(this.#at, this.#structure);
    this.#skip(this.#lengthOf(this.#at, this.#structure) + 1);
    const properties: DeviceTreeProperty[] = [];
    const children: DeviceTreeNode[] = [];
    for (;;) {
      const token = this.#token();
      if (token === TOKEN.END_NODE) return { name, properties, children };
      if (token === TOKEN.PROPERTY) properties.push(this.#property());
      else if (token === TOKEN.BEGIN_NODE) children.push(this.#node(depth + 1));
      else throw new Malformed('dtb-token', `token ${token} inside node "${name}" at offset ${this.#at - 4}`);
    }
  }

  #property(): DeviceTreeProperty {
    const length = this.#word();
    const name = this.#string(this.#strings.start + this.#word(), this.#strings);
    const value = this.#at;
    this.#skip(length);
    return { name, value: this.#bytes.slice(value, value + length) };
  }

  /** The next token that is not a NOP. */
  #token(): number {
    let token = this.#word();
    while (token === TOKEN.NOP) token = this.#word();
    return token;
  }

  #word(): number {
    const at = this.#at;
    this.#skip(4);
    return this.#view.getUint32(at);
  }

  /** Goes over `length` bytes and their padding, all inside the structure block. */
  #skip(length: number): void {
    const next = this.#at + length;
    if (next > this.#structure.end) {
      throw new Malformed(
        'dtb-overrun',
        `${next - this.#structure.end} bytes beyond the structure block are asked for`,
      );
    }
    this.#at = aligned(next);
  }

  #string(start: number, block: Block): string {
    return new TextDecoder().decode(this.#bytes.subarray(start, start + this.#lengthOf(start, block)));
  }

  #lengthOf(start: number, block: Block): number {
    const end = start < block.end ? this.#bytes.subarray(0, block.end).indexOf(0, start) : -1;
    if (end < 0)
      throw new Malformed(
        'dtb-string',
        `a string at offset ${start} does not end in the ${block.name} block`,
      );
    return end - start;
  }
}

/** The tree in `bytes` (bytes beyond the size that its header states are ignored), or what is wrong with it. */
export function readBlob(bytes: Uint8Array): Result<DeviceTreeNode> {
  try {
    return ok(new BlobReader(bytes).root());
  } catch (problem) {
    if (problem instanceof Malformed) return refuse(problem.code, problem.message, HINT);
    throw problem;
  }
}
