/** The instruction table. Files of further extensions (f.ts, d.ts, zba.ts, zbb.ts, zbs.ts) are listed here. */
import { assert } from '../base/assert.ts';
import { A_ROWS } from './a.ts';
import { C_ROWS } from './c.ts';
import type { BaseInstruction, Instruction } from './instruction.ts';
import { M_ROWS } from './m.ts';
import { PRIVILEGED_ROWS } from './privileged.ts';
import { RV64I_ROWS } from './rv64i.ts';
import { ZICSR_ROWS } from './zicsr.ts';

/** Rows with semantics. Where two match a word, the first is meant. */
export const BASE_ROWS: readonly BaseInstruction[] = [
  ...RV64I_ROWS,
  ...M_ROWS,
  ...A_ROWS,
  ...ZICSR_ROWS,
  ...PRIVILEGED_ROWS,
];

/** All rows, the compressed ones included. */
export const ROWS: readonly Instruction[] = [...BASE_ROWS, ...C_ROWS];

const byMnemonic = new Map(ROWS.map((row) => [row.mnemonic, row]));

export function findRow(mnemonic: string): Instruction | undefined {
  return byMnemonic.get(mnemonic);
}

/** The row whose semantics an instruction has. */
export function baseOf(row: Instruction): BaseInstruction {
  if ('semantics' in row) return row;
  const base = byMnemonic.get(row.expandsTo);
  assert(
    base && 'semantics' in base,
    `${row.mnemonic} expands to ${row.expandsTo}, which is no base instruction`,
  );
  return base;
}
