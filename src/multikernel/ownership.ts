/**
 * The owner tables in the one memory, HART_OWNER and PAGE_OWNER (protocol/layout.ts). They are the only record of who
 * owns what; the controller alone writes them. Whoever takes something away must fence before it is granted again.
 */
import { assert } from '../base/assert.ts';
import type { InstanceId, PhysAddr } from '../base/brand.ts';
import { HEADER, OWNER_CHANNEL, OWNER_POOL, PAGE_OWNER, PAGE_SIZE, RAM_BASE } from '../protocol/layout.ts';

/** A run of RAM pages, counted from RAM_BASE. */
export interface PageRun {
  readonly page: number;
  readonly pages: number;
}

export const pageAddress = (page: number): PhysAddr => (RAM_BASE + page * PAGE_SIZE) as PhysAddr;
/** RAM page of a page-aligned address; may lie outside RAM. */
export const addressPage = (address: number): number => (address - RAM_BASE) / PAGE_SIZE;

export const instanceOwner = (instance: InstanceId): number => instance + 1;
/** Instance of an owner byte; null: the pool, or a channel. */
export const ownerInstance = (owner: number): number | null =>
  owner === OWNER_POOL || owner >= OWNER_CHANNEL ? null : owner - 1;
export const channelOwner = (channel: number): number => OWNER_CHANNEL + channel;

export class Ownership {
  readonly harts: number;
  readonly ramPages: number;
  readonly #bytes: Uint8Array;

  readonly #pagesChanged: (run: PageRun, owner: number, before: number) => void;

  /** `pagesChanged` hears of each run of pages that went from one owner (byte) to another. */
  constructor(
    buffer: ArrayBufferLike,
    pagesChanged: (run: PageRun, owner: number, before: number) => void = () => undefined,
  ) {
    this.#pagesChanged = pagesChanged;
    this.#bytes = new Uint8Array(buffer);
    const header = new DataView(buffer);
    this.harts = header.getUint32(HEADER.HARTS, true);
    this.ramPages = header.getUint32(HEADER.RAM_PAGES, true);
  }

  /** Instance that owns a hart, or null: it is free. */
  hartOwner(hart: number): InstanceId | null {
    const owner = Atomics.load(this.#bytes, HEADER.HART_OWNER + hart);
    return owner === OWNER_POOL ? null : ((owner - 1) as InstanceId);
  }

  setHartOwner(hart: number, owner: InstanceId | null): void {
    assert(hart >= 0 && hart < this.harts, `hart ${hart} of ${this.harts}`);
    Atomics.store(this.#bytes, HEADER.HART_OWNER + hart, owner === null ? OWNER_POOL : instanceOwner(owner));
  }

  /** Harts of an instance, or the free ones (null), ascending. */
  hartsOf(owner: InstanceId | null): number[] {
    const harts: number[] = [];
    for (let hart = 0; hart < this.harts; hart += 1) if (this.hartOwner(hart) === owner) harts.push(hart);
    return harts;
  }

  /** Gives a run of pages to an owner byte (instanceOwner, channelOwner, OWNER_POOL). */
  setPages(run: PageRun, owner: number): void {
    assert(run.page >= 0 && run.page + run.pages <= this.ramPages, 'pages outside RAM');
    const end = run.page + run.pages;
    for (let page = run.page; page < end;) {
      const first = page;
      const before = this.#bytes[PAGE_OWNER + first] ?? OWNER_POOL;
      for (; page < end && this.#bytes[PAGE_OWNER + page] === before; page += 1)
        Atomics.store(this.#bytes, PAGE_OWNER + page, owner);
      if (before !== owner) this.#pagesChanged({ page: first, pages: page - first }, owner, before);
    }
  }

  /** Free runs of pages, ascending, as long as they can be. */
  freeRuns(): PageRun[] {
    const runs: PageRun[] = [];
    let start = -1;
    for (let page = 0; page <= this.ramPages; page += 1) {
      const free = page < this.ramPages && this.#bytes[PAGE_OWNER + page] === OWNER_POOL;
      if (free && start < 0) start = page;
      if (!free && start >= 0) {
        runs.push({ page: start, pages: page - start });
        start = -1;
      }
    }
    return runs;
  }
}
