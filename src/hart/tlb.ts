/**
 * The hart's side of the soft TLB and the fetch TLB (interpreter-abi.ts has their form): fills and flushes. Which tables
 * hold anything is remembered, so that a flush of an empty TLB costs nothing.
 */
import { HART } from '../protocol/layout.ts';
import { CONTEXT_M, type HartState } from './hart-state.ts';
import {
  FETCH_ENTRIES,
  FETCH_TABLE_SIZE,
  TLB_ENTRIES,
  TLB_ENTRY_SIZE,
  TLB_TABLE_SIZE,
  tlbTable,
} from './interpreter-abi.ts';

const CONTEXTS = 4;
/** Offset of the host address in a soft TLB entry. */
const ENTRY_HOST = 8;
/** An empty table: copying it is several times faster than `fill` on shared memory. */
const EMPTY_TABLE = new Uint8Array(TLB_TABLE_SIZE).fill(0xff);
const EMPTY_FETCH_TABLE = EMPTY_TABLE.slice(0, FETCH_TABLE_SIZE);
/**
 * The empty tag, all ones, would be a hit for the last page of the address space in the entry of that page; there the
 * empty tag is 0, which belongs to another entry. (The fetch TLB compares whole tags and has no such page.)
 */
const LAST_ENTRY = TLB_TABLE_SIZE - TLB_ENTRY_SIZE;
EMPTY_TABLE.fill(0, LAST_ENTRY, LAST_ENTRY + ENTRY_HOST);
const emptyTag = (entryOffset: number): number => (entryOffset === LAST_ENTRY ? 0 : -1);

/** Pages (va >> 12, unsigned) that superpages may have filled: [from, to). */
interface Cover {
  from: number;
  to: number;
}

export class Tlb {
  private readonly state: HartState;
  /** Tables with entries: [context × 2 + kind] and [context]. */
  private readonly dataFilled = new Uint8Array(CONTEXTS * 2);
  private readonly fetchFilled = new Uint8Array(CONTEXTS);
  /**
   * A superpage is held as many entries of 4 KiB, and an SFENCE.VMA of any address in it must drop them all. Two covers,
   * for the lower and the upper half of the address space, because kernels map themselves with superpages and
   * programs seldom.
   */
  private readonly covers: readonly [Cover, Cover] = [
    { from: Infinity, to: 0 },
    { from: Infinity, to: 0 },
  ];

  constructor(state: HartState) {
    this.state = state;
    this.dataFilled.fill(1);
    this.fetchFilled.fill(1);
    this.flushAll();
  }

  fill(context: number, kind: 0 | 1, vaLow: number, vaHigh: number, hostPage: number): void {
    const table = tlbTable(0, HART.TLB, context, kind);
    const entry = table + ((vaLow >>> 12) & (TLB_ENTRIES - 1)) * TLB_ENTRY_SIZE;
    this.state.set(entry, vaLow & ~0xfff, vaHigh);
    this.state.setWord(entry + ENTRY_HOST, hostPage);
    this.dataFilled[context * 2 + kind] = 1;
  }

  /** The interpreter is about to fill an entry of this fetch table. */
  fetchFills(context: number): void {
    this.fetchFilled[context] = 1;
  }

  /** A translation through a superpage of `pages` 4 KiB pages around this address is about to be held. */
  coverSuperpage(vaLow: number, vaHigh: number, pages: number): void {
    const cover = this.covers[vaHigh < 0 ? 1 : 0];
    const page = pageNumber(vaLow, vaHigh);
    const from = page - (page % pages);
    cover.from = Math.min(cover.from, from);
    cover.to = Math.max(cover.to, from + pages);
  }

  /** Everything: PMP or ownership changed, or a fence from outside. */
  flushAll(): void {
    this.flushFrom(CONTEXT_M);
  }

  /** What came from page tables: satp or page tables changed. M-mode's entries stay. */
  flushTranslations(): void {
    this.flushFrom(CONTEXT_M + 1);
  }

  private flushFrom(first: number): void {
    for (let context = first; context < CONTEXTS; context++) {
      this.flushTable(context, 0);
      this.flushTable(context, 1);
      if (this.fetchFilled[context] === 0) continue;
      this.fetchFilled[context] = 0;
      const table = this.state.block + HART.FETCH_TLB + context * FETCH_TABLE_SIZE;
      this.state.bytes.set(EMPTY_FETCH_TABLE, table);
    }
    for (const cover of this.covers) {
      cover.from = Infinity;
      cover.to = 0;
    }
  }

  /** Loads alone: mstatus.MXR was taken back. */
  flushLoads(): void {
    for (let context = CONTEXT_M + 1; context < CONTEXTS; context++) this.flushTable(context, 0);
  }

  /** SFENCE.VMA of one address. */
  flushPage(vaLow: number, vaHigh: number): void {
    const cover = this.covers[vaHigh < 0 ? 1 : 0];
    const page = pageNumber(vaLow, vaHigh);
    if (page >= cover.from && page < cover.to) {
      this.flushTranslations();
      return;
    }
    const data = ((vaLow >>> 12) & (TLB_ENTRIES - 1)) * TLB_ENTRY_SIZE;
    const fetch = ((vaLow >>> 12) & (FETCH_ENTRIES - 1)) * TLB_ENTRY_SIZE;
    const tag = emptyTag(data);
    for (let context = CONTEXT_M + 1; context < CONTEXTS; context++) {
      this.state.set(tlbTable(0, HART.TLB, context, 0) + data, tag, tag);
      this.state.set(tlbTable(0, HART.TLB, context, 1) + data, tag, tag);
      this.state.set(HART.FETCH_TLB + context * FETCH_TABLE_SIZE + fetch, -1, -1);
    }
  }

  private flushTable(context: number, kind: 0 | 1): void {
    if (this.dataFilled[context * 2 + kind] === 0) return;
    this.dataFilled[context * 2 + kind] = 0;
    const table = tlbTable(this.state.block, HART.TLB, context, kind);
    this.state.bytes.set(EMPTY_TABLE, table);
  }
}

/** va >> 12 as an exact unsigned integer (52 bits). */
const pageNumber = (vaLow: number, vaHigh: number): number => (vaHigh >>> 0) * 0x10_0000 + (vaLow >>> 12);
