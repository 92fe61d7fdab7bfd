import { extractCsr, extractImmediate, extractOrdering, extractRegister } from './encode.ts';
import type { Fields } from './formats.ts';
import type { BaseInstruction, Instruction } from './instruction.ts';
import { ILLEGAL } from './privileged.ts';
import { baseOf, ROWS } from './table.ts';

export interface Decoded extends Fields {
  /** The row that the word matches, for its name; ILLEGAL when it matches none. */
  readonly row: Instruction;
  /** The row with the semantics. */
  readonly base: BaseInstruction;
  readonly length: 2 | 4;
}

/** Length in bytes of the instruction that begins with these 16 bits. */
export const lengthOf = (halfword: number): 2 | 4 => ((halfword & 3) === 3 ? 4 : 2);

interface Candidate {
  readonly row: Instruction;
  readonly base: BaseInstruction;
}

/** Rows by the bits that tell most of them apart: opcode and funct3, or quadrant and funct3. */
const BUCKET_BITS = { 2: 0xe003, 4: 0x707f } as const;
const bucketOf = (word: number, length: 2 | 4): number =>
  length === 4 ? ((word & 0x7f) << 3) | ((word >>> 12) & 7) : ((word & 3) << 3) | ((word >>> 13) & 7);

const buckets: Candidate[][] = Array.from({ length: 1 << 10 }, () => []);
for (const row of ROWS) {
  const { length } = row.format;
  // A row that leaves bits of the bucket open (LUI has no funct3) stands in every bucket that it can match.
  const open = BUCKET_BITS[length] & ~row.mask;
  let subset = open;
  for (;;) {
    buckets[bucketOf(row.match | subset, length)]?.push({ row, base: baseOf(row) });
    if (subset === 0) break;
    subset = (subset - 1) & open;
  }
}

function matches(row: Instruction, word: number): boolean {
  if (((word ^ row.match) & row.mask) !== 0) return false;
  if (!('nonzero' in row)) return true;
  return row.nonzero.every((field) =>
    field === 'imm'
      ? extractImmediate(row.format.imm, word) !== 0
      : extractRegister(row.format[field], word) !== 0,
  );
}

const NO_INSTRUCTION: Candidate = { row: ILLEGAL, base: ILLEGAL };

function find(word: number, length: 2 | 4): Candidate {
  // A loop, not `find`: cold code of the guest is decoded at the speed of this.
  for (const candidate of buckets[bucketOf(word, length)] ?? []) {
    if (matches(candidate.row, word)) return candidate;
  }
  return NO_INSTRUCTION;
}

/** Decodes an instruction; of a 16-bit one only the low half of `word` counts. */
export function decode(word: number): Decoded {
  const length = lengthOf(word);
  const code = length === 2 ? word & 0xffff : word;
  const { row, base } = find(code, length);
  const { format } = row;
  return {
    row,
    base,
    length,
    rd: extractRegister(format.rd, code),
    rs1: extractRegister(format.rs1, code),
    rs2: extractRegister(format.rs2, code),
    imm: extractImmediate(format.imm, code),
    csr: extractCsr(format, code),
    ordering: extractOrdering(format, code),
  };
}
