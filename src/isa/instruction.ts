import type { Emit } from './emit.ts';
import type { Format } from './formats.ts';

/**
 * Part of the specification that a row belongs to. 'F', 'D', 'Zba', 'Zbb' and 'Zbs' join this list with their files; the
 * formats for floating point (R4 with rs3, rounding mode) join formats.ts.
 */
export type Extension = 'I' | 'M' | 'A' | 'C' | 'Zicsr' | 'Zifencei' | 'Zihintpause' | 'Privileged';

/** What all rows have. */
interface Row {
  /** Name in assembly text. For the A extension without the suffix for ordering (.aq, .rl, .aqrl). */
  readonly mnemonic: string;
  readonly extension: Extension;
  readonly format: Format;
  /** A word is this instruction when (word & mask) = match and no field of `nonzero` is 0. */
  readonly match: number;
  readonly mask: number;
}

/** An instruction with a meaning of its own: 32 bits. */
export interface BaseInstruction extends Row {
  readonly semantics: (emit: Emit) => void;
  /** The runtime does it (csr, system): generated code always leaves for it. */
  readonly runtime: boolean;
}

/** A 16-bit instruction: an encoding of a base instruction. */
export interface CompressedInstruction extends Row {
  readonly expandsTo: string;
  /** Fields whose value 0 is reserved or another instruction's encoding. */
  readonly nonzero: readonly ('rd' | 'rs1' | 'rs2' | 'imm')[];
}

export type Instruction = BaseInstruction | CompressedInstruction;
