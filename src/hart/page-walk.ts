/**
 * Page-table walk: Sv39 and Sv48 with A and D (privileged spec, "Sv39: Page-Based 39-bit Virtual-Memory System",
 * Svadu, Svade). Each access to a page-table entry passes PMP (as S-mode) and the gate.
 */
import { RAM_BASE, RAM_HOST } from '../protocol/layout.ts';
import type { HartEnvironment } from './environment.ts';
import { type HartState, MACHINE, SLOT, SUPERVISOR } from './hart-state.ts';
import { ACCESS, type AccessKind } from './interpreter-abi.ts';
import { type Pmp, PMP_READ, PMP_WRITE } from './pmp.ts';
import { isWrite, permits, PTE, PTE_PPN_HIGH, PTE_RESERVED_HIGH, PTE_SIZE } from './pte.ts';
import type { Tlb } from './tlb.ts';

/** satp.MODE as the top four bits of the high half. */
export const SATP_SV39 = 8;
export const SATP_SV48 = 9;

const TWO_32 = 0x1_0000_0000;

/** Outcome of a walk. */
export const WALK_OK = 0;
export const WALK_PAGE_FAULT = 1;
const WALK_ACCESS_FAULT = 2;

export class PageWalker {
  /** Guest-physical address of the page, after WALK_OK. Exact: a multiple of 4096 below 2^64. */
  page = 0;

  private readonly state: HartState;
  private readonly env: HartEnvironment;
  private readonly pmp: Pmp;
  private readonly tlb: Tlb;
  private readonly ramEnd: number;

  constructor(state: HartState, env: HartEnvironment, pmp: Pmp, tlb: Tlb) {
    this.state = state;
    this.env = env;
    this.pmp = pmp;
    this.tlb = tlb;
    this.ramEnd = RAM_BASE + env.ramSize;
  }

  /** Translates the page of a virtual address for an access of `kind` by `privilege`. Sets A and D where it may. */
  translate(vaLow: number, vaHigh: number, kind: AccessKind, privilege: number): number {
    const mode = privilege === MACHINE ? 0 : this.state.high(SLOT.SATP) >>> 28;
    if (mode === 0) {
      this.page = (vaHigh >>> 0) * TWO_32 + ((vaLow & ~0xfff) >>> 0);
      return WALK_OK;
    }
    // The bits above the translated ones must all equal the highest of those.
    const sign = mode === SATP_SV39 ? vaHigh >> 6 : vaHigh >> 15;
    if (sign !== 0 && sign !== -1) return WALK_PAGE_FAULT;
    return this.walk(vaLow, vaHigh, kind, privilege, mode === SATP_SV39 ? 2 : 3);
  }

  private walk(vaLow: number, vaHigh: number, kind: AccessKind, privilege: number, top: number): number {
    let table = this.state.low(SLOT.SATP) >>> 0;
    table = (table + (this.state.high(SLOT.SATP) & 0xfff) * TWO_32) * 4096;
    for (let level = top; ; level--) {
      const address = table + virtualPageNumber(vaLow, vaHigh, level) * PTE_SIZE;
      if (!this.mayAccess(address, PMP_READ, ACCESS.LOAD)) return WALK_ACCESS_FAULT;
      const index = (RAM_HOST + (address - RAM_BASE)) / 4;
      // An entry for RAM has its high half 0, and then one load of the low half is all of it. Only where it is not can
      // another hart's change of the entry come between the two loads.
      let low = this.state.words[index] ?? 0;
      let high = this.state.words[index + 1] ?? 0;
      if (high !== 0) {
        const whole = Atomics.load(this.state.longs, index / 2);
        low = Number(BigInt.asIntN(32, whole));
        high = Number(whole >> 32n);
      }
      if ((low & PTE.V) === 0 || (low & (PTE.R | PTE.W)) === PTE.W) return WALK_PAGE_FAULT;
      if ((high & PTE_RESERVED_HIGH) !== 0) return WALK_PAGE_FAULT;
      const ppn = (low >>> 10) + (high & PTE_PPN_HIGH) * 0x40_0000;
      if ((low & (PTE.R | PTE.X)) === 0) {
        if (level === 0 || (low & (PTE.A | PTE.D | PTE.U)) !== 0) return WALK_PAGE_FAULT;
        table = ppn * 4096;
        continue;
      }

      const pages = 1 << (9 * level);
      if (!permits(this.state.mstatus, low, kind, privilege) || ppn % pages !== 0) return WALK_PAGE_FAULT;
      const needed = isWrite(kind) ? PTE.A | PTE.D : PTE.A;
      if ((low & needed) !== needed) {
        if (!this.state.hardwareAccessBits()) return WALK_PAGE_FAULT;
        if (!this.mayAccess(address, PMP_WRITE, ACCESS.STORE)) return WALK_ACCESS_FAULT;
        if (!this.mark(index, low, high, needed)) return this.walk(vaLow, vaHigh, kind, privilege, top);
      }
      if (level > 0) this.tlb.coverSuperpage(vaLow, vaHigh, pages);
      this.page = (ppn + (((vaLow >>> 12) | (vaHigh << 20)) & (pages - 1))) * 4096;
      return WALK_OK;
    }
  }

  /** May the walk read or write this entry? Reports what the gate refuses. */
  private mayAccess(address: number, need: number, kind: AccessKind): boolean {
    if (address < RAM_BASE || address >= this.ramEnd) return false;
    if (!this.pmp.allows(address, PTE_SIZE, SUPERVISOR, need)) return false;
    if (this.env.grant(address, PTE_SIZE, kind)) return true;
    this.env.refused(address, kind);
    return false;
  }

  /** Sets bits of an entry unless it has changed since it was read: false, then walk again. */
  private mark(index: number, low: number, high: number, bits: number): boolean {
    const expected = (BigInt(high) << 32n) | BigInt(low >>> 0);
    const replacement = (BigInt(high) << 32n) | BigInt((low | bits) >>> 0);
    return Atomics.compareExchange(this.state.longs, index / 2, expected, replacement) === expected;
  }
}

/** The nine bits of the virtual address that select an entry at `level` (0 is the last). */
function virtualPageNumber(vaLow: number, vaHigh: number, level: number): number {
  switch (level) {
    case 0:
      return (vaLow >>> 12) & 0x1ff;
    case 1:
      return (vaLow >>> 21) & 0x1ff;
    case 2:
      return ((vaLow >>> 30) | (vaHigh << 2)) & 0x1ff;
    default:
      return (vaHigh >>> 7) & 0x1ff;
  }
}
