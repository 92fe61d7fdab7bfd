/**
 * Decoded pages: what the interpreter runs. Each slot holds the decoded form of one 4 KiB page of host memory, an entry
 * for every halfword, decoded when first reached. Entries do not depend on the virtual address, so a page is decoded
 * once however many ways it is mapped. Slots are a cache: all of HART.DECODED may be cleared while the hart is SAFE.
 *
 * HART.DECODED: control words, then SLOT_COUNT slots; a slot is a header, 2048 entries, and a last entry for "page end".
 * A slot counts only while its epoch is the hart's CODE_EPOCH and its page is the one that the fetch TLB entry names;
 * the interpreter checks both whenever it enters a page. So raising CODE_EPOCH, or emptying the fetch TLB, is all the
 * runtime has to do.
 */
import { HART, PAGE_SIZE } from '../protocol/layout.ts';
import { decode, lengthOf, type Decoded } from '../isa/decode.ts';
import {
  HANDLER_CROSSING,
  HANDLER_PAGE_END,
  HANDLER_UNDECODED,
  handlerNumber,
  pairNumber,
} from './handlers.ts';
import { PRIVATE } from './interpreter-abi.ts';

/** Layout of an entry. Register fields are byte offsets in the hart block. */
export const ENTRY = {
  /** u16 handler: of this instruction, or of this one and the next. */
  HANDLER: 0,
  /** u16: HART.X + 8 × rd, or HART.X_SINK for x0. */
  RD: 2,
  RS1: 4,
  RS2: 6,
  /** i32. A pc-relative distance is in bytes of entries: 8 × the distance in bytes of code. */
  IMM: 8,
  /** u32 instruction word, a 16-bit one zero-extended. */
  RAW: 12,
} as const;
const ENTRY_SIZE = 16;
/** Bytes of entries for one byte of code, as a shift. */
export const ENTRY_SHIFT = 3;
const PAGE_ENTRIES = PAGE_SIZE / 2;

/** Layout of a slot. A slot is named by the address of its header. */
export const SLOT_HEADER = {
  /** u32 host address of the page, 0 = slot unused. */
  PAGE: 0,
  /** u32 CODE_EPOCH at which the entries were cleared. */
  EPOCH: 4,
} as const;
export const SLOT_ENTRIES = 16;
const SLOT_SIZE = SLOT_ENTRIES + (PAGE_ENTRIES + 1) * ENTRY_SIZE;

/** Control words at HART.DECODED. */
const CONTROL = {
  /** u32 index of the slot that is replaced next. */
  NEXT: 0,
  /** An entry for instructions that are not kept. */
  SINGLE: 16,
} as const;
const SLOTS = 64;
const DECODED_SIZE = 3 << 20;
export const SLOT_COUNT = Math.floor((DECODED_SIZE - SLOTS) / SLOT_SIZE);

/** Copying zeros is several times faster than `fill` on shared memory. */
const CLEARED = new Uint8Array(PAGE_ENTRIES * ENTRY_SIZE);

const registerOffset = (register: number): number => HART.X + register * 8;

export class DecodedPages {
  private readonly view: DataView;
  private readonly bytes: Uint8Array;

  constructor(memory: WebAssembly.Memory) {
    this.view = new DataView(memory.buffer);
    this.bytes = new Uint8Array(memory.buffer);
  }

  /** The slot of the page at host address `page` for hart block `h`, cleared when it is new or of an older epoch. */
  acquire(h: number, page: number): number {
    const first = h + HART.DECODED + SLOTS;
    const epoch = this.view.getUint32(h + HART.PRIVATE + PRIVATE.CODE_EPOCH, true);
    for (let i = 0; i < SLOT_COUNT; i++) {
      const slot = first + i * SLOT_SIZE;
      if (this.view.getUint32(slot + SLOT_HEADER.PAGE, true) !== page >>> 0) continue;
      if (this.view.getUint32(slot + SLOT_HEADER.EPOCH, true) !== epoch) this.clear(slot, page, epoch);
      return slot;
    }
    const next = h + HART.DECODED + CONTROL.NEXT;
    const index = this.view.getUint32(next, true) % SLOT_COUNT;
    this.view.setUint32(next, index + 1, true);
    const slot = first + index * SLOT_SIZE;
    this.clear(slot, page, epoch);
    return slot;
  }

  /** Decodes the entry at `ip` and those behind it, up to a jump, the end of the page, or one that is decoded. */
  decodeFrom(h: number, ip: number): void {
    const first = h + HART.DECODED + SLOTS;
    const slot = first + Math.floor((ip - first) / SLOT_SIZE) * SLOT_SIZE;
    const page = this.view.getUint32(slot + SLOT_HEADER.PAGE, true);
    const entries = slot + SLOT_ENTRIES;
    let previous: { readonly entry: number; readonly handler: number } | undefined;
    for (let offset = (ip - entries) >> ENTRY_SHIFT; offset < PAGE_SIZE;) {
      const entry = entries + (offset << ENTRY_SHIFT);
      if (this.view.getUint16(entry + ENTRY.HANDLER, true) !== HANDLER_UNDECODED) return;
      const low = this.view.getUint16(page + offset, true);
      if (lengthOf(low) === 4 && offset + 4 > PAGE_SIZE) {
        this.view.setUint16(entry + ENTRY.HANDLER, HANDLER_CROSSING, true);
        return;
      }
      const word = lengthOf(low) === 4 ? this.view.getUint32(page + offset, true) : low;
      const decoded = decode(word);
      const handler = this.write(entry, decoded, word, offset);
      const pair = previous && pairNumber(previous.handler, handler);
      if (previous && pair !== undefined) this.view.setUint16(previous.entry + ENTRY.HANDLER, pair, true);
      previous = { entry, handler };
      if (endsRun(decoded)) return;
      offset += decoded.length;
    }
  }

  /** Decodes `word` into the hart's entry for instructions that are not kept, and returns its address. */
  decodeSingle(h: number, word: number): number {
    const entry = h + HART.DECODED + CONTROL.SINGLE;
    this.write(entry, decode(word), word, 0);
    return entry;
  }

  /** Fills an entry for an instruction at `offset` in its page, and returns its handler. */
  private write(entry: number, decoded: Decoded, word: number, offset: number): number {
    const { view } = this;
    const { base, rd, rs1, rs2, imm, length } = decoded;
    const relative = base.format.imm?.relative === true;
    const target = offset + imm;
    const near = relative && target >= 0 && target < PAGE_SIZE;
    const handler = handlerNumber(base, length, near);
    view.setUint16(entry + ENTRY.HANDLER, handler, true);
    view.setUint16(entry + ENTRY.RD, rd === 0 ? HART.X_SINK : registerOffset(rd), true);
    view.setUint16(entry + ENTRY.RS1, registerOffset(rs1), true);
    view.setUint16(entry + ENTRY.RS2, registerOffset(rs2), true);
    view.setInt32(entry + ENTRY.IMM, relative ? imm << ENTRY_SHIFT : imm, true);
    view.setUint32(entry + ENTRY.RAW, word, true);
    return handler;
  }

  private clear(slot: number, page: number, epoch: number): void {
    const entries = slot + SLOT_ENTRIES;
    const end = entries + PAGE_ENTRIES * ENTRY_SIZE;
    this.bytes.set(CLEARED, entries);
    this.view.setUint16(end + ENTRY.HANDLER, HANDLER_PAGE_END, true);
    this.view.setUint32(slot + SLOT_HEADER.PAGE, page, true);
    this.view.setUint32(slot + SLOT_HEADER.EPOCH, epoch, true);
  }
}

/** What follows an unconditional jump, or an instruction that is none, need not be code. */
const endsRun = ({ base }: Decoded): boolean =>
  base.mnemonic === 'jal' || base.mnemonic === 'jalr' || base.mnemonic === 'illegal';
