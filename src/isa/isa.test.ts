import { describe, expect, it } from 'vitest';
import { assemble } from './assemble.ts';
import { decode } from './decode.ts';
import { disassemble } from './disassemble.ts';
import { encode } from './encode.ts';
import { baseOf, ROWS } from './table.ts';

const BASE = 0x8000_0000n;

/** Words of the program, by the lengths of its instructions. */
function words(text: string): number[] {
  const { bytes } = assemble(text, { base: BASE });
  const view = new DataView(bytes.buffer);
  const found: number[] = [];
  for (let at = 0; at < bytes.length;) {
    const low = view.getUint16(at, true);
    const length = (low & 3) === 3 ? 4 : 2;
    found.push(length === 2 ? low : view.getUint32(at, true));
    at += length;
  }
  return found;
}

/** A repeatable stream of 32-bit numbers. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state ^ (state >>> 13)) >>> 0;
  };
}

describe('every row', () => {
  it.each(ROWS.map((row) => [row.mnemonic, row] as const))(
    '%s: word → fields → word, word → text → word',
    (_, row) => {
      const next = numbers(row.match);
      let seen = 0;
      for (let i = 0; i < 100; i++) {
        const random = ((next() & ~row.mask) | row.match) >>> 0;
        const word = row.format.length === 2 ? random & 0xffff : random;
        const decoded = decode(word);
        // A random word may be reserved or a more special row's.
        if (decoded.row !== row) continue;
        seen++;
        expect(decoded.base).toBe(baseOf(row));
        expect(decoded.length).toBe(row.format.length);
        // FENCE and FENCE.I have fields that are ignored: text and fields do not keep them.
        if (!row.mnemonic.startsWith('fence')) expect(encode(row, decoded)).toBe(word);
        expect(words(disassemble(word, BASE))).toEqual([word]);
      }
      expect(seen).toBeGreaterThan(0);
    },
  );
});

describe('decode', () => {
  it.each([
    ['all zeros', 0x0000],
    ['c.addi4spn with 0', 0x0004],
    ['c.addiw with x0', 0x2005],
    ['c.addi16sp with 0', 0x6101],
    ['c.lui with 0', 0x6081],
    ['c.lwsp into x0', 0x4002],
    ['c.ldsp into x0', 0x6002],
    ['c.jr x0', 0x8002],
    ['reserved row of quadrant 0', 0x8000],
    ['reserved row of CA', 0x9c41],
    ['c.fld without D', 0x2000],
    ['all ones', 0xffff_ffff],
    ['load with funct3 7', 0x0000_7003],
    ['branch with funct3 2', 0x0000_2063],
    ['slliw with a sixth bit', 0x0200_101b],
    ['OP with an unknown funct7', 0x0600_0033],
    ['lr.w with rs2', 0x1010_202f],
    ['amo of width 1', 0x0000_002f],
    ['system with funct3 4', 0x0000_4073],
    ['ecall with rd', 0x0000_00f3],
    ['48-bit instruction', 0x0000_001f],
    ['fadd.s without F', 0x0000_0053],
  ])('%s is illegal', (_, word) => {
    expect(decode(word).row.mnemonic).toBe('illegal');
  });

  it.each([
    ['c.nop with an immediate', 0x0005, 'addi', 0],
    ['c.li into x0', 0x4005, 'addi', 0],
    ['c.lui into x0', 0x6005, 'lui', 0],
    ['c.mv into x0', 0x802e, 'add', 0],
    ['c.slli by 0', 0x0502, 'slli', 10],
    ['c.srli by 0', 0x8101, 'srli', 10],
    ['fence with reserved fields', 0xf0f5_850f, 'fence', 0],
    ['fence.i with reserved fields', 0x1234_950f, 'fence.i', 0],
  ])('HINT or ignored fields: %s', (_, word, base, rd) => {
    expect(decode(word)).toMatchObject({ base: { mnemonic: base }, rd });
  });

  it('takes operands from the C formats', () => {
    // c.addi16sp sp, -512; c.j . - 2048; c.lui a5, -32 (cross-checked with GNU as)
    expect(decode(0x7101)).toMatchObject({ rd: 2, rs1: 2, imm: -512, base: { mnemonic: 'addi' } });
    expect(decode(0xb001)).toMatchObject({ rd: 0, imm: -2048, base: { mnemonic: 'jal' } });
    expect(decode(0x7781)).toMatchObject({ rd: 15, imm: -32 << 12, base: { mnemonic: 'lui' } });
  });
});

describe('assemble', () => {
  // Expected words are those of GNU as 2.40.
  it.each([
    ['addi a0, sp, -1', [0xfff1_0513]],
    ['lui t0, 0xfffff', [0xffff_f2b7]],
    ['sd ra, 8(sp)', [0x0011_3423]],
    ['beq a0, a1, . + 8', [0x00b5_0463]],
    ['jal ra, . - 4', [0xffdf_f0ef]],
    ['amoswap.w.aqrl a0, a1, (a2)', [0x0eb6_252f]],
    ['lr.d.aq t0, (t1)', [0x1403_32af]],
    ['csrrw a0, mscratch, a1', [0x3405_9573]],
    ['csrr a0, mhartid', [0xf140_2573]],
    ['csrsi sstatus, 2', [0x1001_6073]],
    ['fence rw, w', [0x0310_000f]],
    ['fence', [0x0ff0_000f]],
    ['pause', [0x0100_000f]],
    ['sfence.vma', [0x1200_0073]],
    ['ret', [0x0000_8067]],
    ['nop; mv a0, a1', [0x13, 0x0005_8513]],
    ['beqz a0, 1f\n1: bnez a0, 1b', [0x0005_0263, 0x0005_1063]],
    ['li a0, 2047', [0x7ff0_0513]],
    ['li a0, 2048', [0x0000_1537, 0x8005_051b]],
    ['li a0, -1 << 31', [0x8000_0537]],
    ['c.addi sp, -16', [0x1141]],
    ['c.sdsp ra, 8(sp)', [0xe406]],
    ['c.lui a5, 0xfffe0', [0x7781]],
    ['call f\nf: ret', [0x0000_0097, 0x0080_80e7, 0x0000_8067]],
    ['la a0, x\nx: nop', [0x0000_0517, 0x0085_0513, 0x13]],
  ])('%s', (text, expected) => {
    expect(words(text)).toEqual(expected);
  });

  it('knows labels, constants, data and alignment', () => {
    const program = assemble(
      `
      .equ SIZE, 3 * (1 + 1)       # six
      start: c.nop                 // two bytes
      .align 3
      data:  .byte SIZE, -1, 'A'; .half 0x1234
             .asciz "a#b\\n", "//"
      .balign 4
      end:   .word end - data, data
             .dword start, -2
      `,
      { base: BASE },
    );
    expect(program.symbols).toEqual(
      new Map([
        ['SIZE', 6n],
        ['start', BASE],
        ['data', BASE + 8n],
        ['end', BASE + 24n],
      ]),
    );
    const hex = [...program.bytes].map((b) => b.toString(16).padStart(2, '0')).join('');
    expect(hex).toBe(
      '0100' +
        '0100' +
        '13000000' +
        '06ff41' +
        '3412' +
        '6123620a00' +
        '2f2f00' +
        '000100'.slice(0, 6) +
        '10000000' +
        '08000080' +
        '0000008000000000' +
        'feffffffffffffff',
    );
  });

  it.each([
    ['addi a0, a1, 2048', 'out of range'],
    ['beq a0, a1, . + 3', 'out of range'],
    ['beq a0, a1, . + 4096', 'out of range'],
    ['slliw a0, a0, 32', 'out of range'],
    ['c.and a0, t0', 'out of range'],
    ['c.addi4spn a0, sp, 0', 'out of range'],
    ['c.lui sp, 1', 'out of range'],
    ['frobnicate a0', 'unknown instruction'],
    ['addi a0, a1', 'takes 3 operands'],
    ['addi a0, q1, 1', 'no register'],
    ['j nowhere', "'nowhere' is not defined"],
    ['a: a:', 'defined twice'],
    ['.frob 1', 'unknown directive'],
    ['li a0, (1', 'parenthesis'],
  ])('refuses: %s', (text, message) => {
    expect(() => assemble(`nop\n${text}`, { base: BASE })).toThrow(message);
    expect(() => assemble(`nop\n${text}`, { base: BASE })).toThrow('line 2');
  });
});

describe('disassemble', () => {
  it.each([
    [0x0005_0263, 'beq a0, zero, 0x80000004 <loop>'],
    [0x0eb6_252f, 'amoswap.w.aqrl a0, a1, (a2)'],
    [0x3405_9573, 'csrrw a0, mscratch, a1'],
    [0x7c00_2573, 'csrrs a0, 0x7c0, zero'],
    [0x0ff0_000f, 'fence iorw, iorw'],
    [0xf0f5_850f, '.word 0xf0f5850f # fence 0, iorw'],
    [0x7139, 'c.addi16sp sp, -64'],
    [0xffff_ffff, '.word 0xffffffff'],
    [0x0000, '.half 0x0'],
  ])('%i: %s', (word, text) => {
    const symbols = (address: bigint): string | undefined => (address === BASE + 4n ? 'loop' : undefined);
    expect(disassemble(word, BASE, symbols)).toBe(text);
  });
});
