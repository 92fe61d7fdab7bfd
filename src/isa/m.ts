/** M extension: multiplication and division (unprivileged specification, chapter "M"). */
import type { PlainOp } from '../wasm/opcodes.ts';
import type { Emit } from './emit.ts';
import { R } from './formats.ts';
import type { BaseInstruction } from './instruction.ts';

const row = (mnemonic: string, match: number, semantics: (emit: Emit) => void): BaseInstruction => ({
  mnemonic,
  extension: 'M',
  format: R,
  match,
  mask: 0xfe00_707f,
  semantics,
  runtime: false,
});

/**
 * Pushes the high 64 bits of the unsigned product of locals `a` and `b`, from four products of 32-bit halves:
 * WebAssembly has no wider multiplication. No partial sum exceeds 64 bits.
 */
function highUnsigned(e: Emit, a: number, b: number): void {
  const { code } = e;
  const middle = e.local64(2);
  const low = (local: number): void => {
    code.get(local);
    code.i64(0xffff_ffff);
    code.op('i64.and');
  };
  const high = (local: number): void => {
    code.get(local);
    code.i64(32);
    code.op('i64.shr_u');
  };
  const product = (left: () => void, right: () => void): void => {
    left();
    right();
    code.op('i64.mul');
  };

  // middle = ah·bl + high(al·bl)
  product(
    () => high(a),
    () => low(b),
  );
  product(
    () => low(a),
    () => low(b),
  );
  code.i64(32);
  code.op('i64.shr_u');
  code.op('i64.add');
  code.set(middle);
  // ah·bh + high(middle) + high(al·bh + low(middle))
  product(
    () => high(a),
    () => high(b),
  );
  high(middle);
  code.op('i64.add');
  product(
    () => low(a),
    () => high(b),
  );
  low(middle);
  code.op('i64.add');
  code.i64(32);
  code.op('i64.shr_u');
  code.op('i64.add');
}

/** High half of the product; a signed operand that is negative counts 2^64 too much, times the other one. */
const multiplyHigh =
  (rs1Signed: boolean, rs2Signed: boolean) =>
  (e: Emit): void =>
    e.setRd(() => {
      const { code } = e;
      const a = e.local64(0);
      const b = e.local64(1);
      e.rs1();
      code.set(a);
      e.rs2();
      code.set(b);
      highUnsigned(e, a, b);
      const subtractWhenNegative = (operand: number, other: number): void => {
        code.get(operand);
        code.i64(63);
        code.op('i64.shr_s');
        code.get(other);
        code.op('i64.and');
        code.op('i64.sub');
      };
      if (rs1Signed) subtractWhenNegative(a, b);
      if (rs2Signed) subtractWhenNegative(b, a);
    });

/**
 * Division and remainder: no traps; by zero the quotient is all ones and the remainder the dividend; the overflow
 * (least value by −1) gives the dividend and 0 (table "Semantics for division by zero and division overflow").
 */
const divide =
  (type: 'i64' | 'i32', op: 'div_s' | 'div_u' | 'rem_s' | 'rem_u') =>
  (e: Emit): void =>
    e.setRd(() => {
      const { code } = e;
      const word = type === 'i32';
      const local = (index: number): number => (word ? e.local32(index) : e.local64(index));
      const constant = (value: number): void => (word ? code.i32(value) : code.i64(value));
      const operation = (name: string): void => code.op(`${type}.${name}` as PlainOp);
      const a = local(0);
      const b = local(1);
      e.rs1();
      if (word) code.op('i32.wrap_i64');
      code.set(a);
      e.rs2();
      if (word) code.op('i32.wrap_i64');
      code.tee(b);
      operation('eqz');
      code.if(type);
      if (op === 'div_s' || op === 'div_u') constant(-1);
      else code.get(a);
      code.else();
      if (op === 'div_s') {
        // WebAssembly traps on the overflow; −a is right for it and for every other a.
        code.get(b);
        constant(-1);
        operation('eq');
        code.if(type);
        constant(0);
        code.get(a);
        operation('sub');
        code.else();
      }
      code.get(a);
      code.get(b);
      operation(op);
      if (op === 'div_s') code.end();
      code.end();
      if (word) code.op('i64.extend_i32_s');
    });

const multiply = (e: Emit): void =>
  e.setRd(() => {
    e.rs1();
    e.rs2();
    e.code.op('i64.mul');
  });

const multiplyWord = (e: Emit): void =>
  e.setRd(() => {
    e.rs1();
    e.rs2();
    e.code.op('i64.mul');
    e.code.op('i64.extend32_s');
  });

export const M_ROWS: readonly BaseInstruction[] = [
  row('mul', 0x0200_0033, multiply),
  row('mulh', 0x0200_1033, multiplyHigh(true, true)),
  row('mulhsu', 0x0200_2033, multiplyHigh(true, false)),
  row('mulhu', 0x0200_3033, multiplyHigh(false, false)),
  row('div', 0x0200_4033, divide('i64', 'div_s')),
  row('divu', 0x0200_5033, divide('i64', 'div_u')),
  row('rem', 0x0200_6033, divide('i64', 'rem_s')),
  row('remu', 0x0200_7033, divide('i64', 'rem_u')),
  row('mulw', 0x0200_003b, multiplyWord),
  row('divw', 0x0200_403b, divide('i32', 'div_s')),
  row('divuw', 0x0200_503b, divide('i32', 'div_u')),
  row('remw', 0x0200_603b, divide('i32', 'rem_s')),
  row('remuw', 0x0200_703b, divide('i32', 'rem_u')),
];
