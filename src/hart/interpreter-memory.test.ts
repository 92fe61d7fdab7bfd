/** Loads, stores, LR/SC and AMO on the generated interpreter: by the fast function, by the slow one, and refused. */
import { beforeEach, describe, expect, it } from 'vitest';
import { PRIVATE } from './interpreter-abi.ts';
import { CODE, DATA, DEVICE, TestHart, TRAP_VECTOR } from './interpreter.testkit.ts';

const u64 = (x: bigint): bigint => BigInt.asUintN(64, x);
const PATTERN = 0xf1e2_d3c4_b5a6_9788n;

const LOADS: readonly (readonly [name: string, width: number, signed: boolean])[] = [
  ['lb', 1, true],
  ['lh', 2, true],
  ['lw', 4, true],
  ['ld', 8, true],
  ['lbu', 1, false],
  ['lhu', 2, false],
  ['lwu', 4, false],
];
const STORES: readonly (readonly [name: string, width: number])[] = [
  ['sb', 1],
  ['sh', 2],
  ['sw', 4],
  ['sd', 8],
];

describe.each([true, false])('shared memory: %s', (shared) => {
  let hart: TestHart;
  beforeEach(() => {
    hart = new TestHart(shared);
  });

  /** Runs one instruction at CODE with a1 = address and a2 = value; a0 comes back. */
  function one(text: string, address: bigint, value = 0n): bigint {
    hart.raiseCodeEpoch();
    hart.load(text);
    hart.setX(11, address);
    hart.setX(12, value);
    hart.run(1);
    return hart.x(10);
  }

  describe('loads and stores', () => {
    it.each(LOADS)(
      '%s: first by the runtime, then through the TLB, aligned or not',
      (name, width, signed) => {
        hart.write64(DATA, PATTERN);
        hart.write64(DATA + 8n, ~PATTERN);
        for (let offset = 0; offset < 8; offset++) {
          const bytes = Array.from({ length: width }, (_, i) =>
            BigInt(hart.view.getUint8(hart.host(DATA) + offset + i)),
          );
          const value = bytes.reduceRight((rest, byte) => (rest << 8n) | byte, 0n);
          const expected = signed ? u64(BigInt.asIntN(width * 8, value)) : value;
          expect(one(`${name} a0, ${offset}(a1)`, DATA)).toBe(expected);
          expect(one(`${name} a0, -5(a1)`, DATA + 5n + BigInt(offset))).toBe(expected);
        }
        expect(hart.translations).toBe(1);
        expect(hart.traps).toEqual([]);
      },
    );

    it.each(STORES)('%s: writes its bytes and no other', (name, width) => {
      for (let offset = 0; offset < 8; offset++) {
        hart.write64(DATA, u64(-1n));
        hart.write64(DATA + 8n, u64(-1n));
        one(`${name} a2, ${offset}(a1)`, DATA, PATTERN);
        const all = (hart.read64(DATA + 8n) << 64n) | hart.read64(DATA);
        const mask = ((1n << BigInt(width * 8)) - 1n) << BigInt(offset * 8);
        const ones = (1n << 128n) - 1n;
        expect(all).toBe((ones & ~mask) | ((PATTERN << BigInt(offset * 8)) & mask));
      }
      expect(hart.translations).toBe(1);
    });

    it('a load does not open the page for stores', () => {
      one('ld a0, 0(a1)', DATA);
      one('sd a2, 0(a1)', DATA);
      expect(hart.translations).toBe(2);
    });

    it.each([4089, 4090, 4092, 4095])(
      'an access across a page, at offset %i, goes through the runtime',
      (offset) => {
        const address = DATA - 4096n + BigInt(offset);
        one('sd a2, 0(a1)', address, PATTERN);
        expect(one('ld a0, 0(a1)', address)).toBe(PATTERN);
        expect(hart.read64(address)).toBe(PATTERN);
        // The TLB knows the first page now; the access must not run on behind it.
        one('sb a2, 0(a1)', address, 0x88n);
        one('sd a2, 0(a1)', address, ~PATTERN);
        expect(one('ld a0, 0(a1)', address)).toBe(u64(~PATTERN));
      },
    );

    it('the last access inside a page stays on the fast path', () => {
      one('ld a0, 0(a1)', DATA);
      one('ld a0, 0(a1)', DATA + 4088n);
      one('lb a0, 0(a1)', DATA + 4095n);
      expect(hart.translations).toBe(1);
    });

    it('pages that share a TLB entry are told apart, at the far ends of the address space too', () => {
      hart.write64(DATA, PATTERN);
      expect(one('ld a0, 0(a1)', DATA)).toBe(PATTERN);
      one('ld a0, 0(a1)', DATA + (1n << 22n));
      one('ld a0, 0(a1)', DATA + (1n << 63n));
      one('ld a0, 0(a1)', u64(-8n));
      expect(hart.traps.map(({ address }) => address)).toEqual([
        DATA + (1n << 22n),
        DATA + (1n << 63n),
        u64(-8n),
      ]);
    });

    it('devices are read and written through the bounce buffer', () => {
      one('sw a2, 4(a1)', DEVICE, 0xdead_beefn);
      expect([...hart.device.subarray(4, 8)]).toEqual([0xef, 0xbe, 0xad, 0xde]);
      expect(one('lh a0, 6(a1)', DEVICE)).toBe(u64(BigInt.asIntN(16, 0xdeadn)));
      expect(hart.translations).toBe(2);
    });

    it.each([
      ['ld a0, 0(a1)', 0n],
      ['sd a2, 0(a1)', 0n],
      ['sd a2, 0(a1)', DEVICE + 4088n],
      ['lr.d a0, (a1)', 0n],
      ['sc.w a0, a2, (a1)', 0n],
      ['amoadd.d a0, a2, (a1)', 0n],
    ])('a trap leaves no trace: %s at %i', (text, address) => {
      hart.setX(10, 77n);
      one(text, address, 1n);
      expect(hart.x(10)).toBe(77n);
      expect(hart.traps).toMatchObject([{ pc: CODE, address }]);
      expect(hart.pc).toBe(TRAP_VECTOR);
      expect([hart.budget, hart.instret]).toEqual([0, 0n]);
    });

    it('a load into x0 still faults, and else changes nothing', () => {
      one('ld x0, 0(a1)', 0n);
      expect(hart.traps).toHaveLength(1);
      hart.write64(DATA, PATTERN);
      one('ld x0, 0(a1)', DATA);
      expect(hart.x(0)).toBe(0n);
    });

    it('compressed forms', () => {
      hart.load(`
        c.sw a2, 124(a1)
        c.lw a0, 124(a1)
        c.sd a2, 248(a1)
        c.ld a3, 248(a1)
        c.swsp a2, 252(sp)
        c.lwsp a4, 252(sp)
        c.sdsp a2, 504(sp)
        c.ldsp a5, 504(sp)
        end: nop`);
      hart.setX(11, DATA);
      hart.setX(2, DATA + 0x800n);
      hart.setX(12, PATTERN);
      hart.runToEnd();
      const word = u64(BigInt.asIntN(32, PATTERN));
      expect([10, 13, 14, 15].map((r) => hart.x(r))).toEqual([word, PATTERN, word, PATTERN]);
      expect(hart.read64(DATA + 0x800n + 504n)).toBe(PATTERN);
    });
  });

  describe('AMO', () => {
    const signed = (bits: number, x: bigint): bigint => BigInt.asIntN(bits, x);
    const unsigned = (bits: number, x: bigint): bigint => BigInt.asUintN(bits, x);
    const OPERATIONS: Readonly<Record<string, (a: bigint, b: bigint, bits: number) => bigint>> = {
      amoswap: (_, b) => b,
      amoadd: (a, b) => a + b,
      amoxor: (a, b) => a ^ b,
      amoand: (a, b) => a & b,
      amoor: (a, b) => a | b,
      amomin: (a, b, bits) => (signed(bits, a) < signed(bits, b) ? a : b),
      amomax: (a, b, bits) => (signed(bits, a) > signed(bits, b) ? a : b),
      amominu: (a, b, bits) => (unsigned(bits, a) < unsigned(bits, b) ? a : b),
      amomaxu: (a, b, bits) => (unsigned(bits, a) > unsigned(bits, b) ? a : b),
    };
    const VALUES = [0n, 1n, u64(-1n), 0x7fff_ffffn, 0x8000_0000n, 1n << 63n, (1n << 63n) - 1n, PATTERN];

    it.each(Object.entries(OPERATIONS))('%s.w and .d', (name, reference) => {
      for (const [suffix, bits] of [
        ['w', 32],
        ['d', 64],
      ] as const) {
        hart.raiseCodeEpoch();
        hart.load(`${name}.${suffix}.aqrl a0, a2, (a1)`);
        for (const a of VALUES) {
          for (const b of VALUES) {
            hart.write64(DATA, a);
            hart.setX(11, DATA);
            hart.setX(12, b);
            hart.pc = CODE;
            hart.run(1);
            expect(hart.x(10)).toBe(u64(signed(bits, a)));
            const mask = (1n << BigInt(bits)) - 1n;
            expect(hart.read64(DATA)).toBe((a & ~mask) | (reference(a, b, bits) & mask));
          }
        }
      }
      expect(hart.translations).toBe(1);
      expect(hart.traps).toEqual([]);
    });

    it('rd may be the address or the operand', () => {
      hart.write64(DATA, 5n);
      one('amoadd.d a1, a2, (a1)', DATA, 2n);
      expect([hart.x(11), hart.read64(DATA)]).toEqual([5n, 7n]);
      one('amoadd.d a2, a2, (a1)', DATA, 2n);
      expect([hart.x(12), hart.read64(DATA)]).toEqual([7n, 9n]);
    });

    it.each(['amoadd.w', 'amomax.w', 'lr.w', 'sc.w', 'amoswap.d', 'amominu.d', 'lr.d', 'sc.d'])(
      '%s at a misaligned address traps, whether the TLB knows the page or not',
      (name) => {
        const text = name.startsWith('lr') ? `${name} a0, (a1)` : `${name} a0, a2, (a1)`;
        const address = DATA + (name.endsWith('w') ? 2n : 4n);
        one(text, address);
        one('sd a2, 0(a1)', DATA);
        one('ld a2, 0(a1)', DATA);
        one(text, address);
        expect(hart.traps.map((trap) => [trap.what.split(' ')[1], trap.address])).toEqual([
          ['misaligned', address],
          ['misaligned', address],
        ]);
      },
    );
  });

  describe('LR and SC', () => {
    it.each([
      ['w', 0x1_8000_0000n],
      ['d', PATTERN],
    ])('lr.%s then sc: written, result 0, reservation gone', (suffix, value) => {
      hart.write64(DATA, value);
      // Twice: by the runtime and through the TLB.
      for (let i = 0; i < 2; i++) {
        const old = one(`lr.${suffix} a0, (a1)`, DATA);
        expect(old).toBe(suffix === 'w' ? u64(BigInt.asIntN(32, value)) : value);
        expect(one(`sc.${suffix} a0, a2, (a1)`, DATA, old)).toBe(0n);
        expect(one(`sc.${suffix} a0, a2, (a1)`, DATA, 1n)).toBe(1n);
        expect(hart.read64(DATA)).toBe(value);
      }
    });

    it('sc fails without lr, at another address, after another sc, and when the value changed', () => {
      hart.write64(DATA, 1n);
      hart.write64(DATA + 8n, 1n);
      expect(one('sc.d a0, a2, (a1)', DATA, 9n)).toBe(1n);
      one('lr.d a0, (a1)', DATA);
      expect(one('sc.d a0, a2, (a1)', DATA + 8n, 9n)).toBe(1n);
      expect(one('sc.d a0, a2, (a1)', DATA, 9n)).toBe(1n);
      one('lr.d a0, (a1)', DATA);
      one('sd a2, 0(a1)', DATA, 2n);
      expect(one('sc.d a0, a2, (a1)', DATA, 9n)).toBe(1n);
      expect([hart.read64(DATA), hart.read64(DATA + 8n)]).toEqual([2n, 1n]);
    });

    it('the runtime ends a reservation by clearing RESERVED_AT', () => {
      one('lr.d a0, (a1)', DATA);
      expect(hart.privateWord(PRIVATE.RESERVED_AT)).toBe(hart.host(DATA));
      hart.setPrivateWord(PRIVATE.RESERVED_AT, 0);
      expect(one('sc.d a0, a2, (a1)', DATA, 9n)).toBe(1n);
    });

    it('a loop of LR and SC counts', () => {
      hart.load(`
        li a3, 50
        1: lr.w.aq a0, (a1)
        addi a0, a0, 1
        sc.w.rl a4, a0, (a1)
        bnez a4, 1b
        addi a3, a3, -1
        bnez a3, 1b
        end: nop`);
      hart.setX(11, DATA);
      hart.runToEnd();
      expect(hart.read64(DATA)).toBe(50n);
    });
  });
});
