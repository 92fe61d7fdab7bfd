/**
 * CSR instructions: which register is meant, whether the access is legal, and the read-modify-write around the rows of
 * csr-table.ts. Values are passed as two 32-bit halves.
 */
import { HART } from '../protocol/layout.ts';
import { CSR_SET, CSR_TABLE, CSR_WRITE } from './csr-table.ts';
import type { HartEnvironment } from './environment.ts';
import { type HartState, MACHINE, SLOT, SUPERVISOR } from './hart-state.ts';
import { PRIVATE } from './interpreter-abi.ts';
import type { Pmp } from './pmp.ts';
import type { Timer } from './timer.ts';
import type { Tlb } from './tlb.ts';
import { CAUSE, type Traps } from './trap.ts';

/** Results of InterpreterImports.csr. */
const DONE = 0;
const TRAPPED = 1;
const LEAVE = 2;

const RAW = HART.PRIVATE + PRIVATE.RAW;
const OPERAND = HART.PRIVATE + PRIVATE.CSR_OPERAND;
const OLD = HART.PRIVATE + PRIVATE.CSR_OLD;

export class CsrFile {
  readonly state: HartState;
  readonly env: HartEnvironment;
  readonly pmp: Pmp;
  readonly tlb: Tlb;
  readonly timer: Timer;
  /** Value that the last row's `read` left. */
  low = 0;
  high = 0;
  private readonly traps: Traps;

  constructor(state: HartState, env: HartEnvironment, pmp: Pmp, tlb: Tlb, timer: Timer, traps: Traps) {
    this.state = state;
    this.env = env;
    this.pmp = pmp;
    this.tlb = tlb;
    this.timer = timer;
    this.traps = traps;
  }

  /** InterpreterImports.csr. */
  access(op: number, reads: boolean, writes: boolean): number {
    const state = this.state;
    const raw = state.low(RAW);
    const number = raw >>> 20;
    const row = CSR_TABLE[number];
    // Bits 9:8 of the number are the lowest privilege, bits 11:10 = 3 say read-only (privileged spec, "CSR Listing").
    const legal =
      row !== undefined &&
      ((number >>> 8) & 3) <= state.privilege &&
      !(writes && number >>> 10 === 3) &&
      !(row.refused?.(this) ?? false);
    if (!legal) {
      this.traps.exception(CAUSE.ILLEGAL, raw, 0);
      return TRAPPED;
    }
    if (reads || op !== CSR_WRITE) {
      row.read(this);
      state.set(OLD, this.low, this.high);
    }
    if (writes) {
      const low = state.low(OPERAND);
      const high = state.high(OPERAND);
      if (row.modify !== undefined) row.modify(this, op, low);
      else if (op === CSR_WRITE) row.write?.(this, low, high);
      else if (op === CSR_SET) row.write?.(this, this.low | low, this.high | high);
      else row.write?.(this, this.low & ~low, this.high & ~high);
    }
    return row.interrupts === true && this.traps.takeable() >= 0 ? LEAVE : DONE;
  }

  /** Leaves a value for the reader. */
  give(low: number, high: number): void {
    this.low = low;
    this.high = high;
  }

  /** May the present privilege read counter `index` (0 cycle, 1 time, 2 instret, 3 … 31 hpmcounters)? */
  counterEnabled(index: number): boolean {
    const privilege = this.state.privilege;
    if (privilege === MACHINE) return true;
    let enabled = this.state.low(SLOT.MCOUNTEREN);
    if (privilege !== SUPERVISOR) enabled &= this.state.low(SLOT.SCOUNTEREN);
    return ((enabled >>> index) & 1) !== 0;
  }
}
