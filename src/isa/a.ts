/** A extension: LR/SC and AMO (unprivileged specification, chapter "A"). aq and rl need no code: all are sequentially consistent. */
import type { AmoOp, Emit } from './emit.ts';
import { AMO, LR } from './formats.ts';
import type { BaseInstruction } from './instruction.ts';

const AMO_MASK = 0xf800_707f;
const LR_MASK = 0xf9f0_707f;
const WORD = 0x202f;
const DOUBLE = 0x302f;

const OPERATIONS: readonly (readonly [name: AmoOp, funct5: number])[] = [
  ['add', 0x00],
  ['swap', 0x01],
  ['xor', 0x04],
  ['or', 0x08],
  ['and', 0x0c],
  ['min', 0x10],
  ['max', 0x14],
  ['minu', 0x18],
  ['maxu', 0x1c],
];

function rows(suffix: 'w' | 'd', width: 4 | 8, opcode: number): BaseInstruction[] {
  const common = { extension: 'A', runtime: false } as const;
  return [
    {
      ...common,
      mnemonic: `lr.${suffix}`,
      format: LR,
      match: 0x1000_0000 | opcode,
      mask: LR_MASK,
      semantics: (e: Emit): void => e.setRd(() => e.loadReserved(width, () => e.rs1())),
    },
    {
      ...common,
      mnemonic: `sc.${suffix}`,
      format: AMO,
      match: 0x1800_0000 | opcode,
      mask: AMO_MASK,
      semantics: (e: Emit): void =>
        e.setRd(() =>
          e.storeConditional(
            width,
            () => e.rs1(),
            () => e.rs2(),
          ),
        ),
    },
    ...OPERATIONS.map(([op, funct5]) => ({
      ...common,
      mnemonic: `amo${op}.${suffix}`,
      format: AMO,
      match: ((funct5 << 27) | opcode) >>> 0,
      mask: AMO_MASK,
      semantics: (e: Emit): void =>
        e.setRd(() =>
          e.amo(
            op,
            width,
            () => e.rs1(),
            () => e.rs2(),
          ),
        ),
    })),
  ];
}

export const A_ROWS: readonly BaseInstruction[] = [...rows('w', 4, WORD), ...rows('d', 8, DOUBLE)];
