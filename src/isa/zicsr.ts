/** Zicsr: CSR access (unprivileged specification, chapter "Zicsr"). Zicntr's counters are CSRs like the others. */
import type { Emit } from './emit.ts';
import { CSR, CSR_IMM } from './formats.ts';
import type { BaseInstruction } from './instruction.ts';

const row = (
  mnemonic: string,
  match: number,
  op: 'write' | 'set' | 'clear',
  operand: 'rs1' | 'imm',
): BaseInstruction => ({
  mnemonic,
  extension: 'Zicsr',
  format: operand === 'rs1' ? CSR : CSR_IMM,
  match,
  mask: 0x707f,
  semantics: (e: Emit): void => e.setRd(() => e.csr(op, () => e[operand]())),
  runtime: true,
});

export const ZICSR_ROWS: readonly BaseInstruction[] = [
  row('csrrw', 0x1073, 'write', 'rs1'),
  row('csrrs', 0x2073, 'set', 'rs1'),
  row('csrrc', 0x3073, 'clear', 'rs1'),
  row('csrrwi', 0x5073, 'write', 'imm'),
  row('csrrsi', 0x6073, 'set', 'imm'),
  row('csrrci', 0x7073, 'clear', 'imm'),
];
