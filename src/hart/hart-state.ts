/**
 * The state of one hart as words in the one memory: typed views, names for the CSR slots, and the few values that follow
 * from them (effective privilege, TLB contexts). Nothing here is kept in JavaScript: a worker that takes the hart over
 * finds everything in memory.
 *
 * 64-bit values are handled as two 32-bit halves, because BigInt costs an allocation at each step of a page walk.
 */
import { HART, HART_STRIDE, hartBlock } from '../protocol/layout.ts';
import { FETCH_TABLE_SIZE, PRIVATE, tlbTable } from './interpreter-abi.ts';

export const USER = 0;
export const SUPERVISOR = 1;
export const MACHINE = 3;

/** Byte offsets in the hart's block of what CSRs keep (i64 each). CSRs that are constant or computed have no slot. */
const slot = (index: number): number => HART.CSRS + index * 8;
export const SLOT = {
  MSTATUS: slot(0),
  MEDELEG: slot(1),
  MIDELEG: slot(2),
  MIE: slot(3),
  MTVEC: slot(4),
  MCOUNTEREN: slot(5),
  MCOUNTINHIBIT: slot(6),
  MSCRATCH: slot(7),
  MEPC: slot(8),
  MCAUSE: slot(9),
  MTVAL: slot(10),
  MENVCFG: slot(11),
  SENVCFG: slot(12),
  STVEC: slot(13),
  SCOUNTEREN: slot(14),
  SSCRATCH: slot(15),
  SEPC: slot(16),
  SCAUSE: slot(17),
  STVAL: slot(18),
  SATP: slot(19),
  STIMECMP: slot(20),
  /** What mcycle and minstret are ahead of HART.INSTRET; while inhibited, their value itself. */
  MCYCLE: slot(21),
  MINSTRET: slot(22),
  PMPCFG0: slot(23),
  PMPCFG2: slot(24),
  /** The SEIP bit that M-mode writes, kept apart from the PLIC's (privileged spec, mip). */
  SOFT_SEIP: slot(25),
  /** 1 when the hart was started in M-mode: page-table walks set A and D whatever menvcfg.ADUE says, as on virt. */
  STARTED_IN_M: slot(26),
  PMPADDR: slot(32),
} as const;

/** mstatus, low half. */
export const MSTATUS = {
  SIE: 1 << 1,
  MIE: 1 << 3,
  SPIE: 1 << 5,
  MPIE: 1 << 7,
  SPP: 1 << 8,
  MPP: 3 << 11,
  MPRV: 1 << 17,
  SUM: 1 << 18,
  MXR: 1 << 19,
  TVM: 1 << 20,
  TW: 1 << 21,
  TSR: 1 << 22,
} as const;
export const MPP_SHIFT = 11;
/** mstatus, high half: UXL and SXL say 64 bits and cannot be changed. SD is 0 because there is no F, V or X state. */
export const MSTATUS_HIGH = 0xa;

/** menvcfg, high half. */
export const MENVCFG_ADUE = 1 << 29;
export const MENVCFG_STCE = 1 << 31;

/** Bits of mip and mie. */
export const IRQ = { SSI: 1 << 1, MSI: 1 << 3, STI: 1 << 5, MTI: 1 << 7, SEI: 1 << 9, MEI: 1 << 11 } as const;

/** TLB contexts (interpreter-abi.ts). S and U use theirs under Bare too, because PMP treats them unlike M. */
export const CONTEXT_M = 0;
export const CONTEXT_S = 1;
const CONTEXT_S_SUM = 2;
export const CONTEXT_U = 3;

export class HartState {
  readonly id: number;
  /** Host address of the hart's block. */
  readonly block: number;
  /** The whole memory, for atomics. */
  readonly words: Int32Array;
  readonly longs: BigInt64Array;
  readonly bytes: Uint8Array;
  /** The hart's block alone. */
  private readonly own: DataView;

  constructor(memory: WebAssembly.Memory, id: number) {
    this.id = id;
    this.block = hartBlock(id);
    this.words = new Int32Array(memory.buffer);
    this.longs = new BigInt64Array(memory.buffer);
    this.bytes = new Uint8Array(memory.buffer);
    this.own = new DataView(memory.buffer, this.block, HART_STRIDE);
  }

  /** Low half of the i64 at `offset` in the block (or an i32 word there), as a signed number. */
  low(offset: number): number {
    return this.own.getInt32(offset, true);
  }

  high(offset: number): number {
    return this.own.getInt32(offset + 4, true);
  }

  set(offset: number, low: number, high: number): void {
    this.own.setInt32(offset, low, true);
    this.own.setInt32(offset + 4, high, true);
  }

  setWord(offset: number, value: number): void {
    this.own.setInt32(offset, value, true);
  }

  long(offset: number): bigint {
    return this.own.getBigUint64(offset, true);
  }

  setLong(offset: number, value: bigint): void {
    this.own.setBigUint64(offset, value, true);
  }

  /** Index in `words` of the word at `offset` of the block, for Atomics. */
  index(offset: number): number {
    return (this.block + offset) >>> 2;
  }

  get privilege(): number {
    return this.low(HART.PRIVILEGE);
  }

  get mstatus(): number {
    return this.low(SLOT.MSTATUS);
  }

  /** Privilege that loads and stores are checked with: MPP when M-mode has set MPRV. */
  get dataPrivilege(): number {
    const status = this.mstatus;
    const privilege = this.privilege;
    return privilege === MACHINE && (status & MSTATUS.MPRV) !== 0 ? (status >> MPP_SHIFT) & 3 : privilege;
  }

  get dataContext(): number {
    const privilege = this.dataPrivilege;
    if (privilege === MACHINE) return CONTEXT_M;
    if (privilege === USER) return CONTEXT_U;
    return (this.mstatus & MSTATUS.SUM) !== 0 ? CONTEXT_S_SUM : CONTEXT_S;
  }

  get fetchContext(): number {
    return this.privilege === MACHINE ? CONTEXT_M : this.privilege === USER ? CONTEXT_U : CONTEXT_S;
  }

  /** Must be called after each change of privilege, MPRV, MPP under MPRV, or SUM. */
  selectContexts(): void {
    const data = this.dataContext;
    this.setWord(HART.PRIVATE + PRIVATE.TLB_LOAD, tlbTable(this.block, HART.TLB, data, 0));
    this.setWord(HART.PRIVATE + PRIVATE.TLB_STORE, tlbTable(this.block, HART.TLB, data, 1));
    this.setWord(
      HART.PRIVATE + PRIVATE.TLB_FETCH,
      this.block + HART.FETCH_TLB + this.fetchContext * FETCH_TABLE_SIZE,
    );
  }

  setPrivilege(privilege: number): void {
    this.setWord(HART.PRIVILEGE, privilege);
    this.selectContexts();
  }

  dropReservation(): void {
    this.setWord(HART.PRIVATE + PRIVATE.RESERVED_AT, 0);
  }

  /** Moves pc on by `length` bytes. */
  advance(length: number): void {
    const low = this.low(HART.PC);
    const next = (low + length) | 0;
    this.set(HART.PC, next, this.high(HART.PC) + (next >>> 0 < low >>> 0 ? 1 : 0));
  }

  /** Pending interrupts as mip shows them: the shared word with the SEIP bit of software. */
  pending(): number {
    return Atomics.load(this.words, this.index(HART.MIP)) | this.low(SLOT.SOFT_SEIP);
  }

  hardwareAccessBits(): boolean {
    return this.low(SLOT.STARTED_IN_M) !== 0 || (this.high(SLOT.MENVCFG) & MENVCFG_ADUE) !== 0;
  }

  supervisorTimer(): boolean {
    return (this.high(SLOT.MENVCFG) & MENVCFG_STCE) !== 0;
  }
}
