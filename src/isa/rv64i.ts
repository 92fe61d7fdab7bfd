/** RV64I base instruction set (unprivileged specification, chapters "RV32I" and "RV64I"), with PAUSE (Zihintpause). */
import type { PlainOp } from '../wasm/opcodes.ts';
import type { Emit, Width } from './emit.ts';
import { B, FENCE, I, J, LOAD, NONE, R, S, SHIFT, SHIFT_W, U } from './formats.ts';
import type { Format } from './formats.ts';
import type { BaseInstruction, Extension } from './instruction.ts';

const row = (
  mnemonic: string,
  format: Format,
  match: number,
  mask: number,
  semantics: (emit: Emit) => void,
  extension: Extension = 'I',
): BaseInstruction => ({ mnemonic, extension, format, match, mask, semantics, runtime: false });

/** The second operand of an arithmetic row. */
type Source = 'rs2' | 'imm';

/** rd = rs1 op source, 64 bits wide. Shifts take their amount modulo 64, as WebAssembly does. */
const binary =
  (op: PlainOp, source: Source) =>
  (e: Emit): void =>
    e.setRd(() => {
      e.rs1();
      e[source]();
      e.code.op(op);
    });

/** rd = low 32 bits of rs1 op source, sign-extended. Shifts take their amount modulo 32, as WebAssembly does. */
const binary32 =
  (op: PlainOp, source: Source) =>
  (e: Emit): void =>
    e.setRd(() => {
      e.rs1();
      e.code.op('i32.wrap_i64');
      if (source === 'imm') {
        e.imm32();
      } else {
        e.rs2();
        e.code.op('i32.wrap_i64');
      }
      e.code.op(op);
      e.code.op('i64.extend_i32_s');
    });

const compare =
  (op: PlainOp, source: Source) =>
  (e: Emit): void =>
    e.setRd(() => {
      e.rs1();
      e[source]();
      e.code.op(op);
      e.code.op('i64.extend_i32_u');
    });

const branch =
  (op: PlainOp) =>
  (e: Emit): void =>
    e.branchIf(() => {
      e.rs1();
      e.rs2();
      e.code.op(op);
    });

const address = (e: Emit) => (): void => {
  e.rs1();
  e.imm();
  e.code.op('i64.add');
};

const load =
  (width: Width, signed: boolean) =>
  (e: Emit): void =>
    e.setRd(() => e.load(width, signed, address(e)));

const store =
  (width: Width) =>
  (e: Emit): void =>
    e.store(width, address(e), () => e.rs2());

function jalr(e: Emit): void {
  // rd may be rs1: the target is read before the link is written.
  const target = e.local64(0);
  address(e)();
  e.code.i64(-2);
  e.code.op('i64.and');
  e.code.set(target);
  e.setRd(() => e.nextPc());
  e.jumpIndirect(() => e.code.get(target));
}

export const RV64I_ROWS: readonly BaseInstruction[] = [
  row('lui', U, 0x37, 0x7f, (e) => e.setRd(() => e.imm())),
  row('auipc', U, 0x17, 0x7f, (e) =>
    e.setRd(() => {
      e.pc();
      e.imm();
      e.code.op('i64.add');
    }),
  ),
  row('jal', J, 0x6f, 0x7f, (e) => {
    e.setRd(() => e.nextPc());
    e.jump();
  }),
  row('jalr', LOAD, 0x67, 0x707f, jalr),

  row('beq', B, 0x0063, 0x707f, branch('i64.eq')),
  row('bne', B, 0x1063, 0x707f, branch('i64.ne')),
  row('blt', B, 0x4063, 0x707f, branch('i64.lt_s')),
  row('bge', B, 0x5063, 0x707f, branch('i64.ge_s')),
  row('bltu', B, 0x6063, 0x707f, branch('i64.lt_u')),
  row('bgeu', B, 0x7063, 0x707f, branch('i64.ge_u')),

  row('lb', LOAD, 0x0003, 0x707f, load(1, true)),
  row('lh', LOAD, 0x1003, 0x707f, load(2, true)),
  row('lw', LOAD, 0x2003, 0x707f, load(4, true)),
  row('ld', LOAD, 0x3003, 0x707f, load(8, true)),
  row('lbu', LOAD, 0x4003, 0x707f, load(1, false)),
  row('lhu', LOAD, 0x5003, 0x707f, load(2, false)),
  row('lwu', LOAD, 0x6003, 0x707f, load(4, false)),
  row('sb', S, 0x0023, 0x707f, store(1)),
  row('sh', S, 0x1023, 0x707f, store(2)),
  row('sw', S, 0x2023, 0x707f, store(4)),
  row('sd', S, 0x3023, 0x707f, store(8)),

  row('addi', I, 0x0013, 0x707f, binary('i64.add', 'imm')),
  row('slti', I, 0x2013, 0x707f, compare('i64.lt_s', 'imm')),
  row('sltiu', I, 0x3013, 0x707f, compare('i64.lt_u', 'imm')),
  row('xori', I, 0x4013, 0x707f, binary('i64.xor', 'imm')),
  row('ori', I, 0x6013, 0x707f, binary('i64.or', 'imm')),
  row('andi', I, 0x7013, 0x707f, binary('i64.and', 'imm')),
  row('slli', SHIFT, 0x0000_1013, 0xfc00_707f, binary('i64.shl', 'imm')),
  row('srli', SHIFT, 0x0000_5013, 0xfc00_707f, binary('i64.shr_u', 'imm')),
  row('srai', SHIFT, 0x4000_5013, 0xfc00_707f, binary('i64.shr_s', 'imm')),

  row('add', R, 0x0000_0033, 0xfe00_707f, binary('i64.add', 'rs2')),
  row('sub', R, 0x4000_0033, 0xfe00_707f, binary('i64.sub', 'rs2')),
  row('sll', R, 0x0000_1033, 0xfe00_707f, binary('i64.shl', 'rs2')),
  row('slt', R, 0x0000_2033, 0xfe00_707f, compare('i64.lt_s', 'rs2')),
  row('sltu', R, 0x0000_3033, 0xfe00_707f, compare('i64.lt_u', 'rs2')),
  row('xor', R, 0x0000_4033, 0xfe00_707f, binary('i64.xor', 'rs2')),
  row('srl', R, 0x0000_5033, 0xfe00_707f, binary('i64.shr_u', 'rs2')),
  row('sra', R, 0x4000_5033, 0xfe00_707f, binary('i64.shr_s', 'rs2')),
  row('or', R, 0x0000_6033, 0xfe00_707f, binary('i64.or', 'rs2')),
  row('and', R, 0x0000_7033, 0xfe00_707f, binary('i64.and', 'rs2')),

  row('addiw', I, 0x001b, 0x707f, binary32('i32.add', 'imm')),
  row('slliw', SHIFT_W, 0x0000_101b, 0xfe00_707f, binary32('i32.shl', 'imm')),
  row('srliw', SHIFT_W, 0x0000_501b, 0xfe00_707f, binary32('i32.shr_u', 'imm')),
  row('sraiw', SHIFT_W, 0x4000_501b, 0xfe00_707f, binary32('i32.shr_s', 'imm')),
  row('addw', R, 0x0000_003b, 0xfe00_707f, binary32('i32.add', 'rs2')),
  row('subw', R, 0x4000_003b, 0xfe00_707f, binary32('i32.sub', 'rs2')),
  row('sllw', R, 0x0000_103b, 0xfe00_707f, binary32('i32.shl', 'rs2')),
  row('srlw', R, 0x0000_503b, 0xfe00_707f, binary32('i32.shr_u', 'rs2')),
  row('sraw', R, 0x4000_503b, 0xfe00_707f, binary32('i32.shr_s', 'rs2')),

  // PAUSE and FENCE.TSO are encodings of FENCE; whatever else its unused fields hold is a FENCE (section "Memory
  // Ordering Instructions": they are ignored).
  row('pause', NONE, 0x0100_000f, 0xffff_ffff, () => {}, 'Zihintpause'),
  row('fence.tso', NONE, 0x8330_000f, 0xffff_ffff, (e) => e.fence()),
  row('fence', FENCE, 0x000f, 0x707f, (e) => e.fence()),
];
