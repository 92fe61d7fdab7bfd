/** Control flow, counting, pages of code, and the border to the runtime, on the generated interpreter. */
import { beforeEach, describe, expect, it } from 'vitest';
import { SLOT_COUNT } from './decoded-pages.ts';
import { HART } from '../protocol/layout.ts';
import { EXIT, PRIVATE } from './interpreter-abi.ts';
import { CODE, DATA, OWN_BLOCK, TestHart, TRAP_VECTOR } from './interpreter.testkit.ts';

let hart: TestHart;
beforeEach(() => {
  hart = new TestHart();
});

const PAGE = 4096n;

describe('jumps', () => {
  it('jal links behind itself and goes forwards and backwards', () => {
    hart.load('jal a0, 1f\n.zero 60\n1: jal a1, . - 32');
    hart.run(2);
    expect([hart.x(10), hart.x(11), hart.pc]).toEqual([CODE + 4n, CODE + 68n, CODE + 32n]);
  });

  it('jalr reads its register before it links, and clears bit 0', () => {
    hart.load('jalr a1, 3(a1)');
    hart.setX(11, CODE + 0x20n);
    hart.run(1);
    expect([hart.x(11), hart.pc]).toEqual([CODE + 4n, CODE + 0x22n]);
  });

  it('compressed jumps link behind their two bytes', () => {
    hart.load('c.jalr a1\n.align 4\nc.jr ra');
    hart.setX(11, CODE + 16n);
    hart.run(2);
    expect([hart.x(1), hart.pc]).toEqual([CODE + 2n, CODE + 2n]);
    hart.raiseCodeEpoch();
    hart.load('c.j 1f\n.align 4\n1: c.beqz a0, 2f\n.align 4\n2: c.bnez a0, 1b');
    hart.setX(10, 0n);
    hart.run(3);
    expect(hart.pc).toBe(CODE + 34n);
    hart.setX(10, 1n);
    hart.pc = CODE + 32n;
    hart.run(2);
    expect(hart.pc).toBe(CODE + 18n);
  });

  it.each(['j', 'beqz x0,', 'c.j'])('%s over the border of a page, both ways', (jump) => {
    hart.load(
      `c.nop\n${jump} there\n.org 4088\n${jump} back\n`.replace('there', '. + 100').replace('back', '. + 16'),
    );
    hart.run(2);
    expect(hart.pc).toBe(CODE + 102n);
    hart.pc = CODE + 4088n;
    hart.run(1);
    expect(hart.pc).toBe(CODE + PAGE + 8n);
    hart.load(`c.nop\n${jump} . - 8`, CODE + PAGE);
    hart.run(2);
    expect(hart.pc).toBe(CODE + PAGE - 6n);
  });

  it('a call into another page and back, many times, finds both pages decoded', () => {
    hart.load(`
      li a1, 100
      1: call f
      addi a1, a1, -1
      bnez a1, 1b
      end: j end
      .org 8192
      f: addi a0, a0, 3
      ret`);
    hart.runToEnd();
    expect(hart.x(10)).toBe(300n);
    expect(hart.fetches).toBe(2);
  });

  it('a jump to an address that cannot be fetched is done; the fault is at its target', () => {
    hart.load('li a1, 1\njalr a0, 0(a1)');
    hart.run(3);
    expect(hart.x(10)).toBe(CODE + 8n);
    expect(hart.traps).toEqual([{ what: 'fetch', pc: 0n, address: 0n }]);
    expect(hart.instret).toBe(2n);
  });
});

describe('counting', () => {
  const MIX = `
    start: li a1, 7
    1: c.addi a0, 1
    sd a0, 0(a2)
    ld a3, 0(a2)
    csrrw a4, mscratch, a0
    mul a5, a0, a0
    addi a1, a1, -1
    bnez a1, 1b
    j start`;

  it('run(n) executes exactly n instructions, whatever they are', () => {
    hart.load(MIX);
    hart.setX(12, DATA);
    // One at a time, noting the path; then the same path in one run.
    const path: bigint[] = [];
    for (let i = 0; i < 200; i++) {
      path.push(hart.pc);
      expect(hart.run(1)).toBe(EXIT.BUDGET);
      expect(hart.budget).toBe(0);
      expect(hart.instret).toBe(BigInt(i + 1));
    }
    for (const n of [1, 2, 3, 5, 8, 50, 51, 64, 199]) {
      const other = new TestHart();
      other.load(MIX);
      other.setX(12, DATA);
      expect(other.run(n)).toBe(EXIT.BUDGET);
      expect(other.pc).toBe(path[n]);
      expect([other.budget, other.instret]).toEqual([0, BigInt(n)]);
    }
  });

  it('the border of a page costs nothing', () => {
    hart.load('.org 4092\nnop\nnop\nnop', CODE);
    hart.pc = CODE + 4092n;
    hart.run(2);
    expect([hart.pc, hart.instret]).toEqual([CODE + 4100n, 2n]);
  });

  it('an attempt that traps spends budget and does not retire', () => {
    hart.load('.half 0');
    hart.load('nop; nop', TRAP_VECTOR);
    hart.pc = CODE;
    hart.run(3);
    expect([hart.pc, hart.instret, hart.budget]).toEqual([TRAP_VECTOR + 8n, 2n, 0]);
  });

  it('a fetch that faults for ever gives the hart back', () => {
    hart.noFetch.add(TRAP_VECTOR & ~0xfffn);
    hart.pc = 0n;
    expect(hart.run(100)).toBe(EXIT.BUDGET);
    expect(hart.traps).toHaveLength(100);
    expect([hart.pc, hart.instret]).toEqual([TRAP_VECTOR, 0n]);
  });
});

describe('instructions that are done two at a time', () => {
  it('may be entered at the second one', () => {
    hart.load('slli a0, a0, 4\nsrli a0, a0, 2\nj .');
    hart.setX(10, 1n);
    hart.run(2);
    hart.pc = CODE + 4n;
    hart.run(1);
    expect(hart.x(10)).toBe(1n);
  });

  it('a trap of the second one leaves the first one done', () => {
    hart.load('lw a0, 0(a1)\nlw a2, 0(a3)');
    hart.setX(11, DATA);
    hart.write64(DATA, 7n);
    hart.run(1); // the TLB knows the first one's page now
    hart.setX(10, 0n);
    hart.pc = CODE;
    hart.run(2);
    expect(hart.x(10)).toBe(7n);
    expect(hart.traps).toEqual([{ what: 'load', pc: CODE + 4n, address: 0n }]);
    expect([hart.instret, hart.budget]).toEqual([2n, 0]);
  });

  it('random code computes the same one by one and in one run', () => {
    let seed = 1;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
      return (seed >>> 8) % below;
    };
    const register = (): string => `a${random(6)}`;
    const immediate = (): number => random(64) - 32;
    const MAKERS = [
      ...['addi', 'addiw', 'andi', 'xori'].map(
        (n) => () => `${n} ${register()}, ${register()}, ${immediate()}`,
      ),
      ...['slli', 'srli', 'slliw', 'srliw'].map(
        (n) => () => `${n} ${register()}, ${register()}, ${random(32)}`,
      ),
      ...['add', 'addw', 'mulw', 'xor', 'and'].map(
        (n) => () => `${n} ${register()}, ${register()}, ${register()}`,
      ),
      ...['lw', 'ld', 'lbu', 'sb', 'sw', 'sd'].map((n) => () => `${n} ${register()}, ${random(256)}(s0)`),
      ...['c.add', 'c.mv', 'c.xor', 'c.addw'].map((n) => () => `${n} ${register()}, ${register()}`),
      ...['c.lw', 'c.ld', 'c.sw', 'c.sd'].map(
        (n) => () => `${n} ${register()}, ${(random(16) * 8) % 128}(s0)`,
      ),
      ...['beq', 'bne', 'bltu', 'bgeu'].map((n) => () => `${n} ${register()}, ${register()}, . + 4`),
      ...['c.addi', 'c.addiw'].map((n) => () => `${n} ${register()}, ${immediate()}`),
      () => `c.slli ${register()}, ${1 + random(31)}`,
      () => `c.bnez ${register()}, . + 2`,
    ];
    const lines = Array.from({ length: 1000 }, () => MAKERS[random(MAKERS.length)]?.() ?? '');
    const text = `${lines.join('\n')}\nend: j end`;
    const outcome = (budgets: readonly number[]): bigint[] => {
      const other = new TestHart();
      other.load(text);
      for (let r = 10; r < 16; r++) other.setX(r, BigInt(r) * 0x1234_5678_9abcn);
      other.setX(8, DATA);
      budgets.forEach((budget) => expect(other.run(budget)).toBe(EXIT.BUDGET));
      expect(other.traps).toEqual([]);
      const memory = Array.from({ length: 33 }, (_, i) => other.read64(DATA + BigInt(i * 8)));
      return [...[10, 11, 12, 13, 14, 15].map((r) => other.x(r)), ...memory, other.pc, other.instret];
    };
    const expected = outcome(new Array<number>(1000).fill(1));
    expect(outcome([1000])).toEqual(expected);
    expect(outcome([...new Array<number>(142).fill(7), 6])).toEqual(expected);
  });
});

describe('REASONS', () => {
  it('leaves before the first instruction when it is set', () => {
    hart.load('nop');
    hart.reasons = 1;
    expect(hart.run(10)).toBe(EXIT.REASONS);
    expect([hart.pc, hart.budget]).toEqual([CODE, 10]);
  });

  it.each([
    ['branch', 'beqz x0, t\n.zero 8'],
    ['jal', 'j t\n.zero 8'],
    ['jalr', 'jalr x0, 24(a2)\n.zero 8'],
    ['branch to another page', 'beqz x0, t\n.org 4090'],
    ['jal to another page', 'j t\n.org 4096'],
    ['jalr to another page', 'jalr x0, 24(a3)\n.org 4120'],
  ])('is seen at a taken %s, not before, and the pc is its target', (_, jump) => {
    // The first store makes the TLB know the page, so that the second is done in the middle of the fast function.
    const { symbols } = hart.load(`
      sw x0, 0(a1)
      sw a0, 0(a1)
      addi a4, a4, 1
      ${jump}
      t: nop`);
    hart.setX(10, 8n);
    hart.setX(11, OWN_BLOCK + BigInt(HART.REASONS));
    hart.setX(12, CODE);
    hart.setX(13, CODE + PAGE);
    expect(hart.run(100)).toBe(EXIT.REASONS);
    expect(hart.x(14)).toBe(1n);
    expect(hart.pc).toBe(symbols.get('t'));
    expect([hart.instret, hart.budget]).toEqual([4n, 96]);
    expect(hart.translations).toBe(1);
  });

  it('a loop that another hart interrupts does not go on', () => {
    hart.load('sw x0, 0(a1)\nsw a0, 0(a1)\n1: j 1b');
    hart.setX(10, 4n);
    hart.setX(11, OWN_BLOCK + BigInt(HART.REASONS));
    expect(hart.run(1_000_000_000)).toBe(EXIT.REASONS);
    expect(hart.instret).toBe(3n);
  });
});

describe('pages of code', () => {
  it('an instruction across two pages runs, every time it is reached', () => {
    hart.load(`.org 4086
      start: addi a1, a1, 1
      addi a2, a2, 1
      lui a0, 0x12345
      c.addi a0, 1
      j start`);
    hart.pc = CODE + 4086n;
    hart.run(5);
    expect([hart.x(10), hart.x(11), hart.pc]).toEqual([0x1234_5001n, 1n, CODE + 4086n]);
    hart.run(5);
    expect(hart.x(11)).toBe(2n);
  });

  const CROSSING = CODE + 4094n;
  it.each([
    ['auipc a0, 1', () => expect(hart.x(10)).toBe(CROSSING + PAGE)],
    ['jal a0, . + 16', () => expect([hart.x(10), hart.pc]).toEqual([CROSSING + 4n, CROSSING + 16n])],
    ['jalr a0, 4(a2)', () => expect([hart.x(10), hart.pc]).toEqual([CROSSING + 4n, DATA + 4n])],
    ['beq x0, x0, . - 64', () => expect(hart.pc).toBe(CROSSING - 64n)],
    ['bne x0, x0, . - 64', () => expect(hart.pc).toBe(CROSSING + 4n)],
    ['ld a0, 0(a2)', () => expect(hart.x(10)).toBe(42n)],
    ['amoadd.d a0, a2, (a2)', () => expect(hart.read64(DATA)).toBe(DATA + 42n)],
    ['mulhu a0, a2, a2', () => expect(hart.x(10)).toBe((DATA * DATA) >> 64n)],
    ['csrrw a0, mscratch, a2', () => expect(hart.x(10)).toBe(0x1234_5678_9abc_def0n)],
  ])('across two pages: %s', (text, check) => {
    hart.load(text, CROSSING);
    hart.setX(12, DATA);
    hart.write64(DATA, 42n);
    hart.run(1);
    check();
    expect(hart.traps).toEqual([]);
  });

  it('the second half is fetched for itself and faults at its own address', () => {
    hart.load('lui a0, 0x12345', CROSSING);
    hart.noFetch.add(CODE + PAGE);
    hart.run(1);
    expect(hart.traps).toEqual([{ what: 'fetch', pc: CROSSING, address: CODE + PAGE }]);
    expect([hart.x(10), hart.instret]).toEqual([0n, 0n]);
  });

  it('a 16-bit instruction at the end of a page does not touch the next', () => {
    hart.load('c.li a0, 5', CROSSING);
    hart.noFetch.add(CODE + PAGE);
    hart.run(1);
    expect([hart.x(10), hart.traps.length]).toEqual([5n, 0]);
  });

  it('a page that may be fetched from once is asked for at each instruction', () => {
    hart.fetchOnce.add(CODE);
    hart.load('1: lui a0, 0x12345\nc.addi a1, 1\nj 1b');
    hart.run(30);
    expect([hart.x(10), hart.x(11), hart.pc]).toEqual([0x1234_5000n, 10n, CODE]);
    // One for each instruction, and one for each second half of the 32-bit ones.
    expect(hart.fetches).toBe(30 + 20);
  });

  it('code that changes is seen after the epoch was raised', () => {
    hart.load('c.li a0, 1\nc.li a1, 1');
    hart.run(2);
    hart.load('c.li a0, 2\nc.li a1, 2');
    hart.raiseCodeEpoch();
    hart.run(2);
    expect([hart.x(10), hart.x(11)]).toEqual([2n, 2n]);
  });

  it('self-modifying code with FENCE.I', () => {
    hart.load(`
      la a1, patch
      la a2, new
      lw a2, 0(a2)
      li a3, 3
      1: sw a2, 0(a1)
      fence.i
      patch: addi a0, a0, 1
      addi a3, a3, -1
      bnez a3, 1b
      end: j end
      new: addi a0, a0, 100`);
    hart.runToEnd();
    expect(hart.x(10)).toBe(300n);
    expect(hart.systems).toEqual(['fence.i', 'fence.i', 'fence.i']);
  });

  it('more pages than slots: each is decoded again when it comes back', () => {
    const pages = SLOT_COUNT + 10;
    const address = (i: number): bigint => CODE + 0x2_0000n + BigInt(i) * PAGE;
    for (let i = 0; i < pages; i++) hart.load(`addi a0, a0, ${i}`, address(i));
    let sum = 0n;
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < pages; i++) {
        hart.pc = address(i);
        hart.run(1);
        sum += BigInt(i);
      }
    }
    expect(hart.x(10)).toBe(sum);
  });
});

describe('the runtime', () => {
  it.each([
    ['csrrw a0, mscratch, a2', 0, true, true, 7n],
    ['csrrw x0, mscratch, a2', 0, false, true, 7n],
    ['csrrw a0, mscratch, x0', 0, true, true, 0n],
    ['csrrs a0, mscratch, a2', 1, true, true, 7n],
    ['csrrs a0, mscratch, x0', 1, true, false, 0n],
    ['csrrc x0, mscratch, a2', 2, false, true, 7n],
    ['csrrwi a0, mscratch, 0', 0, true, true, 0n],
    ['csrrsi a0, mscratch, 31', 1, true, true, 31n],
    ['csrrci a0, mscratch, 0', 2, true, false, 0n],
  ])('%s', (text, op, reads, writes, operand) => {
    hart.load(text);
    hart.setX(12, 7n);
    hart.setX(10, 1n);
    hart.run(1);
    expect(hart.csrs).toEqual([{ number: 0x340, op, reads, writes, operand }]);
    expect(hart.x(10)).toBe(text.includes(' x0, mscratch') ? 1n : 0x1234_5678_9abc_def0n);
    expect([hart.x(0), hart.pc, hart.instret]).toEqual([0n, CODE + 4n, 1n]);
  });

  it('a set of a register that holds 0 still writes', () => {
    hart.load('csrrs a0, mscratch, a2');
    hart.run(1);
    expect(hart.csrs).toMatchObject([{ writes: true, operand: 0n }]);
  });

  it('a CSR access that traps writes no rd', () => {
    hart.load('csrrw a0, mscratch, a2');
    hart.csrResult = 1;
    hart.run(1);
    expect([hart.x(10), hart.pc, hart.instret, hart.budget]).toEqual([0n, TRAP_VECTOR, 0n, 0]);
  });

  it('a CSR access may ask to leave after it', () => {
    hart.load('csrrw a0, mscratch, a2\nnop');
    hart.csrResult = 2;
    expect(hart.run(10)).toBe(EXIT.REASONS);
    expect([hart.pc, hart.budget, hart.instret]).toEqual([CODE + 4n, 9, 1n]);
    expect(hart.x(10)).toBe(0x1234_5678_9abc_def0n);
  });

  it.each(['sret', 'mret', 'wfi', 'sfence.vma x1, x2', 'fence.i'])(
    '%s is done by system and retires',
    (text) => {
      hart.load(text);
      hart.run(1);
      expect(hart.systems).toEqual([text.split(' ')[0]]);
      expect([hart.pc, hart.instret, hart.budget]).toEqual([CODE + 4n, 1n, 0]);
    },
  );

  it.each([
    ['ebreak', 'ebreak', 0x0010_0073n],
    ['c.ebreak', 'ebreak', 0x9002n],
    ['.word 0xffffffff', 'illegal', 0xffff_ffffn],
    ['.half 0', 'illegal', 0n],
    ['.half 0x8002; .half 0xffff', 'illegal', 0x8002n],
  ])('%s: %s with the word as it stands', (text, what, raw) => {
    hart.load(text);
    hart.run(1);
    expect(hart.traps).toEqual([{ what, pc: CODE, address: raw }]);
    expect(hart.instret).toBe(0n);
  });

  it('system may end the run, and an ECALL for the firmware does not retire', () => {
    hart.load('wfi; ecall');
    hart.systemResult = EXIT.WFI;
    expect(hart.run(10)).toBe(EXIT.WFI);
    expect([hart.pc, hart.budget, hart.instret]).toEqual([CODE + 4n, 9, 1n]);
    hart.systemResult = EXIT.FIRMWARE;
    expect(hart.run(10)).toBe(EXIT.FIRMWARE);
    expect([hart.pc, hart.budget, hart.instret]).toEqual([CODE + 4n, 9, 1n]);
  });

  it('fences and PAUSE go on', () => {
    hart.load('fence rw, w\nfence.tso\npause\nfence\nend: nop');
    hart.runToEnd();
    expect(hart.instret).toBe(4n);
    expect(hart.privateWord(PRIVATE.RAW)).toBe(0);
  });
});
