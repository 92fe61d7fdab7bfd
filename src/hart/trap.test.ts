import { describe, expect, it } from 'vitest';
import { HART } from '../protocol/layout.ts';
import { IRQ, MACHINE, MSTATUS, SLOT, SUPERVISOR, USER } from './hart-state.ts';
import { createParts, type Parts } from './parts.testkit.ts';
import { CAUSE } from './trap.ts';

const MTVEC = 0x8000_1000n;
const STVEC = 0x8000_2000n;
const PC = 0xffff_ffff_8000_0044n;

function partsWith(setup: { mie?: number; mideleg?: number; medeleg?: number; status?: number }): Parts {
  const parts = createParts();
  const { state } = parts;
  state.set(SLOT.MIE, setup.mie ?? 0, 0);
  state.set(SLOT.MIDELEG, setup.mideleg ?? 0, 0);
  state.set(SLOT.MEDELEG, setup.medeleg ?? 0, 0);
  state.setWord(SLOT.MSTATUS, setup.status ?? 0);
  state.setLong(SLOT.MTVEC, MTVEC);
  state.setLong(SLOT.STVEC, STVEC);
  state.setLong(HART.PC, PC);
  return parts;
}
const raise = (parts: Parts, bits: number): void =>
  void Atomics.or(parts.state.words, parts.state.index(HART.MIP), bits);

describe('interrupts', () => {
  const S_ALL = IRQ.SSI | IRQ.STI | IRQ.SEI;

  // privilege, MIE, SIE, delegated: takeable?
  it.each([
    [MACHINE, 0, 0, false, false],
    [MACHINE, 1, 0, false, true],
    [MACHINE, 1, 1, true, false],
    [SUPERVISOR, 0, 0, false, true],
    [SUPERVISOR, 1, 0, true, false],
    [SUPERVISOR, 0, 1, true, true],
    [USER, 0, 0, false, true],
    [USER, 0, 0, true, true],
  ])('privilege %i, MIE %i, SIE %i, delegated %s: %s', (privilege, mie, sie, delegated, taken) => {
    const parts = partsWith({
      mie: IRQ.SEI,
      mideleg: delegated ? S_ALL : 0,
      status: (mie !== 0 ? MSTATUS.MIE : 0) | (sie !== 0 ? MSTATUS.SIE : 0),
    });
    raise(parts, IRQ.SEI);
    parts.state.setPrivilege(privilege);
    expect(parts.traps.takeInterrupt()).toBe(taken);
    if (taken) expect(parts.state.privilege).toBe(delegated ? SUPERVISOR : MACHINE);
  });

  it('come in the order MEI, MSI, MTI, SEI, SSI, STI', () => {
    const parts = partsWith({ mie: -1, status: MSTATUS.MIE });
    const seen: number[] = [];
    raise(parts, 0xaaa);
    for (let code = parts.traps.takeable(); code >= 0; code = parts.traps.takeable()) {
      seen.push(code);
      Atomics.and(parts.state.words, parts.state.index(HART.MIP), ~(1 << code));
    }
    expect(seen).toEqual([11, 3, 7, 9, 1, 5]);
  });

  it('for M come before delegated ones', () => {
    const parts = partsWith({ mie: -1, mideleg: IRQ.SEI, status: MSTATUS.SIE });
    parts.state.setPrivilege(SUPERVISOR);
    raise(parts, IRQ.SEI | IRQ.STI);
    expect(parts.traps.takeable()).toBe(5);
  });

  it('of software are told to the environment, with what they found', () => {
    const parts = partsWith({ mie: -1, mideleg: S_ALL, status: MSTATUS.SIE });
    parts.state.setPrivilege(SUPERVISOR);
    raise(parts, IRQ.STI);
    expect(parts.traps.takeInterrupt()).toBe(true);
    expect(parts.env.softInterrupts).toEqual([]);
    parts.state.setWord(SLOT.MSTATUS, MSTATUS.SIE);
    parts.state.setLong(HART.PC, PC);
    raise(parts, IRQ.SSI);
    expect(parts.traps.takeInterrupt()).toBe(true);
    expect(parts.env.softInterrupts).toEqual([
      { pc: PC, mstatus: MSTATUS.SIE, mip: IRQ.SSI | IRQ.STI, privilege: SUPERVISOR },
    ]);
  });

  it('that mie does not enable are not taken', () => {
    const parts = partsWith({ mie: IRQ.SSI, status: MSTATUS.MIE });
    raise(parts, IRQ.MSI | IRQ.SEI);
    expect(parts.traps.takeInterrupt()).toBe(false);
  });

  it.each([
    [0n, MTVEC],
    [1n, MTVEC + 4n * 7n],
  ])('with mtvec mode %s go to %s, exceptions to the base', (mode, expected) => {
    const parts = partsWith({ mie: IRQ.MTI, status: MSTATUS.MIE });
    parts.state.setLong(SLOT.MTVEC, MTVEC | mode);
    raise(parts, IRQ.MTI);
    expect(parts.traps.takeInterrupt()).toBe(true);
    expect(parts.state.long(HART.PC)).toBe(expected);
    expect(parts.state.long(SLOT.MCAUSE)).toBe((1n << 63n) | 7n);
    expect(parts.state.long(SLOT.MEPC)).toBe(PC);
    expect(parts.state.long(SLOT.MTVAL)).toBe(0n);
    expect(parts.state.low(HART.LAST_CAUSE) >>> 0).toBe(0x8000_0007);
    parts.traps.exception(CAUSE.ILLEGAL, 0, 0);
    expect(parts.state.long(HART.PC)).toBe(MTVEC);
    expect(parts.state.low(HART.LAST_CAUSE)).toBe(CAUSE.ILLEGAL);
    expect(parts.state.low(HART.TRAPS)).toBe(2);
  });

  it('of a vectored table go over a 32-bit border', () => {
    const parts = partsWith({ mie: IRQ.MTI, status: MSTATUS.MIE });
    parts.state.setLong(SLOT.MTVEC, 0x1_ffff_fff1n);
    raise(parts, IRQ.MTI);
    parts.traps.takeInterrupt();
    expect(parts.state.long(HART.PC)).toBe(0x2_0000_000cn);
  });
});

describe('exceptions', () => {
  it.each([
    [USER, true, SUPERVISOR],
    [SUPERVISOR, true, SUPERVISOR],
    [MACHINE, true, MACHINE],
    [USER, false, MACHINE],
    [SUPERVISOR, false, MACHINE],
  ])('from %i, delegated %s, go to %i', (from, delegated, into) => {
    const parts = partsWith({
      medeleg: delegated ? 1 << CAUSE.LOAD_PAGE : 0,
      status: MSTATUS.MIE | MSTATUS.SIE,
    });
    parts.state.setPrivilege(from);
    parts.traps.exception(CAUSE.LOAD_PAGE, 0x1234, -1);
    const { state } = parts;
    expect(state.privilege).toBe(into);
    const inS = into === SUPERVISOR;
    expect(state.long(inS ? SLOT.SEPC : SLOT.MEPC)).toBe(PC);
    expect(state.long(inS ? SLOT.SCAUSE : SLOT.MCAUSE)).toBe(13n);
    expect(state.long(inS ? SLOT.STVAL : SLOT.MTVAL)).toBe(0xffff_ffff_0000_1234n);
    expect(state.long(HART.PC)).toBe(inS ? STVEC : MTVEC);
    const stacked = inS
      ? MSTATUS.MIE | MSTATUS.SPIE | (from === SUPERVISOR ? MSTATUS.SPP : 0)
      : MSTATUS.SIE | MSTATUS.MPIE | (from << 11);
    expect(state.mstatus).toBe(stacked);
  });

  it('are told to the environment but for ecalls and what U-mode pages in', () => {
    const parts = partsWith({});
    for (const [privilege, cause] of [
      [USER, CAUSE.LOAD_PAGE],
      [USER, CAUSE.ECALL_U],
      [USER, CAUSE.LOAD_ACCESS],
      [SUPERVISOR, CAUSE.LOAD_PAGE],
      [SUPERVISOR, CAUSE.ECALL_S],
    ] as const) {
      parts.state.setPrivilege(privilege);
      parts.traps.exception(cause, 0x10, 0x1);
    }
    expect(parts.env.exceptions).toEqual([
      { cause: CAUSE.LOAD_ACCESS, tval: 0x1_0000_0010n, privilege: USER },
      { cause: CAUSE.LOAD_PAGE, tval: 0x1_0000_0010n, privilege: SUPERVISOR },
    ]);
  });
});

describe('returns', () => {
  it('MRET pops the stack, and MPRV when it leaves M', () => {
    for (const [mpp, mprv] of [
      [USER, 0],
      [SUPERVISOR, 0],
      [MACHINE, MSTATUS.MPRV],
    ] as const) {
      const parts = partsWith({ status: MSTATUS.MPIE | MSTATUS.MPRV | (mpp << 11) });
      parts.state.setLong(SLOT.MEPC, 0x8000_0100n);
      parts.traps.returnFromM();
      expect(parts.state.privilege).toBe(mpp);
      expect(parts.state.mstatus).toBe(MSTATUS.MIE | MSTATUS.MPIE | mprv);
      expect(parts.state.long(HART.PC)).toBe(0x8000_0100n);
    }
  });

  it('SRET pops its own', () => {
    const parts = partsWith({ status: MSTATUS.SPP | MSTATUS.MPRV | MSTATUS.SIE });
    parts.state.setPrivilege(SUPERVISOR);
    parts.traps.returnFromS();
    expect(parts.state.privilege).toBe(SUPERVISOR);
    expect(parts.state.mstatus).toBe(MSTATUS.SPIE);
    parts.traps.returnFromS();
    expect(parts.state.privilege).toBe(USER);
    expect(parts.state.mstatus).toBe(MSTATUS.SPIE | MSTATUS.SIE);
  });
});
