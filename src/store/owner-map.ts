/** Who owns which RAM, as runs of pages with the same owner byte, read from the page-owner table (protocol/layout.ts). */
import { HEADER, PAGE_OWNER } from '../protocol/layout.ts';

export interface OwnerRun {
  /** First RAM page, counted from RAM_BASE. */
  readonly page: number;
  readonly pages: number;
  /** Owner byte. */
  readonly owner: number;
}

export class OwnerMap {
  readonly ramPages: number;
  /** Ascending, without gaps. */
  runs: readonly OwnerRun[] = [];
  private readonly owners: Uint8Array;

  constructor(memory: WebAssembly.Memory) {
    this.ramPages = new Uint32Array(memory.buffer, HEADER.RAM_PAGES, 1)[0] ?? 0;
    this.owners = new Uint8Array(memory.buffer, PAGE_OWNER, this.ramPages);
    this.look();
  }

  /** Reads the table again. True: something has changed hands. */
  look(): boolean {
    const runs: OwnerRun[] = [];
    let start = 0;
    let owner = this.owners[0] ?? 0;
    for (let page = 1; page <= this.ramPages; page++) {
      const next = this.owners[page] ?? -1;
      if (next === owner) continue;
      runs.push({ page: start, pages: page - start, owner });
      start = page;
      owner = next;
    }
    const same =
      runs.length === this.runs.length &&
      runs.every((run, at) => run.page === this.runs[at]?.page && run.owner === this.runs[at].owner);
    if (!same) this.runs = runs;
    return !same;
  }
}
