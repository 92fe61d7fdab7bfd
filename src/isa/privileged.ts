/** Instructions that the runtime does: environment calls, trap returns, waiting, fences of code and translation. */
import type { SystemOp } from './emit.ts';
import { NONE, SFENCE } from './formats.ts';
import type { Format } from './formats.ts';
import type { BaseInstruction, Extension } from './instruction.ts';

const row = (
  op: SystemOp,
  match: number,
  mask: number,
  extension: Extension,
  format: Format = NONE,
): BaseInstruction => ({
  mnemonic: op,
  extension,
  format,
  match,
  mask,
  semantics: (e) => e.system(op),
  runtime: true,
});

export const PRIVILEGED_ROWS: readonly BaseInstruction[] = [
  row('ecall', 0x0000_0073, 0xffff_ffff, 'I'),
  row('ebreak', 0x0010_0073, 0xffff_ffff, 'I'),
  row('sret', 0x1020_0073, 0xffff_ffff, 'Privileged'),
  row('mret', 0x3020_0073, 0xffff_ffff, 'Privileged'),
  row('wfi', 0x1050_0073, 0xffff_ffff, 'Privileged'),
  row('sfence.vma', 0x1200_0073, 0xfe00_7fff, 'Privileged', SFENCE),
  // The unused fields of FENCE.I are ignored (chapter "Zifencei").
  row('fence.i', 0x0000_100f, 0x0000_707f, 'Zifencei'),
];

/** What every word that is no instruction decodes to. Matches no word by itself. */
export const ILLEGAL: BaseInstruction = row('illegal', 0, 0, 'I');
