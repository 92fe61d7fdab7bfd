import { extractFields, extractImmediate, extractRegister } from './encode.ts';
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
const bucketOf = (word: number): number => word & BUCKET_BITS[lengthOf(word)];

const buckets = new Map<number, Candidate[]>();
for (const row of ROWS) {
  // A row that leaves bits of the bucket open (LUI has no funct3) stands in every bucket that it can match.
  const open = BUCKET_BITS[row.format.length] & ~row.mask;
  let subset = open;
  for (;;) {
    const key = bucketOf(row.match | subset);
    const list = buckets.get(key) ?? [];
    list.push({ row, base: baseOf(row) });
    buckets.set(key, list);
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

/** Decodes an instruction; of a 16-bit one only the low half of `word` counts. */
export function decode(word: number): Decoded {
  const length = lengthOf(word);
  const code = length === 2 ? word & 0xffff : word;
  const found = buckets.get(bucketOf(code))?.find(({ row }) => matches(row, code));
  const row = found?.row ?? ILLEGAL;
  return { ...extractFields(row.format, code), row, base: found?.base ?? ILLEGAL, length };
}
