/**
 * What an instruction's semantics is written against. A row of the table says what the instruction does by emitting
 * WebAssembly through this interface, once; the interpreter (operands from decoded fields) and the translator (operands
 * constant) are two implementations of it.
 */
import type { CodeBuilder } from '../wasm/code.ts';

/** Width of a memory access in bytes. */
export type Width = 1 | 2 | 4 | 8;
/** Read-modify-write operations of the A extension. */
export type AmoOp = 'swap' | 'add' | 'xor' | 'and' | 'or' | 'min' | 'max' | 'minu' | 'maxu';
/** Instructions that change more than registers: the runtime does them, in the words of the specification. */
export type SystemOp = 'ecall' | 'ebreak' | 'mret' | 'sret' | 'wfi' | 'sfence.vma' | 'fence.i' | 'illegal';

export interface Emit {
  /** The builder that receives instructions. */
  readonly code: CodeBuilder;
  /** Pushes x[rs1] (i64). */
  rs1(): void;
  /** Pushes x[rs2] (i64). */
  rs2(): void;
  /** Pushes the immediate, sign-extended (i64). For shifts: the shift amount. For CSR immediates: uimm. */
  imm(): void;
  /** Pushes the immediate as i32 (wrapped). */
  imm32(): void;
  /** Pushes the pc of this instruction (i64). */
  pc(): void;
  /** Pushes the pc of the following instruction (i64; pc + 2 or pc + 4). */
  nextPc(): void;
  /** Emits `value` (which pushes one i64) and stores it into x[rd]. */
  setRd(value: () => void): void;
  /** Scratch locals of type i64 / i32, by small index (0 … 3), for the row alone: implementations use others. */
  local64(index: number): number;
  local32(index: number): number;
  /** `cond` pushes an i32; when nonzero control goes to pc + imm, else on. */
  branchIf(cond: () => void): void;
  /** Jump to pc + imm (JAL). */
  jump(): void;
  /** `target` pushes an i64 address (bit 0 already cleared): JALR. The link register is written before it, so the target comes from a scratch local. */
  jumpIndirect(target: () => void): void;
  /** `address` pushes i64; pushes the loaded value zero- or sign-extended to i64. May leave with a trap: nothing after it runs. */
  load(width: Width, signed: boolean, address: () => void): void;
  /** Stores the low `width` bytes of value (i64). May leave with a trap before anything is written. */
  store(width: Width, address: () => void, value: () => void): void;
  /** LR: pushes the loaded value sign-extended, sets the reservation. */
  loadReserved(width: 4 | 8, address: () => void): void;
  /** SC: pushes 0 (done) or 1 (failed) as i64. */
  storeConditional(width: 4 | 8, address: () => void, value: () => void): void;
  /** AMO: pushes the old value, sign-extended. */
  amo(op: AmoOp, width: 4 | 8, address: () => void, value: () => void): void;
  /** atomic.fence. */
  fence(): void;
  /** CSR access: `write` pushes the operand (i64) or is null for read only; pushes the old value (i64). */
  csr(op: 'write' | 'set' | 'clear', operand: () => void): void;
  /** Everything else: leaves to the runtime with a precise pc. */
  system(op: SystemOp): void;
}
