/**
 * The CSRs of the hart, one row each: how it reads, what of it can be written (WARL), and who may. RV64 with M, S and U;
 * no F, no V, no debug triggers, no Smepmp, no hypervisor. What is not here is an illegal instruction.
 */
import { HART } from '../protocol/layout.ts';
import type { CsrFile } from './csr-file.ts';
import type { HartEnvironment } from './environment.ts';
import {
  type HartState,
  IRQ,
  MACHINE,
  MENVCFG_ADUE,
  MENVCFG_STCE,
  MPP_SHIFT,
  MSTATUS,
  MSTATUS_HIGH,
  SLOT,
  SUPERVISOR,
} from './hart-state.ts';
import { SATP_SV39, SATP_SV48 } from './page-walk.ts';
import { PMP_ENTRIES } from './pmp.ts';
import type { Timer } from './timer.ts';
import { ALL_INTERRUPTS, DELEGABLE, S_INTERRUPTS } from './trap.ts';

/** `op` of InterpreterImports.csr. */
export const CSR_WRITE = 0;
export const CSR_SET = 1;
export const CSR_CLEAR = 2;

/** What `read` needs of a CsrFile; whoever only looks brings one of these, which changes nothing. */
export interface CsrSource {
  readonly state: HartState;
  readonly env: Pick<HartEnvironment, 'time'>;
  /** Brings the timers' bits of mip up to date. */
  readonly timer: Pick<Timer, 'update'>;
  give(low: number, high: number): void;
}

export interface CsrRow {
  readonly name: string;
  /** Leaves the value with `file.give`. */
  readonly read: (file: CsrSource) => void;
  /** Writes the new value, as far as it is legal. Absent: nothing of it can be changed. */
  readonly write?: (file: CsrFile, low: number, high: number) => void;
  /** In place of `write`, where set and clear are not a write of the value read with bits changed. */
  readonly modify?: (file: CsrFile, op: number, operand: number) => void;
  /** True: illegal here and now, beyond what the number says about privilege. */
  readonly refused?: (file: CsrFile) => boolean;
  /** The access may make an interrupt takeable. */
  readonly interrupts?: true;
}

const TWO_32 = 0x1_0000_0000;
/** misa: MXL = 2 (64 bits); extensions A, C, I, M, S, U. Read-only. */
const MISA_LOW = ['A', 'C', 'I', 'M', 'S', 'U'].reduce(
  (bits, letter) => bits | (1 << (letter.charCodeAt(0) - 65)),
  0,
);
const MISA_HIGH = 2 << 30;

const M_STATUS_WRITABLE = Object.values(MSTATUS).reduce((bits, bit) => bits | bit, 0);
export const S_STATUS_WRITABLE = MSTATUS.SIE | MSTATUS.SPIE | MSTATUS.SPP | MSTATUS.SUM | MSTATUS.MXR;
/** UXL in the high half of sstatus. */
const S_STATUS_HIGH = 2;

export const INHIBIT_CYCLE = 1 << 0;
export const INHIBIT_INSTRET = 1 << 2;
export const ENVCFG_FIOM = 1 << 0;

// ── Kinds of row ──────────────────────────────────────────────────────────────────────────────────────────────────

/** A register kept in memory, of which the bits of the masks can be written. */
function stored(name: string, slot: number, maskLow: number, maskHigh: number): CsrRow {
  return {
    name,
    read: (file) => file.give(file.state.low(slot), file.state.high(slot)),
    write: ({ state }, low, high) => state.set(slot, low & maskLow, high & maskHigh),
  };
}

/** A register that reads as a constant; writes, where the number allows them, change nothing. */
function constant(name: string, low: number, high: number): CsrRow {
  return { name, read: (file) => file.give(low, high) };
}

/** xtvec: modes above vectored are reserved, and a write of one changes nothing (as on virt). */
function trapVector(name: string, slot: number): CsrRow {
  return {
    name,
    read: (file) => file.give(file.state.low(slot), file.state.high(slot)),
    write: ({ state }, low, high) => {
      if ((low & 2) === 0) state.set(slot, low, high);
    },
  };
}

function status(name: string, writable: number, high: number): CsrRow {
  return {
    name,
    read: (file) => file.give(file.state.mstatus & writable, high),
    write: (file, low) => {
      const { state, tlb } = file;
      const old = state.mstatus;
      let next = (old & ~writable) | (low & writable);
      // MPP = 2 does not exist: the field keeps its value.
      if (((next >> MPP_SHIFT) & 3) === 2) next = (next & ~MSTATUS.MPP) | (old & MSTATUS.MPP);
      state.setWord(SLOT.MSTATUS, next);
      if ((old & ~next & MSTATUS.MXR) !== 0) tlb.flushLoads();
      state.selectContexts();
    },
    interrupts: true,
  };
}

/** Bits of HART.MIP that software changes, each with one atomic, because devices and other harts change their own. */
function changePending(file: CsrFile, op: number, operand: number, writable: number): void {
  const { state } = file;
  const index = state.index(HART.MIP);
  const set = op === CSR_CLEAR ? 0 : operand & writable;
  const cleared = op === CSR_SET ? 0 : (op === CSR_WRITE ? ~operand : operand) & writable;
  if (set !== 0) Atomics.or(state.words, index, set);
  if (cleared !== 0) Atomics.and(state.words, index, ~cleared);
}

function givePending(file: CsrSource, mask: number): void {
  file.timer.update();
  file.give(file.state.pending() & mask, 0);
}

/** xie: the bits of mie that `mask` shows. */
function enable(name: string, mask: (file: CsrSource) => number): CsrRow {
  return {
    name,
    read: (file) => file.give(file.state.low(SLOT.MIE) & mask(file), 0),
    write: (file, low) => {
      const shown = mask(file);
      file.state.setWord(SLOT.MIE, (file.state.low(SLOT.MIE) & ~shown) | (low & shown));
    },
    interrupts: true,
  };
}

const delegated = (file: CsrSource): number => file.state.low(SLOT.MIDELEG);

// ── Counters: a cycle is an instruction ───────────────────────────────────────────────────────────────────────────

/** Gives slot + sign × (INSTRET + ahead). */
function giveSum(file: CsrSource, low: number, high: number, sign: 1 | -1, ahead: number): void {
  const { state } = file;
  const sumLow = (low >>> 0) + sign * ((state.low(HART.INSTRET) >>> 0) + ahead);
  file.give(sumLow | 0, (high + sign * state.high(HART.INSTRET) + Math.floor(sumLow / TWO_32)) | 0);
}

function giveCounter(file: CsrSource, slot: number, inhibit: number): void {
  const { state } = file;
  const low = state.low(slot);
  const high = state.high(slot);
  if ((state.low(SLOT.MCOUNTINHIBIT) & inhibit) !== 0) file.give(low, high);
  else giveSum(file, low, high, 1, 0);
}

/** mcycle, minstret: the instruction that writes does not count the value that it wrote. */
function machineCounter(name: string, slot: number, inhibit: number): CsrRow {
  return {
    name,
    read: (file) => giveCounter(file, slot, inhibit),
    write: (file, low, high) => {
      file.give(low, high);
      if ((file.state.low(SLOT.MCOUNTINHIBIT) & inhibit) === 0) giveSum(file, low, high, -1, 1);
      file.state.set(slot, file.low, file.high);
    },
  };
}

function userCounter(name: string, index: number, read: (file: CsrSource) => void): CsrRow {
  return { name, read, refused: (file) => !file.counterEnabled(index) };
}

const countInhibit: CsrRow = {
  name: 'mcountinhibit',
  read: (file) => file.give(file.state.low(SLOT.MCOUNTINHIBIT), 0),
  write: (file, low) => {
    const { state } = file;
    const old = state.low(SLOT.MCOUNTINHIBIT);
    const next = low & (INHIBIT_CYCLE | INHIBIT_INSTRET);
    for (const [bit, slot] of [
      [INHIBIT_CYCLE, SLOT.MCYCLE],
      [INHIBIT_INSTRET, SLOT.MINSTRET],
    ] as const) {
      if (((old ^ next) & bit) === 0) continue;
      // This instruction itself is still counted by the old setting.
      giveSum(file, state.low(slot), state.high(slot), (next & bit) !== 0 ? 1 : -1, 1);
      state.set(slot, file.low, file.high);
    }
    state.set(SLOT.MCOUNTINHIBIT, next, 0);
  },
};

// ── Rows with rules of their own ──────────────────────────────────────────────────────────────────────────────────

const mip: CsrRow = {
  name: 'mip',
  read: (file) => givePending(file, ALL_INTERRUPTS),
  modify: (file, op, operand) => {
    const { state } = file;
    changePending(file, op, operand, state.supervisorTimer() ? IRQ.SSI : IRQ.SSI | IRQ.STI);
    // Set and clear act on software's own SEIP bit, not on what was read, which includes the PLIC's.
    const bit = operand & IRQ.SEI;
    if (op === CSR_WRITE || bit !== 0) state.set(SLOT.SOFT_SEIP, op === CSR_CLEAR ? 0 : bit, 0);
  },
  interrupts: true,
};

const sip: CsrRow = {
  name: 'sip',
  read: (file) => givePending(file, delegated(file)),
  modify: (file, op, operand) => changePending(file, op, operand, IRQ.SSI & delegated(file)),
  interrupts: true,
};

const mideleg: CsrRow = { ...stored('mideleg', SLOT.MIDELEG, S_INTERRUPTS, 0), interrupts: true };

const satp: CsrRow = {
  name: 'satp',
  read: (file) => file.give(file.state.low(SLOT.SATP), file.state.high(SLOT.SATP)),
  write: ({ state, tlb }, low, high) => {
    const mode = high >>> 28;
    if (mode !== 0 && mode !== SATP_SV39 && mode !== SATP_SV48) return;
    if (state.low(SLOT.SATP) === low && state.high(SLOT.SATP) === high) return;
    state.set(SLOT.SATP, low, high);
    tlb.flushTranslations();
  },
  refused: ({ state }) => state.privilege === SUPERVISOR && (state.mstatus & MSTATUS.TVM) !== 0,
};

const stimecmp: CsrRow = {
  name: 'stimecmp',
  read: (file) => file.give(file.state.low(SLOT.STIMECMP), file.state.high(SLOT.STIMECMP)),
  write: (file, low, high) => file.timer.setStimecmp(low, high),
  refused: (file) =>
    file.state.privilege !== MACHINE && !(file.state.supervisorTimer() && file.counterEnabled(1)),
  interrupts: true,
};

const menvcfg: CsrRow = {
  name: 'menvcfg',
  read: (file) => file.give(file.state.low(SLOT.MENVCFG), file.state.high(SLOT.MENVCFG)),
  write: (file, low, high) => {
    const before = file.state.high(SLOT.MENVCFG);
    file.state.set(SLOT.MENVCFG, low & ENVCFG_FIOM, high & (MENVCFG_ADUE | MENVCFG_STCE));
    if (((before ^ high) & MENVCFG_STCE) !== 0) file.timer.switched();
  },
  interrupts: true,
};

function pmpConfig(name: string, slot: number, first: number): CsrRow {
  return {
    name,
    read: (file) => file.give(file.state.low(slot), file.state.high(slot)),
    write: ({ pmp, tlb }, low, high) => {
      pmp.writeConfig(first, low, high);
      tlb.flushAll();
    },
  };
}

function pmpAddress(entry: number): CsrRow {
  const slot = SLOT.PMPADDR + entry * 8;
  return {
    name: `pmpaddr${entry}`,
    read: (file) => file.give(file.state.low(slot), file.state.high(slot)),
    write: ({ pmp, tlb }, low, high) => {
      pmp.writeAddress(entry, low, high);
      tlb.flushAll();
    },
  };
}

// ── The table ─────────────────────────────────────────────────────────────────────────────────────────────────────

const ROWS: readonly (readonly [number, CsrRow])[] = [
  [0xc00, userCounter('cycle', 0, (file) => giveCounter(file, SLOT.MCYCLE, INHIBIT_CYCLE))],
  [
    0xc01,
    userCounter('time', 1, (file) => {
      const now = file.env.time();
      file.give(now | 0, Math.floor(now / TWO_32) | 0);
    }),
  ],
  [0xc02, userCounter('instret', 2, (file) => giveCounter(file, SLOT.MINSTRET, INHIBIT_INSTRET))],

  [0x100, status('sstatus', S_STATUS_WRITABLE, S_STATUS_HIGH)],
  [0x104, enable('sie', delegated)],
  [0x105, trapVector('stvec', SLOT.STVEC)],
  [0x106, stored('scounteren', SLOT.SCOUNTEREN, -1, 0)],
  [0x10a, stored('senvcfg', SLOT.SENVCFG, ENVCFG_FIOM, 0)],
  [0x140, stored('sscratch', SLOT.SSCRATCH, -1, -1)],
  [0x141, stored('sepc', SLOT.SEPC, ~1, -1)],
  [0x142, stored('scause', SLOT.SCAUSE, -1, -1)],
  [0x143, stored('stval', SLOT.STVAL, -1, -1)],
  [0x144, sip],
  [0x14d, stimecmp],
  [0x180, satp],

  [0x300, status('mstatus', M_STATUS_WRITABLE, MSTATUS_HIGH)],
  [0x301, constant('misa', MISA_LOW, MISA_HIGH)],
  [0x302, stored('medeleg', SLOT.MEDELEG, DELEGABLE, 0)],
  [0x303, mideleg],
  [0x304, enable('mie', () => ALL_INTERRUPTS)],
  [0x305, trapVector('mtvec', SLOT.MTVEC)],
  [0x306, stored('mcounteren', SLOT.MCOUNTEREN, -1, 0)],
  [0x30a, menvcfg],
  [0x320, countInhibit],
  [0x340, stored('mscratch', SLOT.MSCRATCH, -1, -1)],
  [0x341, stored('mepc', SLOT.MEPC, ~1, -1)],
  [0x342, stored('mcause', SLOT.MCAUSE, -1, -1)],
  [0x343, stored('mtval', SLOT.MTVAL, -1, -1)],
  [0x344, mip],
  [0x3a0, pmpConfig('pmpcfg0', SLOT.PMPCFG0, 0)],
  [0x3a2, pmpConfig('pmpcfg2', SLOT.PMPCFG2, 8)],
  [0xb00, machineCounter('mcycle', SLOT.MCYCLE, INHIBIT_CYCLE)],
  [0xb02, machineCounter('minstret', SLOT.MINSTRET, INHIBIT_INSTRET)],

  [0xf11, constant('mvendorid', 0, 0)],
  [0xf12, constant('marchid', 0, 0)],
  [0xf13, constant('mimpid', 0, 0)],
  [0xf14, { name: 'mhartid', read: (file) => file.give(file.state.id, 0) }],
  [0xf15, constant('mconfigptr', 0, 0)],

  // No debug triggers: tselect selects nothing and tdata1.type is 0 (debug spec, "Enumeration").
  [0x7a0, constant('tselect', 0, 0)],
  [0x7a1, constant('tdata1', 0, 0)],
  [0x7a2, constant('tdata2', 0, 0)],
  [0x7a3, constant('tdata3', 0, 0)],
];

/** Rows by CSR number; undefined: no such CSR. */
export const CSR_TABLE: readonly (CsrRow | undefined)[] = buildTable();

function buildTable(): (CsrRow | undefined)[] {
  const table = new Array<CsrRow | undefined>(4096).fill(undefined);
  for (const [number, row] of ROWS) table[number] = row;
  for (let entry = 0; entry < PMP_ENTRIES; entry++) table[0x3b0 + entry] = pmpAddress(entry);
  for (let index = 3; index < 32; index++) {
    table[0xc00 + index] = userCounter(`hpmcounter${index}`, index, (file) => file.give(0, 0));
    table[0xb00 + index] = constant(`mhpmcounter${index}`, 0, 0);
    table[0x320 + index] = constant(`mhpmevent${index}`, 0, 0);
  }
  return table;
}
