/** Formats of the C extension. An operand that the encoding leaves out is fixed here, so expansion needs no code. */
import { fixed, full, short } from './formats.ts';
import type { Format, Immediate } from './formats.ts';

const ZERO = fixed(0);
const RA = fixed(1);
const SP = fixed(2);
/** rd/rs1 and rs2 of the full-width formats; the short ones are rd'/rs1' and rs2'. */
const RD = full(7);
const RS2 = full(2);
const SHORT_HIGH = short(7);
const SHORT_LOW = short(2);

const base = { length: 2, rd: ZERO, rs1: ZERO, rs2: ZERO } as const;
const SIX_BITS: Immediate = {
  pieces: [
    [12, 5, 1],
    [2, 0, 5],
  ],
  bits: 6,
  signed: true,
};
const SHAMT: Immediate = { ...SIX_BITS, signed: false };
const OFFSET_W: Immediate = {
  pieces: [
    [10, 3, 3],
    [6, 2, 1],
    [5, 6, 1],
  ],
  bits: 7,
  signed: false,
};
const OFFSET_D: Immediate = {
  pieces: [
    [10, 3, 3],
    [5, 6, 2],
  ],
  bits: 8,
  signed: false,
};

export const C_NOP: Format = { ...base, name: 'CI (nop)', operands: [] };
export const C_EBREAK: Format = { ...base, name: 'CR (ebreak)', operands: [] };
export const C_ADDI: Format = {
  ...base,
  name: 'CI',
  rd: RD,
  rs1: RD,
  imm: SIX_BITS,
  operands: ['rd', 'imm'],
};
export const C_LI: Format = { ...C_ADDI, name: 'CI (li)', rs1: ZERO };
export const C_SLLI: Format = { ...C_ADDI, name: 'CI (slli)', imm: SHAMT };
export const C_LUI: Format = {
  ...base,
  name: 'CI (lui)',
  rd: RD,
  imm: {
    pieces: [
      [12, 17, 1],
      [2, 12, 5],
    ],
    bits: 18,
    signed: true,
  },
  operands: ['rd', 'upper'],
};
export const C_ADDI16SP: Format = {
  ...base,
  name: 'CI (addi16sp)',
  rd: SP,
  rs1: SP,
  imm: {
    pieces: [
      [12, 9, 1],
      [6, 4, 1],
      [5, 6, 1],
      [3, 7, 2],
      [2, 5, 1],
    ],
    bits: 10,
    signed: true,
  },
  operands: ['sp', 'imm'],
};
export const C_ADDI4SPN: Format = {
  ...base,
  name: 'CIW',
  rd: SHORT_LOW,
  rs1: SP,
  imm: {
    pieces: [
      [11, 4, 2],
      [7, 6, 4],
      [6, 2, 1],
      [5, 3, 1],
    ],
    bits: 10,
    signed: false,
  },
  operands: ['rd', 'sp', 'imm'],
};
export const C_LW: Format = {
  ...base,
  name: 'CL (w)',
  rd: SHORT_LOW,
  rs1: SHORT_HIGH,
  imm: OFFSET_W,
  operands: ['rd', 'imm(rs1)'],
};
export const C_LD: Format = { ...C_LW, name: 'CL (d)', imm: OFFSET_D };
export const C_SW: Format = {
  ...base,
  name: 'CS (w)',
  rs1: SHORT_HIGH,
  rs2: SHORT_LOW,
  imm: OFFSET_W,
  operands: ['rs2', 'imm(rs1)'],
};
export const C_SD: Format = { ...C_SW, name: 'CS (d)', imm: OFFSET_D };
export const C_LWSP: Format = {
  ...base,
  name: 'CI (lwsp)',
  rd: RD,
  rs1: SP,
  imm: {
    pieces: [
      [12, 5, 1],
      [4, 2, 3],
      [2, 6, 2],
    ],
    bits: 8,
    signed: false,
  },
  operands: ['rd', 'imm(sp)'],
};
export const C_LDSP: Format = {
  ...C_LWSP,
  name: 'CI (ldsp)',
  imm: {
    pieces: [
      [12, 5, 1],
      [5, 3, 2],
      [2, 6, 3],
    ],
    bits: 9,
    signed: false,
  },
};
export const C_SWSP: Format = {
  ...base,
  name: 'CSS (w)',
  rs1: SP,
  rs2: RS2,
  imm: {
    pieces: [
      [9, 2, 4],
      [7, 6, 2],
    ],
    bits: 8,
    signed: false,
  },
  operands: ['rs2', 'imm(sp)'],
};
export const C_SDSP: Format = {
  ...C_SWSP,
  name: 'CSS (d)',
  imm: {
    pieces: [
      [10, 3, 3],
      [7, 6, 3],
    ],
    bits: 9,
    signed: false,
  },
};
/** Shifts and ANDI on a short register. */
export const C_SHIFT: Format = {
  ...base,
  name: 'CB (shift)',
  rd: SHORT_HIGH,
  rs1: SHORT_HIGH,
  imm: SHAMT,
  operands: ['rd', 'imm'],
};
export const C_ANDI: Format = { ...C_SHIFT, name: 'CB (andi)', imm: SIX_BITS };
export const C_ARITHMETIC: Format = {
  ...base,
  name: 'CA',
  rd: SHORT_HIGH,
  rs1: SHORT_HIGH,
  rs2: SHORT_LOW,
  operands: ['rd', 'rs2'],
};
export const C_BRANCH: Format = {
  ...base,
  name: 'CB',
  rs1: SHORT_HIGH,
  imm: {
    pieces: [
      [12, 8, 1],
      [10, 3, 2],
      [5, 6, 2],
      [3, 1, 2],
      [2, 5, 1],
    ],
    bits: 9,
    signed: true,
    relative: true,
  },
  operands: ['rs1', 'target'],
};
export const C_JUMP: Format = {
  ...base,
  name: 'CJ',
  imm: {
    pieces: [
      [12, 11, 1],
      [11, 4, 1],
      [9, 8, 2],
      [8, 10, 1],
      [7, 6, 1],
      [6, 7, 1],
      [3, 1, 3],
      [2, 5, 1],
    ],
    bits: 12,
    signed: true,
    relative: true,
  },
  operands: ['target'],
};
export const C_JR: Format = { ...base, name: 'CR (jr)', rs1: RD, operands: ['rs1'] };
export const C_JALR: Format = { ...C_JR, name: 'CR (jalr)', rd: RA };
export const C_MV: Format = { ...base, name: 'CR (mv)', rd: RD, rs2: RS2, operands: ['rd', 'rs2'] };
export const C_ADD: Format = { ...C_MV, name: 'CR', rs1: RD };
