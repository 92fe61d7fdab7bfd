/** The hart as a whole, on the real interpreter, from assembly text: traps, interrupts, WFI, timers, counters. */
import { describe, expect, it } from 'vitest';
import {
  HART,
  RAM_BASE,
  REASON_FENCE,
  REASON_INTERRUPT,
  REASON_PAUSE,
  FENCE_TLB,
} from '../protocol/layout.ts';
import { IRQ } from './hart-state.ts';
import { createTestProgram, type TestProgram } from './hart.testkit.ts';
import { EXIT } from './interpreter-abi.ts';

const A0 = 10;
const A1 = 11;
const A2 = 12;
const A3 = 13;
const A4 = 14;

/** Enters the label `user` in U-mode with PMP open; everything traps to `trap`. */
const ENTER_USER = `
  li t0, -1
  csrw pmpaddr0, t0
  li t0, 0x1f
  csrw pmpcfg0, t0
  la t0, trap
  csrw mtvec, t0
  la t0, user
  csrw mepc, t0
  csrw mstatus, x0
  mret
`;
const ENTER_SUPERVISOR = ENTER_USER.replace('csrw mstatus, x0', 'li t0, 0x800; csrw mstatus, t0');
/** Reads cause, pc and value of the trap, and ends. */
const REPORT = `
  trap:
  csrr a0, mcause
  csrr a1, mepc
  csrr a2, mtval
  csrr a3, mstatus
  wfi
`;

const setReason = (program: TestProgram, bit: number): void =>
  void Atomics.or(new Int32Array(program.memory.buffer), (program.hart.block + HART.REASONS) >> 2, bit);

describe('exceptions', () => {
  it.each([
    ['ecall', 'ecall', 8n, 0n],
    ['ebreak', 'ebreak', 3n, 'here'],
    ['c.ebreak', 'c.ebreak', 3n, 'here'],
    ['an illegal instruction', '.word 0xffffffff', 2n, 0xffff_ffffn],
    ['an illegal compressed instruction', '.half 0', 2n, 0n],
    ['another illegal compressed instruction', '.half 0x8000', 2n, 0x8000n],
    ['a CSR of M', 'csrr a5, mscratch', 2n, 0x3400_27f3n],
    ['mret', 'mret', 2n, 0x3020_0073n],
    ['sret', 'sret', 2n, 0x1020_0073n],
    ['wfi', 'wfi', 2n, 0x1050_0073n],
    ['sfence.vma', 'sfence.vma', 2n, 0x1200_0073n],
    ['a load outside RAM', 'ld a5, 8(x0)', 5n, 8n],
    ['a store outside RAM', 'sd a5, 8(x0)', 7n, 8n],
    ['a misaligned amo', 'la a4, user; addi a4, a4, 2; here: amoadd.w a5, a5, (a4)', 6n, 'user+2'],
    ['a misaligned lr', 'la a4, user; addi a4, a4, 4; here: lr.d a5, (a4)', 4n, 'user+4'],
    ['an amo on a device', 'li a4, 0x10000000; here: amoadd.w a5, a5, (a4)', 7n, 0x1000_0000n],
    ['lr on a device', 'li a4, 0x10000000; here: lr.w a5, (a4)', 5n, 0x1000_0000n],
  ])('%s from U', (_name, text, cause, value) => {
    const here = text.includes('here:') ? '' : 'here:';
    const program = createTestProgram(
      `${ENTER_USER} .balign 8; user: ${here} ${text}; j user; .balign 4; ${REPORT}`,
    );
    program.finish();
    const [label, offset] = typeof value === 'string' ? value.split('+') : [];
    const expected = label === undefined ? value : program.at(label) + BigInt(offset ?? 0);
    expect(program.hart.x(A0)).toBe(cause);
    expect(program.hart.x(A1)).toBe(program.at('here'));
    expect(program.hart.x(A2)).toBe(expected);
    expect(program.hart.x(A3) & 0x1800n).toBe(0n);
  });

  it('of a jump outside RAM has the target as pc and value', () => {
    const program = createTestProgram(`${ENTER_USER} user: li a4, 0x2000; jr a4; .balign 4; ${REPORT}`);
    program.finish();
    expect(program.hart.x(A0)).toBe(1n);
    expect(program.hart.x(A1)).toBe(0x2000n);
    expect(program.hart.x(A2)).toBe(0x2000n);
  });

  it('leave registers and memory as they were', () => {
    const program = createTestProgram(`${ENTER_USER}
      user: li a5, 77; li a6, 0
      here: ld a5, 0(a6)
      .balign 4; ${REPORT}`);
    program.finish();
    expect(program.hart.x(15)).toBe(77n);
    expect(program.hart.x(A1)).toBe(program.at('here'));
  });

  it.each([
    ['TVM', 20, 'sfence.vma'],
    ['TVM', 20, 'csrr a5, satp'],
    ['TW', 21, 'wfi'],
    ['TSR', 22, 'sret'],
  ])('%s (bit %i) forbids %s to S', (_name, bit, text) => {
    const enter = ENTER_SUPERVISOR.replace('0x800', String(0x800 + 2 ** bit));
    const program = createTestProgram(`${enter} user: ${text}; 1: j 1b; .balign 4; ${REPORT}`);
    program.finish();
    expect(program.hart.x(A0)).toBe(2n);
    expect(program.hart.x(A1)).toBe(program.at('user'));
  });

  it('are delegated to S, and return there', () => {
    const program = createTestProgram(`
      li t0, 0x100
      csrw medeleg, t0
      la t0, strap
      csrw stvec, t0
      ${ENTER_USER}
      user: ecall
      li a4, 5
      .word 0
      .balign 4
      strap: csrr s0, scause
      csrr s1, sepc
      addi t0, s1, 4
      csrw sepc, t0
      sret
      .balign 4
      ${REPORT}`);
    program.finish();
    expect(program.hart.x(8)).toBe(8n);
    expect(program.hart.x(9)).toBe(program.at('user'));
    expect(program.hart.x(A4)).toBe(5n);
    expect(program.hart.x(A0)).toBe(2n);
  });

  it('end with the budget when the last of it jumps to where nothing can be fetched', () => {
    const text = 'la t0, begin; csrw mtvec, t0; begin: nop; li t0, 0x2000000; jr t0';
    for (let budget = 1; budget < 32; budget++) {
      const test = createTestProgram(text);
      expect(test.hart.run(budget)).toBe(EXIT.BUDGET);
      expect(test.word(HART.BUDGET)).toBe(0);
    }
  });

  it('in a loop of traps use up the budget', () => {
    const program = createTestProgram('li t0, 0; csrw mtvec, t0; .word 0');
    expect(program.hart.run(1000)).toBe(EXIT.BUDGET);
    expect(program.word(HART.BUDGET)).toBe(0);
  });
});

describe('interrupts', () => {
  const HANDLER = `
    trap: csrr a0, mcause
    csrr a1, mepc
    csrw mie, x0
    mret
  `;

  it('are taken before the instruction after the one that enables them', () => {
    const program = createTestProgram(`
      la t0, trap; csrw mtvec, t0
      li t0, 8; csrw mie, t0
      csrsi mstatus, 8
      after: li a2, 1
      wfi
      .balign 4; ${HANDLER}`);
    program.raise(IRQ.MSI);
    program.finish();
    expect(program.hart.x(A0)).toBe((1n << 63n) | 3n);
    expect(program.hart.x(A1)).toBe(program.at('after'));
    expect(program.hart.x(A2)).toBe(1n);
  });

  it('are taken at the target of the MRET that enables them', () => {
    const program = createTestProgram(`
      la t0, trap; csrw mtvec, t0
      li t0, 2; csrw mie, t0
      csrsi mip, 2
      la t0, target; csrw mepc, t0
      li t0, 0x1880; csrw mstatus, t0
      mret
      nop
      target: li a2, 1
      wfi
      .balign 4; ${HANDLER}`);
    program.finish();
    expect(program.hart.x(A0)).toBe((1n << 63n) | 1n);
    expect(program.hart.x(A1)).toBe(program.at('target'));
    expect(program.hart.x(A2)).toBe(1n);
  });

  it('end a loop that polls nothing, by the reason word', () => {
    const program = createTestProgram(`
      la t0, trap; csrw mtvec, t0
      li t0, 0x800; csrw mie, t0
      csrsi mstatus, 8
      1: j 1b
      .balign 4
      trap: csrr a0, mcause; csrw mie, x0; wfi`);
    expect(program.hart.run(1000)).toBe(EXIT.BUDGET);
    program.raise(IRQ.MEI);
    setReason(program, REASON_INTERRUPT);
    expect(program.hart.run(1000)).toBe(EXIT.WFI);
    expect(program.hart.x(A0)).toBe((1n << 63n) | 11n);
    expect(program.word(HART.REASONS)).toBe(0);
  });

  it('other reasons are left for the outer loop, before anything is executed', () => {
    const program = createTestProgram('li a0, 1; wfi');
    setReason(program, REASON_PAUSE | REASON_FENCE | REASON_INTERRUPT);
    expect(program.hart.run(10)).toBe(EXIT.REASONS);
    expect(program.word(HART.REASONS)).toBe(REASON_PAUSE | REASON_FENCE);
    expect(program.word(HART.BUDGET)).toBe(10);
    expect(program.hart.pc()).toBe(BigInt(RAM_BASE));
  });
});

describe('WFI', () => {
  it('leaves with pc behind it, and goes on at once when an enabled interrupt is pending', () => {
    const program = createTestProgram('li t0, 8; csrw mie, t0; wfi; after: li a0, 1; wfi; end: nop');
    program.finish();
    expect(program.hart.pc()).toBe(program.at('after'));
    expect(program.hart.wakeable()).toBe(false);
    program.raise(IRQ.SSI);
    expect(program.hart.wakeable()).toBe(false);
    program.raise(IRQ.MSI);
    expect(program.hart.wakeable()).toBe(true);
    program.hart.setPc(program.at('after') - 4n);
    // MIE is 0: the interrupt ends the wait and is not taken.
    expect(program.hart.run(2)).toBe(EXIT.BUDGET);
    expect(program.hart.x(A0)).toBe(1n);
  });
});

describe('timers', () => {
  it('stimecmp raises STIP when its time comes', () => {
    const program = createTestProgram(
      `
      la t0, trap; csrw stvec, t0
      li t0, 500; csrw stimecmp, t0
      li t0, 0x20; csrw sie, t0
      csrsi sstatus, 2
      rdtime a4
      wfi
      .balign 4
      trap: csrr a0, scause
      csrr a1, sip
      li t0, -1; csrw stimecmp, t0
      csrr a2, sip
      wfi`,
      1,
    );
    program.env.now = 499;
    program.finish();
    expect(program.hart.x(A4)).toBe(499n);
    expect(program.hart.deadline()).toBe(500);
    program.hart.updateTimer();
    expect(program.hart.wakeable()).toBe(false);
    program.env.now = 500;
    program.hart.updateTimer();
    expect(program.hart.wakeable()).toBe(true);
    program.finish();
    expect(program.hart.x(A0)).toBe((1n << 63n) | 5n);
    expect(program.hart.x(A1)).toBe(0x20n);
    expect(program.hart.x(A2)).toBe(0n);
    expect(program.hart.deadline()).toBe(Infinity);
    program.hart.setTimer(2n ** 33n + 7n);
    expect(program.hart.deadline()).toBe(2 ** 33 + 7);
    program.hart.setTimer((1n << 64n) - 1n);
    expect(program.hart.deadline()).toBe(Infinity);
  });

  it('mtimecmp raises MTIP', () => {
    const program = createTestProgram('li t0, 0x80; csrw mie, t0; wfi; csrr a0, mip; wfi');
    program.env.mtimecmp = 90;
    program.finish();
    expect(program.hart.deadline()).toBe(90);
    program.env.now = 90;
    program.hart.updateTimer();
    expect(program.hart.wakeable()).toBe(true);
    program.hart.run(1);
    expect(program.hart.x(A0)).toBe(0x80n);
  });
});

describe('instret', () => {
  it('counts each instruction but those that trap', () => {
    const program = createTestProgram(`
      la t0, trap; csrw mtvec, t0
      rdinstret a0
      nop
      nop
      rdinstret a1
      ecall
      rdinstret a2
      wfi
      .balign 4
      trap: csrr t0, mepc
      addi t0, t0, 4
      csrw mepc, t0
      mret`);
    program.finish();
    expect(program.hart.x(A1) - program.hart.x(A0)).toBe(3n);
    expect(program.hart.x(A2) - program.hart.x(A1)).toBe(5n);
  });

  it('stands behind the budget: instructions executed are what was used', () => {
    const program = createTestProgram('1: addi a0, a0, 1; j 1b');
    expect(program.hart.run(101)).toBe(EXIT.BUDGET);
    expect(program.hart.x(A0)).toBe(51n);
    expect(program.word(HART.INSTRET)).toBe(101);
  });

  it('minstret reads in the next instruction what was written', () => {
    const program = createTestProgram(
      'li t0, 100; csrw minstret, t0; csrr a0, minstret; csrr a1, minstret; wfi',
    );
    program.finish();
    expect(program.hart.x(A0)).toBe(100n);
    expect(program.hart.x(A1)).toBe(101n);
  });
});

describe('entry in S-mode', () => {
  it('is as firmware leaves it', () => {
    const program = createTestProgram(
      `
      mv s0, a0
      mv s1, a1
      csrr a0, sstatus
      csrr a1, satp
      csrr a2, sie
      rdcycle a3
      la t0, strap; csrw stvec, t0
      here: csrr a4, mstatus
      .balign 4
      strap: csrr a4, scause
      csrr a5, stval
      wfi`,
      1,
    );
    program.hart.start(BigInt(RAM_BASE), 0x1_2345_6789n, 1);
    program.finish();
    expect(program.hart.x(8)).toBe(0n);
    expect(program.hart.x(9)).toBe(0x1_2345_6789n);
    expect(program.hart.x(A0)).toBe(2n << 32n);
    expect(program.hart.x(A1)).toBe(0n);
    expect(program.hart.x(A2)).toBe(0n);
    expect(program.hart.x(A4)).toBe(2n);
    expect(program.hart.x(15)).toBe(0x3000_2773n);
  });

  it('ECALL leaves for the firmware, pc at the ecall; the same from U traps to S', () => {
    const program = createTestProgram(
      `
      la t0, strap; csrw stvec, t0
      here: ecall
      la t0, user; csrw sepc, t0
      csrw sstatus, x0
      sret
      user: ecall
      .balign 4
      strap: csrr a4, scause
      wfi`,
      1,
    );
    expect(program.hart.run(100)).toBe(EXIT.FIRMWARE);
    expect(program.hart.pc()).toBe(program.at('here'));
    program.hart.setPc(program.hart.pc() + 4n);
    program.finish();
    expect(program.hart.x(A4)).toBe(8n);
  });
});

describe('the gate', () => {
  const PROGRAM = `
    la t0, trap; csrw mtvec, t0
    li s0, 0x80080000
    again: ld a4, 0(s0)
    wfi
    j again
    .balign 4; ${REPORT}`;

  it('holds again after a fence', () => {
    const program = createTestProgram(PROGRAM);
    program.finish();
    program.env.forbidden.push({ from: 0x8008_0000, to: 0x8008_1000 });
    program.hart.fence(FENCE_TLB);
    program.finish();
    expect(program.hart.x(A0)).toBe(5n);
    expect(program.hart.x(A1)).toBe(program.at('again'));
    expect(program.env.refusals).toEqual([{ address: 0x8008_0000, kind: 0 }]);
  });

  it('stops execution in a page that was taken', () => {
    const program = createTestProgram(`
      la t0, trap; csrw mtvec, t0
      li s0, 0x80001000
      wfi
      jr s0
      ${REPORT}
      .org 0x1000
      .word 0x10500073`);
    program.finish();
    program.env.forbidden.push({ from: 0x8000_1000, to: 0x8000_2000 });
    program.hart.fence(FENCE_TLB);
    program.finish();
    expect(program.hart.x(A0)).toBe(1n);
    expect(program.hart.x(A1)).toBe(0x8000_1000n);
  });
});

describe('LR and SC', () => {
  it('lose the reservation at a trap return', () => {
    const program = createTestProgram(`
      la t0, trap; csrw mtvec, t0
      la s0, data
      lr.d t1, (s0)
      sc.d a0, t1, (s0)
      lr.d t1, (s0)
      ecall
      sc.d a1, t1, (s0)
      wfi
      .balign 4
      trap: csrr t0, mepc; addi t0, t0, 4; csrw mepc, t0; mret
      .balign 8
      data: .dword 9`);
    program.finish();
    expect(program.hart.x(A0)).toBe(0n);
    expect(program.hart.x(A1)).toBe(1n);
  });
});
