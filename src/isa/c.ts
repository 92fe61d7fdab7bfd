/**
 * C extension for RV64 (unprivileged specification, chapter "C"; the table is "RVC Instruction Set Listings"): each row
 * is an encoding of a base instruction. A more special encoding stands before the general one. HINTs need no rows: they
 * are instructions that write x0. The rows of Zcd (c.fld, c.fsd and the sp forms) come with D.
 */
import type { CompressedInstruction } from './instruction.ts';
import {
  C_ADD,
  C_ADDI,
  C_ADDI16SP,
  C_ADDI4SPN,
  C_ANDI,
  C_ARITHMETIC,
  C_BRANCH,
  C_EBREAK,
  C_JALR,
  C_JR,
  C_JUMP,
  C_LD,
  C_LDSP,
  C_LI,
  C_LUI,
  C_LW,
  C_LWSP,
  C_MV,
  C_NOP,
  C_SD,
  C_SDSP,
  C_SHIFT,
  C_SLLI,
  C_SW,
  C_SWSP,
} from './formats-c.ts';
import type { Format } from './formats.ts';

const row = (
  mnemonic: string,
  expandsTo: string,
  format: Format,
  match: number,
  mask: number,
  ...nonzero: ('rd' | 'rs1' | 'rs2' | 'imm')[]
): CompressedInstruction => ({ mnemonic, extension: 'C', format, match, mask, expandsTo, nonzero });

export const C_ROWS: readonly CompressedInstruction[] = [
  // Quadrant 0
  row('c.addi4spn', 'addi', C_ADDI4SPN, 0x0000, 0xe003, 'imm'),
  row('c.lw', 'lw', C_LW, 0x4000, 0xe003),
  row('c.ld', 'ld', C_LD, 0x6000, 0xe003),
  row('c.sw', 'sw', C_SW, 0xc000, 0xe003),
  row('c.sd', 'sd', C_SD, 0xe000, 0xe003),
  // Quadrant 1
  row('c.nop', 'addi', C_NOP, 0x0001, 0xffff),
  row('c.addi', 'addi', C_ADDI, 0x0001, 0xe003),
  row('c.addiw', 'addiw', C_ADDI, 0x2001, 0xe003, 'rd'),
  row('c.li', 'addi', C_LI, 0x4001, 0xe003),
  row('c.addi16sp', 'addi', C_ADDI16SP, 0x6101, 0xef83, 'imm'),
  row('c.lui', 'lui', C_LUI, 0x6001, 0xe003, 'imm'),
  row('c.srli', 'srli', C_SHIFT, 0x8001, 0xec03),
  row('c.srai', 'srai', C_SHIFT, 0x8401, 0xec03),
  row('c.andi', 'andi', C_ANDI, 0x8801, 0xec03),
  row('c.sub', 'sub', C_ARITHMETIC, 0x8c01, 0xfc63),
  row('c.xor', 'xor', C_ARITHMETIC, 0x8c21, 0xfc63),
  row('c.or', 'or', C_ARITHMETIC, 0x8c41, 0xfc63),
  row('c.and', 'and', C_ARITHMETIC, 0x8c61, 0xfc63),
  row('c.subw', 'subw', C_ARITHMETIC, 0x9c01, 0xfc63),
  row('c.addw', 'addw', C_ARITHMETIC, 0x9c21, 0xfc63),
  row('c.j', 'jal', C_JUMP, 0xa001, 0xe003),
  row('c.beqz', 'beq', C_BRANCH, 0xc001, 0xe003),
  row('c.bnez', 'bne', C_BRANCH, 0xe001, 0xe003),
  // Quadrant 2
  row('c.slli', 'slli', C_SLLI, 0x0002, 0xe003),
  row('c.lwsp', 'lw', C_LWSP, 0x4002, 0xe003, 'rd'),
  row('c.ldsp', 'ld', C_LDSP, 0x6002, 0xe003, 'rd'),
  row('c.jr', 'jalr', C_JR, 0x8002, 0xf07f, 'rs1'),
  row('c.mv', 'add', C_MV, 0x8002, 0xf003, 'rs2'),
  row('c.ebreak', 'ebreak', C_EBREAK, 0x9002, 0xffff),
  row('c.jalr', 'jalr', C_JALR, 0x9002, 0xf07f, 'rs1'),
  row('c.add', 'add', C_ADD, 0x9002, 0xf003, 'rs2'),
  row('c.swsp', 'sw', C_SWSP, 0xc002, 0xe003),
  row('c.sdsp', 'sd', C_SDSP, 0xe002, 0xe003),
];
