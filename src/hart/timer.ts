/** The hart's timers: STIP from stimecmp (Sstc) and MTIP from the ACLINT's mtimecmp, against machine time. */
import { HART } from '../protocol/layout.ts';
import type { HartEnvironment } from './environment.ts';
import { type HartState, IRQ, SLOT } from './hart-state.ts';

const TWO_32 = 0x1_0000_0000;
/** From here on a Number is not exact, and no machine lives to see it: 28 000 years of ticks. */
const NEVER = 2 ** 53;

export class Timer {
  private readonly state: HartState;
  private readonly env: HartEnvironment;

  constructor(state: HartState, env: HartEnvironment) {
    this.state = state;
    this.env = env;
  }

  /** Recomputes STIP while Sstc is on, and MTIP where there is an mtimecmp. */
  update(): void {
    const supervisor = this.state.supervisorTimer() ? this.stimecmp() : null;
    const machine = this.env.machineTimer?.() ?? null;
    // The clock is shared by all harts: it is asked only when the answer matters.
    const now = (supervisor ?? Infinity) < NEVER || (machine ?? Infinity) < NEVER ? this.env.time() : 0;
    if (supervisor !== null) this.set(IRQ.STI, now >= supervisor);
    if (machine !== null) this.set(IRQ.MTI, now >= machine);
  }

  /** Ticks at which the earliest timer that mie enables fires, or Infinity. */
  deadline(): number {
    const enabled = this.state.low(SLOT.MIE);
    let earliest = Infinity;
    if ((enabled & IRQ.STI) !== 0 && this.state.supervisorTimer()) earliest = this.stimecmp();
    if ((enabled & IRQ.MTI) !== 0) earliest = Math.min(earliest, this.env.machineTimer?.() ?? Infinity);
    return earliest < NEVER ? earliest : Infinity;
  }

  setStimecmp(low: number, high: number): void {
    this.state.set(SLOT.STIMECMP, low, high);
    this.update();
  }

  /** menvcfg.STCE was changed: without it STIP is an ordinary bit that M-mode writes, and starts as 0. */
  switched(): void {
    if (this.state.supervisorTimer()) this.update();
    else this.set(IRQ.STI, false);
  }

  private stimecmp(): number {
    return (this.state.high(SLOT.STIMECMP) >>> 0) * TWO_32 + (this.state.low(SLOT.STIMECMP) >>> 0);
  }

  private set(bit: number, pending: boolean): void {
    const index = this.state.index(HART.MIP);
    if (((Atomics.load(this.state.words, index) & bit) !== 0) === pending) return;
    if (pending) Atomics.or(this.state.words, index, bit);
    else Atomics.and(this.state.words, index, ~bit);
  }
}
