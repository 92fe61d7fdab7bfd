/**
 * The border between the generated interpreter (WebAssembly, hart/interpreter.ts) and the hart's runtime (TypeScript:
 * hart/hart.ts, mmu.ts, csr-file.ts, trap.ts).
 *
 * The module imports `env.memory` and the functions of `InterpreterImports`; it exports `InterpreterExports`.
 * `h` is always the host address of the hart block. State that both sides use is in HART (protocol/layout.ts) and the
 * private words below. Whenever an import is called, HART.PC is the pc of the instruction in question, all x registers
 * are in memory (they always are), and INSTRET and BUDGET are exact (the instruction itself not yet counted).
 *
 * Fast function: no calls. Loads, stores, LR/SC and AMO look into the soft TLB and leave to the wrapper on a miss.
 * Slow function: does one instruction, asking the runtime for the host address of each access.
 */

/** Private words of a hart, from HART.PRIVATE. */
export const PRIVATE = {
  /** u32 host address of the load table of the present TLB context. */
  TLB_LOAD: 0x00,
  /** u32 host address of the store table of the present TLB context. */
  TLB_STORE: 0x04,
  /** u32 host address of the fetch table of the present fetch context. */
  TLB_FETCH: 0x08,
  /** u32 host address of the reservation (LR), 0 = none. */
  RESERVED_AT: 0x0c,
  /** i64 value that LR read. */
  RESERVED_VALUE: 0x10,
  /** i64 operand of a CSR instruction (set by the interpreter), and its old value (set by the runtime). */
  CSR_OPERAND: 0x18,
  CSR_OLD: 0x20,
  /** u32 raw instruction word in question (set by the interpreter before csr() and system()); for tval and decoding. */
  RAW: 0x28,
  /** u32 code epoch: raised by the runtime (FENCE.I, FENCE_CODE); decoded pages of an older epoch are decoded again. */
  CODE_EPOCH: 0x2c,
  /** 32 bytes: bounce buffer for MMIO and page-crossing accesses. */
  BOUNCE: 0x40,
} as const;

/**
 * Soft TLB at HART.TLB: 4 contexts (0 M or bare, 1 S, 2 S with SUM, 3 U) × 2 kinds (0 load, 1 store) × 1024 entries × 16
 * bytes: i64 tag = virtual address of the page (low 12 bits 0), all ones = empty; u32 host address of the page at +8.
 * (In entry 1023 the empty tag is 0: all ones would be a hit for the last page of the address space.)
 * Index: (va >> 12) & 1023. Hit: x = va ^ tag, x ≤u 4096 − width; host = page + x.
 * A store entry exists only when D is set (or needs not be) and the gate and PMP allow writes to the whole page.
 */
export const TLB_ENTRIES = 1024;
export const TLB_ENTRY_SIZE = 16;
export const TLB_TABLE_SIZE = TLB_ENTRIES * TLB_ENTRY_SIZE;
export const tlbTable = (h: number, tlbOffset: number, context: number, kind: 0 | 1): number =>
  h + tlbOffset + (context * 2 + kind) * TLB_TABLE_SIZE;

/**
 * Fetch TLB at HART.FETCH_TLB: 4 contexts (0 M or bare, 1 S, 3 U; 2 unused) × 256 entries × 16 bytes: i64 tag (all ones =
 * empty); u32 host address of the page's decoded form at +8, u32 host address of the page itself at +12.
 * The interpreter fills it after `fetch`; the runtime empties it (whole, or by address) on SFENCE.VMA, satp and PMP writes, fences.
 */
export const FETCH_ENTRIES = 256;
export const FETCH_TABLE_SIZE = FETCH_ENTRIES * 16;

/** Bit of the result of `fetch`: PMP divides the page, so it may be executed from for this instruction only. */
export const FETCH_ONCE = 1;

/** Access kinds for `translate` and for the gate. */
export const ACCESS = { LOAD: 0, STORE: 1, AMO: 2, FETCH: 3, LR: 4, SC: 5 } as const;
export type AccessKind = (typeof ACCESS)[keyof typeof ACCESS];

/** Why `run` returned. */
export const EXIT = {
  /** `budget` instructions were executed. */
  BUDGET: 0,
  /** REASONS is nonzero, or the runtime asked to leave after the instruction. */
  REASONS: 1,
  /** WFI executed (pc is behind it). */
  WFI: 2,
  /** ECALL from S-mode for the firmware (pc is at the ecall). */
  FIRMWARE: 3,
  /** Internal to the interpreter; run never returns it. */
  SLOW: 4,
} as const;

/** Numbers of SystemOp (isa/emit.ts) for `system`. */
export const SYSTEM_OPS = [
  'ecall',
  'ebreak',
  'mret',
  'sret',
  'wfi',
  'sfence.vma',
  'fence.i',
  'illegal',
] as const;

export interface InterpreterImports {
  /**
   * Translates HART.PC for execution. Returns the host address of the 4 KiB page (with FETCH_ONCE: not to be kept), or 0:
   * a trap was taken (PC, PRIVILEGE and tables changed). Called again for the second half of an instruction that crosses a page, with `offset` 2.
   */
  fetch(h: number, offset: number): number;
  /**
   * Host address at which `width` bytes of guest virtual address (vaHi:vaLo) may be accessed now, or 0: trap taken.
   * Fills the TLB when the page is plain RAM. For MMIO and page-crossing accesses it is the bounce buffer, already
   * filled for loads; after a store into it the interpreter calls commitStore (it always does when the address is the
   * bounce buffer's). AMO, LR, SC on anything but RAM: access fault; misaligned: address-misaligned.
   */
  translate(h: number, vaLo: number, vaHi: number, width: number, kind: number): number;
  /** Writes the bounce buffer through. Returns 0, or 1: trap taken. */
  commitStore(h: number): number;
  /**
   * CSR access of the instruction in RAW. `op`: 0 write, 1 set, 2 clear; `reads`: rd ≠ x0; `writes`: the operand is to
   * be written (CSRRW, or rs1/uimm ≠ 0). Operand in CSR_OPERAND, old value left in CSR_OLD.
   * 0 done; 1 trap taken (do not write rd, do not advance); 2 done, but leave with EXIT.REASONS after the instruction.
   */
  csr(h: number, op: number, reads: number, writes: number): number;
  /** Does a SystemOp completely (pc included). Returns −1 to go on, or an EXIT code. */
  system(h: number, op: number): number;
}

export interface InterpreterExports {
  /** Runs at most `budget` (≥ 1) instructions. */
  run(h: number, budget: number): number;
}
