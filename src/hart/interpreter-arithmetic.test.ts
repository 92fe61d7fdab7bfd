/** Every instruction that computes, on the generated interpreter, against the specification's words in BigInt. */
import { beforeAll, describe, expect, it } from 'vitest';
import { BASE_ROWS, findRow } from '../isa/table.ts';
import { CODE, TestHart } from './interpreter.testkit.ts';

const u64 = (x: bigint): bigint => BigInt.asUintN(64, x);
const s64 = (x: bigint): bigint => BigInt.asIntN(64, x);
const u32 = (x: bigint): bigint => BigInt.asUintN(32, x);
const s32 = (x: bigint): bigint => BigInt.asIntN(32, x);
const bool = (x: boolean): bigint => (x ? 1n : 0n);

const MIN64 = 1n << 63n;
/** Corner values: around 0, the limits of 12, 31, 32, 63 and 64 bits, and some with all halves in use. */
const CORNERS = [
  ...[0n, 1n, 2n, 3n, 7n, 0x7ffn, 0x800n, 0xffffn, 0x7fff_ffffn, 0x8000_0000n, 0x8000_0001n, 0xffff_ffffn],
  ...[0x1_0000_0000n, 0x1_8000_0000n, MIN64 - 1n, MIN64, MIN64 + 1n, u64(-1n), u64(-2n), u64(-0x8000_0000n)],
  ...[0x0123_4567_89ab_cdefn, 0xfedc_ba98_7654_3210n, 0xaaaa_aaaa_5555_5555n, 63n, 64n, 31n, 32n],
];

type Reference = (a: bigint, b: bigint) => bigint;

/** Quotient and remainder with the specification's results for 0 and for overflow. */
const quotient = (a: bigint, b: bigint): bigint => (b === 0n ? -1n : a / b);
const remainder = (a: bigint, b: bigint): bigint => (b === 0n ? a : a % b);

const REGISTER_FORMS: Readonly<Record<string, Reference>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  sll: (a, b) => a << (b & 63n),
  slt: (a, b) => bool(s64(a) < s64(b)),
  sltu: (a, b) => bool(a < b),
  xor: (a, b) => a ^ b,
  srl: (a, b) => a >> (b & 63n),
  sra: (a, b) => s64(a) >> (b & 63n),
  or: (a, b) => a | b,
  and: (a, b) => a & b,
  addw: (a, b) => s32(a + b),
  subw: (a, b) => s32(a - b),
  sllw: (a, b) => s32(a << (b & 31n)),
  srlw: (a, b) => s32(u32(a) >> (b & 31n)),
  sraw: (a, b) => s32(a) >> (b & 31n),
  mul: (a, b) => a * b,
  mulh: (a, b) => (s64(a) * s64(b)) >> 64n,
  mulhsu: (a, b) => (s64(a) * b) >> 64n,
  mulhu: (a, b) => (a * b) >> 64n,
  div: (a, b) => quotient(s64(a), s64(b)),
  divu: (a, b) => quotient(a, b),
  rem: (a, b) => remainder(s64(a), s64(b)),
  remu: (a, b) => remainder(a, b),
  mulw: (a, b) => s32(a * b),
  divw: (a, b) => s32(quotient(s32(a), s32(b))),
  divuw: (a, b) => s32(quotient(u32(a), u32(b))),
  remw: (a, b) => s32(remainder(s32(a), s32(b))),
  remuw: (a, b) => s32(remainder(u32(a), u32(b))),
};

const IMMEDIATE_FORMS: Readonly<Record<string, Reference>> = {
  addi: (a, b) => a + b,
  slti: (a, b) => bool(s64(a) < b),
  sltiu: (a, b) => bool(a < u64(b)),
  xori: (a, b) => a ^ u64(b),
  ori: (a, b) => a | u64(b),
  andi: (a, b) => a & u64(b),
  addiw: (a, b) => s32(a + b),
};
const IMMEDIATES = [0n, 1n, -1n, 2047n, -2048n, 0x555n, -0x556n];

const SHIFT_FORMS: Readonly<Record<string, readonly [bits: number, reference: Reference]>> = {
  slli: [64, (a, b) => a << b],
  srli: [64, (a, b) => a >> b],
  srai: [64, (a, b) => s64(a) >> b],
  slliw: [32, (a, b) => s32(a << b)],
  srliw: [32, (a, b) => s32(u32(a) >> b)],
  sraiw: [32, (a, b) => s32(a) >> b],
};

const BRANCHES: Readonly<Record<string, (a: bigint, b: bigint) => boolean>> = {
  beq: (a, b) => a === b,
  bne: (a, b) => a !== b,
  blt: (a, b) => s64(a) < s64(b),
  bge: (a, b) => s64(a) >= s64(b),
  bltu: (a, b) => a < b,
  bgeu: (a, b) => a >= b,
};

let hart: TestHart;
beforeAll(() => {
  hart = new TestHart();
});

/** Runs the instruction with a1 and a2 set, many times from the same decoded entry, and returns a0. */
function compute(text: string): (a: bigint, b: bigint) => bigint {
  hart.raiseCodeEpoch();
  hart.load(text);
  return (a, b) => {
    hart.pc = CODE;
    hart.setX(11, a);
    hart.setX(12, b);
    hart.run(1);
    return hart.x(10);
  };
}

const hex = (x: bigint): string => `0x${x.toString(16)}`;

describe('register and register', () => {
  it.each(Object.entries(REGISTER_FORMS))('%s', (name, reference) => {
    const run = compute(`${name} a0, a1, a2`);
    for (const a of CORNERS) {
      for (const b of CORNERS) {
        expect(hex(run(a, b)), `${name} ${hex(a)}, ${hex(b)}`).toBe(hex(u64(reference(a, b))));
      }
    }
  });

  it.each(Object.entries(REGISTER_FORMS))('%s with rd = rs1 = rs2, and with x0', (name, reference) => {
    hart.raiseCodeEpoch();
    hart.load(`${name} a0, a0, a0\n${name} x0, a0, a0\n${name} a3, a0, x0\n${name} a4, x0, a0`);
    hart.setX(10, 0xfedc_ba98_7654_3210n);
    hart.run(4);
    const value = u64(reference(0xfedc_ba98_7654_3210n, 0xfedc_ba98_7654_3210n));
    expect([hart.x(10), hart.x(0)]).toEqual([value, 0n]);
    expect([hart.x(13), hart.x(14)]).toEqual([u64(reference(value, 0n)), u64(reference(0n, value))]);
  });
});

describe('register and immediate', () => {
  it.each(Object.entries(IMMEDIATE_FORMS))('%s', (name, reference) => {
    for (const imm of IMMEDIATES) {
      const run = compute(`${name} a0, a1, ${imm}`);
      for (const a of CORNERS) expect(hex(run(a, 0n)), `${hex(a)}, ${imm}`).toBe(hex(u64(reference(a, imm))));
    }
  });

  it.each(Object.entries(SHIFT_FORMS))('%s', (name, [bits, reference]) => {
    for (const amount of [0, 1, 5, bits / 2, bits - 1]) {
      const run = compute(`${name} a0, a1, ${amount}`);
      for (const a of CORNERS) {
        expect(hex(run(a, 0n)), `${hex(a)}, ${amount}`).toBe(hex(u64(reference(a, BigInt(amount)))));
      }
    }
  });

  it.each([0n, 1n, 0x7_ffffn, 0x8_0000n, 0xf_ffffn])('lui and auipc of %#x', (imm) => {
    const value = s32(imm << 12n);
    expect(compute(`lui a0, ${imm}`)(0n, 0n)).toBe(u64(value));
    expect(compute(`auipc a0, ${imm}`)(0n, 0n)).toBe(u64(CODE + value));
  });
});

describe('branches', () => {
  it.each(Object.entries(BRANCHES))('%s', (name, taken) => {
    const run = compute(`${name} a1, a2, . + 64`);
    for (const a of CORNERS) {
      for (const b of CORNERS) {
        run(a, b);
        expect(hart.pc, `${name} ${hex(a)}, ${hex(b)}`).toBe(CODE + (taken(a, b) ? 64n : 4n));
      }
    }
  });
});

describe('compressed instructions do what their base instruction does', () => {
  const A = 0x1234_5678_9abc_def0n;
  const B = 0xffff_ffff_8000_0003n;
  /** Result in a0, after a0 = A and a1 = B, sp = 0x8000. */
  const SP = 0x8000n;
  it.each([
    ['c.addi4spn a0, sp, 1020', SP + 1020n],
    ['c.addi a0, -32', A - 32n],
    ['c.addiw a0, 31', s32(A + 31n)],
    ['c.li a0, -1', -1n],
    ['c.lui a0, 0xfffe0', s32(0xfffe_0000n)],
    ['c.lui a0, 31', 31n << 12n],
    ['c.srli a0, 63', A >> 63n],
    ['c.srai a0, 4', s64(A) >> 4n],
    ['c.andi a0, -16', A & u64(-16n)],
    ['c.sub a0, a1', A - B],
    ['c.xor a0, a1', A ^ B],
    ['c.or a0, a1', A | B],
    ['c.and a0, a1', A & B],
    ['c.subw a0, a1', s32(A - B)],
    ['c.addw a0, a1', s32(A + B)],
    ['c.slli a0, 33', A << 33n],
    ['c.mv a0, a1', B],
    ['c.add a0, a1', A + B],
    ['c.nop', A],
    ['.half 0x0015', A], // c.addi x0, 5: HINT
    ['.half 0x4015', A], // c.li x0, 5: HINT
    ['.half 0x8002 | 11 << 2', A], // c.mv x0, a1: HINT
    ['.half 0x6005', A], // c.lui x0, 1: HINT
  ])('%s', (text, expected) => {
    hart.raiseCodeEpoch();
    hart.load(text);
    hart.setX(10, A);
    hart.setX(11, B);
    hart.setX(2, SP);
    hart.run(1);
    expect(hex(hart.x(10))).toBe(hex(u64(expected)));
    expect(hart.pc).toBe(CODE + 2n);
    expect(hart.x(0)).toBe(0n);
  });

  it('c.addi16sp', () => {
    hart.raiseCodeEpoch();
    hart.load('c.addi16sp sp, -512');
    hart.setX(2, SP);
    hart.run(1);
    expect(hart.x(2)).toBe(SP - 512n);
  });
});

it('no instruction that computes is left out here', () => {
  const covered = [REGISTER_FORMS, IMMEDIATE_FORMS, SHIFT_FORMS, BRANCHES].flatMap((forms) =>
    Object.keys(forms),
  );
  for (const name of covered) expect(findRow(name)).toBeDefined();
  const others = BASE_ROWS.filter(({ mnemonic }) => !covered.includes(mnemonic)).map(
    ({ mnemonic }) => mnemonic,
  );
  // Those of interpreter-memory.test.ts and interpreter-flow.test.ts.
  expect(others.filter((name) => !/^(l[bhwd]u?|s[bhwd]|lr\.|sc\.|amo)/.test(name))).toEqual([
    ...['lui', 'auipc', 'jal', 'jalr', 'pause', 'fence.tso', 'fence'],
    ...['csrrw', 'csrrs', 'csrrc', 'csrrwi', 'csrrsi', 'csrrci'],
    ...['ecall', 'ebreak', 'sret', 'mret', 'wfi', 'sfence.vma', 'fence.i'],
  ]);
});
