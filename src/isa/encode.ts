import type { Fields, Format, Immediate, RegisterField } from './formats.ts';
import type { Instruction } from './instruction.ts';

const CSR_AT = 20;
const ORDERING_AT = 25;

export function extractRegister(field: RegisterField, word: number): number {
  switch (field.kind) {
    case 'full':
      return (word >>> field.at) & 31;
    case 'short':
      return ((word >>> field.at) & 7) + 8;
    case 'fixed':
      return field.register;
  }
}

/** The immediate of `word` as a signed 32-bit number. */
export function extractImmediate(immediate: Immediate | undefined, word: number): number {
  if (immediate === undefined) return 0;
  let value = 0;
  for (const [at, to, width] of immediate.pieces) {
    value |= ((word >>> at) & ((1 << width) - 1)) << to;
  }
  const unused = 32 - immediate.bits;
  return immediate.signed ? (value << unused) >> unused : value;
}

export const extractCsr = (format: Format, word: number): number => (format.csr ? word >>> CSR_AT : 0);
export const extractOrdering = (format: Format, word: number): number =>
  format.ordering ? (word >>> ORDERING_AT) & 3 : 0;

function insertRegister(field: RegisterField, register: number): number | undefined {
  switch (field.kind) {
    case 'full':
      return register << field.at;
    case 'short':
      return register >= 8 && register < 16 ? (register - 8) << field.at : undefined;
    case 'fixed':
      return register === field.register ? 0 : undefined;
  }
}

function insertImmediate(immediate: Immediate | undefined, value: number): number {
  let word = 0;
  for (const [at, to, width] of immediate?.pieces ?? []) {
    word |= ((value >> to) & ((1 << width) - 1)) << at;
  }
  return word;
}

/**
 * The word of an instruction, unsigned, or undefined when an operand cannot be encoded: an immediate out of range or
 * not a multiple of its step, a register that the format does not reach, or a value that is reserved.
 */
export function encode(row: Instruction, fields: Fields): number | undefined {
  const { format } = row;
  const rd = insertRegister(format.rd, fields.rd);
  const rs1 = insertRegister(format.rs1, fields.rs1);
  const rs2 = insertRegister(format.rs2, fields.rs2);
  if (rd === undefined || rs1 === undefined || rs2 === undefined) return undefined;
  const imm = insertImmediate(format.imm, fields.imm);
  if (extractImmediate(format.imm, imm) !== fields.imm) return undefined;
  if ('nonzero' in row && row.nonzero.some((field) => fields[field] === 0)) return undefined;
  let word = row.match | rd | rs1 | rs2 | imm;
  if (format.csr) word |= fields.csr << CSR_AT;
  if (format.ordering) word |= fields.ordering << ORDERING_AT;
  return word >>> 0;
}
