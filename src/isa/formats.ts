/**
 * How operands lie in an instruction word (unprivileged specification, "Base Instruction Formats" and, for formats-c.ts,
 * "Compressed Instruction Formats"), as data from which the decoder, encoder, assembler and disassembler all work.
 */

/** Bits of an immediate: `width` bits of the word from bit `at` are bits `to` … of the immediate. */
type Piece = readonly [at: number, to: number, width: number];

export interface Immediate {
  readonly pieces: readonly Piece[];
  /** Bits of the immediate, counted from bit 0; a signed one has its sign in the last. */
  readonly bits: number;
  readonly signed: boolean;
  /** The immediate is a distance from the pc to go to. */
  readonly relative?: true;
}

/** Where a register number lies: 5 bits at a place, 3 bits at a place (x8 … x15), or nowhere because it is fixed. */
export type RegisterField =
  | { readonly kind: 'full'; readonly at: number }
  | { readonly kind: 'short'; readonly at: number }
  | { readonly kind: 'fixed'; readonly register: number };

export const full = (at: number): RegisterField => ({ kind: 'full', at });
export const short = (at: number): RegisterField => ({ kind: 'short', at });
export const fixed = (register: number): RegisterField => ({ kind: 'fixed', register });

/** How one operand is written in assembly text. */
export type Operand =
  | 'rd'
  | 'rs1'
  | 'rs2'
  /** A number. */
  | 'imm'
  /** A number that text writes without its low 12 bits (LUI, AUIPC). */
  | 'upper'
  /** An address, encoded as distance from the pc. */
  | 'target'
  /** imm(rs1); the number may be left out. */
  | 'imm(rs1)'
  /** (rs1). */
  | '(rs1)'
  /** Name or number of a CSR. */
  | 'csr'
  /** The predecessor and successor set of FENCE: a combination of i, o, r and w each. */
  | 'sets'
  /** (sp) after a number: the stack-relative forms of C. */
  | 'imm(sp)'
  /** The stack pointer, written though it is not encoded. */
  | 'sp';

export interface Format {
  readonly name: string;
  readonly length: 2 | 4;
  readonly rd: RegisterField;
  readonly rs1: RegisterField;
  readonly rs2: RegisterField;
  /** Absent: 0. */
  readonly imm?: Immediate;
  /** A CSR number in bits 31 … 20. */
  readonly csr?: true;
  /** aq in bit 26 and rl in bit 25, written as a suffix of the mnemonic. */
  readonly ordering?: true;
  readonly operands: readonly Operand[];
}

/** The operands of one instruction. */
export interface Fields {
  rd: number;
  rs1: number;
  rs2: number;
  /** Signed 32-bit value; for LUI and AUIPC with its low 12 bits 0. */
  imm: number;
  /** CSR number, 0 … 4095. */
  csr: number;
  /** aq × 2 + rl. */
  ordering: number;
}

const ZERO = fixed(0);
const RD = full(7);
const RS1 = full(15);
const RS2 = full(20);
const base = { length: 4, rd: ZERO, rs1: ZERO, rs2: ZERO } as const;

const I_IMMEDIATE: Immediate = { pieces: [[20, 0, 12]], bits: 12, signed: true };
const U_IMMEDIATE: Immediate = { pieces: [[12, 12, 20]], bits: 32, signed: true };

export const R: Format = { ...base, name: 'R', rd: RD, rs1: RS1, rs2: RS2, operands: ['rd', 'rs1', 'rs2'] };
export const I: Format = {
  ...base,
  name: 'I',
  rd: RD,
  rs1: RS1,
  imm: I_IMMEDIATE,
  operands: ['rd', 'rs1', 'imm'],
};
export const LOAD: Format = { ...I, name: 'I (load)', operands: ['rd', 'imm(rs1)'] };
/** Shifts by a constant: 6 bits of shift amount, or 5 for the 32-bit forms. */
export const SHIFT: Format = {
  ...I,
  name: 'I (shift)',
  imm: { pieces: [[20, 0, 6]], bits: 6, signed: false },
};
export const SHIFT_W: Format = {
  ...I,
  name: 'I (shift w)',
  imm: { pieces: [[20, 0, 5]], bits: 5, signed: false },
};
export const S: Format = {
  ...base,
  name: 'S',
  rs1: RS1,
  rs2: RS2,
  imm: {
    pieces: [
      [7, 0, 5],
      [25, 5, 7],
    ],
    bits: 12,
    signed: true,
  },
  operands: ['rs2', 'imm(rs1)'],
};
export const B: Format = {
  ...base,
  name: 'B',
  rs1: RS1,
  rs2: RS2,
  imm: {
    pieces: [
      [7, 11, 1],
      [8, 1, 4],
      [25, 5, 6],
      [31, 12, 1],
    ],
    bits: 13,
    signed: true,
    relative: true,
  },
  operands: ['rs1', 'rs2', 'target'],
};
export const U: Format = { ...base, name: 'U', rd: RD, imm: U_IMMEDIATE, operands: ['rd', 'upper'] };
export const J: Format = {
  ...base,
  name: 'J',
  rd: RD,
  imm: {
    pieces: [
      [12, 12, 8],
      [20, 11, 1],
      [21, 1, 10],
      [31, 20, 1],
    ],
    bits: 21,
    signed: true,
    relative: true,
  },
  operands: ['rd', 'target'],
};
/** AMO and SC; LR is the same without rs2. */
export const AMO: Format = { ...R, name: 'R (amo)', ordering: true, operands: ['rd', 'rs2', '(rs1)'] };
export const LR: Format = { ...AMO, name: 'R (lr)', rs2: ZERO, operands: ['rd', '(rs1)'] };
export const CSR: Format = {
  ...base,
  name: 'I (csr)',
  rd: RD,
  rs1: RS1,
  csr: true,
  operands: ['rd', 'csr', 'rs1'],
};
export const CSR_IMM: Format = {
  ...base,
  name: 'I (csr immediate)',
  rd: RD,
  imm: { pieces: [[15, 0, 5]], bits: 5, signed: false },
  csr: true,
  operands: ['rd', 'csr', 'imm'],
};
export const FENCE: Format = {
  ...base,
  name: 'I (fence)',
  imm: { pieces: [[20, 0, 8]], bits: 8, signed: false },
  operands: ['sets'],
};
export const NONE: Format = { ...base, name: 'none', operands: [] };
export const SFENCE: Format = { ...base, name: 'R (sfence)', rs1: RS1, rs2: RS2, operands: ['rs1', 'rs2'] };
