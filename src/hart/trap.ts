/**
 * Traps: taking exceptions and interrupts with delegation, and returning from them (privileged spec, "Machine-Level
 * ISA" and "Supervisor-Level ISA").
 */
import { HART } from '../protocol/layout.ts';
import type { HartEnvironment } from './environment.ts';
import { type HartState, IRQ, MACHINE, MPP_SHIFT, MSTATUS, SLOT, SUPERVISOR, USER } from './hart-state.ts';

/** Exception codes of mcause. */
export const CAUSE = {
  FETCH_ACCESS: 1,
  ILLEGAL: 2,
  BREAKPOINT: 3,
  LOAD_MISALIGNED: 4,
  LOAD_ACCESS: 5,
  STORE_MISALIGNED: 6,
  STORE_ACCESS: 7,
  ECALL_U: 8,
  ECALL_S: 9,
  ECALL_M: 11,
  FETCH_PAGE: 12,
  LOAD_PAGE: 13,
  STORE_PAGE: 15,
} as const;

const PAGE_FAULTS = (1 << CAUSE.FETCH_PAGE) | (1 << CAUSE.LOAD_PAGE) | (1 << CAUSE.STORE_PAGE);
const ECALLS = (1 << CAUSE.ECALL_U) | (1 << CAUSE.ECALL_S) | (1 << CAUSE.ECALL_M);

/** Interrupt codes in the order in which simultaneous ones are taken. */
const INTERRUPT_ORDER = [11, 3, 7, 9, 1, 5] as const;
/** Code of the supervisor software interrupt. */
const SOFT_INTERRUPT = 1;
/** Bit 63 of xcause, as the high half; and bit 31 of HART.LAST_CAUSE. */
const INTERRUPT = 1 << 31;

/** What differs between a trap into M and one into S. */
interface Target {
  readonly privilege: number;
  readonly epc: number;
  readonly cause: number;
  readonly tval: number;
  readonly tvec: number;
}
const INTO_M: Target = {
  privilege: MACHINE,
  epc: SLOT.MEPC,
  cause: SLOT.MCAUSE,
  tval: SLOT.MTVAL,
  tvec: SLOT.MTVEC,
};
const INTO_S: Target = {
  privilege: SUPERVISOR,
  epc: SLOT.SEPC,
  cause: SLOT.SCAUSE,
  tval: SLOT.STVAL,
  tvec: SLOT.STVEC,
};

export class Traps {
  private readonly state: HartState;
  private readonly env: HartEnvironment;

  constructor(state: HartState, env: HartEnvironment) {
    this.state = state;
    this.env = env;
  }

  /** Takes an exception of the instruction at HART.PC. */
  exception(cause: number, tvalLow: number, tvalHigh: number): void {
    const privilege = this.state.privilege;
    const bit = 1 << cause;
    // What every kernel causes all the time is not worth a record.
    const expected = (bit & ECALLS) !== 0 || (privilege === USER && (bit & PAGE_FAULTS) !== 0);
    if (!expected) this.env.trapped(cause, tvalLow, tvalHigh, privilege);
    const delegated = privilege !== MACHINE && (this.state.low(SLOT.MEDELEG) & bit) !== 0;
    this.enter(delegated ? INTO_S : INTO_M, cause, 0, tvalLow, tvalHigh);
  }

  /** The code of the interrupt that would be taken now, or −1. */
  takeable(): number {
    const state = this.state;
    const ready = state.pending() & state.low(SLOT.MIE);
    if (ready === 0) return -1;
    const privilege = state.privilege;
    const status = state.mstatus;
    const delegated = state.low(SLOT.MIDELEG);
    const forM = privilege !== MACHINE || (status & MSTATUS.MIE) !== 0 ? ready & ~delegated : 0;
    const sOpen = privilege === USER || (privilege === SUPERVISOR && (status & MSTATUS.SIE) !== 0);
    const chosen = forM !== 0 ? forM : sOpen ? ready & delegated : 0;
    return INTERRUPT_ORDER.find((code) => (chosen & (1 << code)) !== 0) ?? -1;
  }

  /** Takes the most urgent interrupt that is pending and enabled. False: there is none. */
  takeInterrupt(): boolean {
    const code = this.takeable();
    if (code < 0) return false;
    const { state } = this;
    const delegated = (state.low(SLOT.MIDELEG) & (1 << code)) !== 0;
    if (code === SOFT_INTERRUPT)
      this.env.softInterrupt(
        state.low(HART.PC),
        state.high(HART.PC),
        state.mstatus,
        state.pending(),
        state.privilege,
      );
    this.enter(delegated ? INTO_S : INTO_M, code, INTERRUPT, 0, 0);
    return true;
  }

  /** MRET, already checked to be legal. */
  returnFromM(): void {
    const state = this.state;
    const status = state.mstatus;
    const previous = (status >> MPP_SHIFT) & 3;
    let next = (status & ~(MSTATUS.MIE | MSTATUS.MPP)) | MSTATUS.MPIE;
    if ((status & MSTATUS.MPIE) !== 0) next |= MSTATUS.MIE;
    if (previous !== MACHINE) next &= ~MSTATUS.MPRV;
    this.resume(next, previous, SLOT.MEPC);
  }

  /** SRET, already checked to be legal. */
  returnFromS(): void {
    const status = this.state.mstatus;
    const previous = (status & MSTATUS.SPP) !== 0 ? SUPERVISOR : USER;
    let next = (status & ~(MSTATUS.SIE | MSTATUS.SPP | MSTATUS.MPRV)) | MSTATUS.SPIE;
    if ((status & MSTATUS.SPIE) !== 0) next |= MSTATUS.SIE;
    this.resume(next, previous, SLOT.SEPC);
  }

  private resume(status: number, privilege: number, epc: number): void {
    const state = this.state;
    state.setWord(SLOT.MSTATUS, status);
    state.set(HART.PC, state.low(epc), state.high(epc));
    state.dropReservation();
    state.setPrivilege(privilege);
  }

  private enter(target: Target, cause: number, interrupt: number, tvalLow: number, tvalHigh: number): void {
    const state = this.state;
    const status = state.mstatus;
    state.set(target.epc, state.low(HART.PC), state.high(HART.PC));
    state.set(target.cause, cause, interrupt);
    state.set(target.tval, tvalLow, tvalHigh);
    state.setWord(SLOT.MSTATUS, stackedStatus(status, target.privilege, state.privilege));
    const base = state.low(target.tvec);
    state.set(HART.PC, base & ~3, state.high(target.tvec));
    if (interrupt !== 0 && (base & 3) === 1) state.advance(cause * 4);
    state.setWord(HART.TRAPS, state.low(HART.TRAPS) + 1);
    state.setWord(HART.LAST_CAUSE, cause | interrupt);
    state.setPrivilege(target.privilege);
  }
}

/** mstatus after a trap from privilege `from` into `target`: the stack of privilege and interrupt enable is pushed. */
function stackedStatus(status: number, target: number, from: number): number {
  if (target === MACHINE) {
    const stacked = (status & ~(MSTATUS.MPP | MSTATUS.MPIE | MSTATUS.MIE)) | (from << MPP_SHIFT);
    return (status & MSTATUS.MIE) !== 0 ? stacked | MSTATUS.MPIE : stacked;
  }
  const stacked = status & ~(MSTATUS.SPP | MSTATUS.SPIE | MSTATUS.SIE);
  return (
    stacked | (from === SUPERVISOR ? MSTATUS.SPP : 0) | ((status & MSTATUS.SIE) !== 0 ? MSTATUS.SPIE : 0)
  );
}

/** Interrupts that can be delegated to S-mode. */
export const S_INTERRUPTS = IRQ.SSI | IRQ.STI | IRQ.SEI;
export const ALL_INTERRUPTS = S_INTERRUPTS | IRQ.MSI | IRQ.MTI | IRQ.MEI;
/** Exceptions that can be delegated: all that exist but ECALL from M. */
export const DELEGABLE = 0xb3ff;
