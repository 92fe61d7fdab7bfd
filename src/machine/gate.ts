/**
 * The one gate to memory: every physical access on a guest's behalf is asked for here — TLB fills, page-table reads, A/D
 * writes, fetch, AMO, SBI buffers. A TLB hit needs no question because its fill was one; taking memory away therefore
 * comes with a fence. Enforced mode refuses what per-kernel PMP would refuse; cooperative mode refuses nothing in RAM.
 */
import { ACCESS, type AccessKind } from '../hart/interpreter-abi.ts';
import {
  CHANNEL,
  channelEntry,
  HEADER,
  OWNER_CHANNEL,
  PAGE_OWNER,
  PAGE_SIZE,
  RAM_BASE,
} from '../protocol/layout.ts';

export class Gate {
  private readonly words: Uint32Array;
  private readonly owners: Uint8Array;
  private readonly ramPages: number;

  constructor(memory: WebAssembly.Memory) {
    this.words = new Uint32Array(memory.buffer);
    this.ramPages = this.words[HEADER.RAM_PAGES >> 2] ?? 0;
    this.owners = new Uint8Array(memory.buffer, PAGE_OWNER, this.ramPages);
  }

  /**
   * May `instance` (ID, or null for a hart that nobody owns) make this access? The whole range of `length` ≥ 1 bytes at
   * guest-physical `address` must lie in RAM and be granted.
   */
  grant(instance: number | null, address: number, length: number, kind: AccessKind): boolean {
    if (!this.inRam(address, length)) return false;
    if (Atomics.load(this.words, HEADER.ENFORCED >> 2) === 0) return true;
    if (instance === null) return false;
    const first = Math.floor((address - RAM_BASE) / PAGE_SIZE);
    const last = Math.floor((address + length - 1 - RAM_BASE) / PAGE_SIZE);
    for (let page = first; page <= last; page++) if (!this.owns(instance, page, kind)) return false;
    return true;
  }

  /** Does the whole range of `length` ≥ 1 bytes lie in RAM? */
  inRam(address: number, length: number): boolean {
    const first = Math.floor((address - RAM_BASE) / PAGE_SIZE);
    const last = Math.floor((address + length - 1 - RAM_BASE) / PAGE_SIZE);
    return first >= 0 && last < this.ramPages && last >= first;
  }

  /** `grant` for whoever reads on a kernel's behalf. No bytes are always granted. */
  mayRead(instance: number, address: number, length: number): boolean {
    return length === 0 || this.grant(instance, address, length, ACCESS.LOAD);
  }

  /**
   * The first address of a range of `length` ≥ 1 bytes that `grant` refuses it for: the start, or the start of a page; the
   * end of RAM where it runs out. Only for a range that was refused.
   */
  refusedAt(instance: number | null, address: number, length: number, kind: AccessKind): number {
    const end = Math.min(address + length, RAM_BASE + this.ramPages * PAGE_SIZE);
    let at = address;
    while (at < end && this.grant(instance, at, 1, kind)) at = (Math.floor(at / PAGE_SIZE) + 1) * PAGE_SIZE;
    return at;
  }

  /** Owner byte (PAGE_OWNER) of the page of a guest-physical address; 0 outside RAM. */
  ownerByte(address: number): number {
    const page = Math.floor((address - RAM_BASE) / PAGE_SIZE);
    return page >= 0 && page < this.ramPages ? Atomics.load(this.owners, page) : 0;
  }

  private owns(instance: number, page: number, kind: AccessKind): boolean {
    const owner = Atomics.load(this.owners, page);
    if (owner < OWNER_CHANNEL) return owner === instance + 1;
    // What both ends can write nobody executes.
    if (kind === ACCESS.FETCH) return false;
    const entry = channelEntry(owner - OWNER_CHANNEL) >> 2;
    if (Atomics.load(this.words, entry + (CHANNEL.IN_USE >> 2)) === 0) return false;
    return (
      this.words[entry + (CHANNEL.A >> 2)] === instance || this.words[entry + (CHANNEL.B >> 2)] === instance
    );
  }
}
