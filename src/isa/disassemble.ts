import { csrName } from './csr-names.ts';
import { decode, type Decoded } from './decode.ts';
import { encode } from './encode.ts';
import type { Operand } from './formats.ts';
import { ILLEGAL } from './privileged.ts';
import { registerName } from './registers.ts';

/** Finds what lies at an address: `name` or `name+0x10`; undefined when unknown. */
export type SymbolLookup = (address: bigint) => string | undefined;

/** Suffixes of the A extension's mnemonics, by aq × 2 + rl. */
export const ORDERINGS = ['', '.rl', '.aq', '.aqrl'] as const;
const SET_LETTERS = ['i', 'o', 'r', 'w'];

const hex = (value: bigint | number): string => `0x${value.toString(16)}`;

function fenceSet(bits: number): string {
  const letters = SET_LETTERS.filter((_, i) => (bits & (8 >> i)) !== 0).join('');
  return letters === '' ? '0' : letters;
}

function operandText(operand: Operand, decoded: Decoded, pc: bigint, symbols?: SymbolLookup): string {
  switch (operand) {
    case 'rd':
    case 'rs1':
    case 'rs2':
      return registerName(decoded[operand]);
    case 'imm':
      return String(decoded.imm);
    case 'upper':
      return hex(decoded.imm >>> 12);
    case 'target': {
      const target = BigInt.asUintN(64, pc + BigInt(decoded.imm));
      const symbol = symbols?.(target);
      return symbol === undefined ? hex(target) : `${hex(target)} <${symbol}>`;
    }
    case 'imm(rs1)':
      return `${decoded.imm}(${registerName(decoded.rs1)})`;
    case '(rs1)':
      return `(${registerName(decoded.rs1)})`;
    case 'imm(sp)':
      return `${decoded.imm}(sp)`;
    case 'sp':
      return 'sp';
    case 'csr':
      return csrName(decoded.csr);
    case 'sets':
      return `${fenceSet(decoded.imm >> 4)}, ${fenceSet(decoded.imm & 15)}`;
  }
}

/**
 * Assembly text of the instruction at `pc`, which `assemble` reads back to the same word (without symbols). A word that
 * is no instruction becomes `.word` or `.half`, and so does a fence with bits in ignored fields, with its meaning behind it.
 */
export function disassemble(word: number, pc: bigint, symbols?: SymbolLookup): string {
  const decoded = decode(word);
  const code = decoded.length === 2 ? word & 0xffff : word >>> 0;
  const raw = `${decoded.length === 2 ? '.half' : '.word'} ${hex(code)}`;
  if (decoded.row === ILLEGAL) return raw;
  const { format, mnemonic } = decoded.row;
  const name = mnemonic + (ORDERINGS[decoded.ordering] ?? '');
  const operands = format.operands.map((operand) => operandText(operand, decoded, pc, symbols));
  const text = operands.length === 0 ? name : `${name} ${operands.join(', ')}`;
  return encode(decoded.row, decoded) === code ? text : `${raw} # ${text}`;
}
