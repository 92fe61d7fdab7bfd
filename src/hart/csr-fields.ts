/** The fields of the CSRs, by the names of the privileged specification; for people, and from the table's own masks. */
import { EXCEPTION_NAMES } from '../protocol/cause-names.ts';
import type { CsrField, CsrLayout } from '../protocol/inspect.ts';
import { CSR_TABLE, ENVCFG_FIOM, INHIBIT_CYCLE, INHIBIT_INSTRET, S_STATUS_WRITABLE } from './csr-table.ts';
import { IRQ, MENVCFG_ADUE, MENVCFG_STCE, MSTATUS } from './hart-state.ts';
import { SATP_SV39, SATP_SV48 } from './page-walk.ts';
import { DELEGABLE } from './trap.ts';

/** A field that `mask` covers, whose bits are `above` and up. */
function masked(name: string, mask: number, above = 0, values?: CsrField['values']): CsrField {
  const bits = mask >>> 0;
  const low = above + 31 - Math.clz32(bits & -bits);
  return { name, high: above + 31 - Math.clz32(bits), low, ...(values ? { values } : {}) };
}

const PRIVILEGES = { 0: 'U', 1: 'S', 3: 'M' };
const XL = { 1: '32 bits', 2: '64 bits', 3: '128 bits' };
const STATUS_VALUES: Partial<Record<keyof typeof MSTATUS, CsrField['values']>> = {
  MPP: PRIVILEGES,
  SPP: { 0: 'U', 1: 'S' },
};

/** Of mstatus or sstatus: what of the low half is in it, after the widths of the high half. */
function status(has: number, widths: readonly CsrField[]): CsrField[] {
  const low = (Object.keys(MSTATUS) as (keyof typeof MSTATUS)[])
    .filter((name) => (MSTATUS[name] & has) !== 0)
    .map((name) => masked(name, MSTATUS[name], 0, STATUS_VALUES[name]));
  return [...widths, ...low.reverse()];
}

const UXL: CsrField = { name: 'UXL', high: 33, low: 32, values: XL };
const SXL: CsrField = { name: 'SXL', high: 35, low: 34, values: XL };

/** One bit an interrupt: SSI is SSIP in xip and SSIE in xie. */
const interrupts = (letter: string): CsrField[] =>
  Object.entries(IRQ)
    .map(([name, mask]) => masked(name + letter, mask))
    .reverse();

const INTERRUPT_NAMES = Object.fromEntries(
  Object.entries(IRQ).map(([name, mask]) => {
    const level = name.startsWith('M') ? 'machine' : 'supervisor';
    const source = { S: 'software', T: 'timer', E: 'external' }[name.charAt(1)] ?? name;
    return [31 - Math.clz32(mask), `${level} ${source} interrupt`];
  }),
);

const CAUSES: readonly CsrField[] = [
  { name: 'Interrupt', high: 63, low: 63, values: { 0: 'no', 1: 'yes' } },
  {
    name: 'Code',
    high: 62,
    low: 0,
    values: EXCEPTION_NAMES,
    otherwise: { field: 'Interrupt', is: 1, values: INTERRUPT_NAMES },
  },
];

const VECTOR: readonly CsrField[] = [
  { name: 'BASE', high: 63, low: 2 },
  { name: 'MODE', high: 1, low: 0, values: { 0: 'direct', 1: 'vectored' } },
];

/** CY, TM and IR: the counters that have hardware behind them. */
const COUNTERS: readonly CsrField[] = [
  { name: 'IR', high: 2, low: 2 },
  { name: 'TM', high: 1, low: 1 },
  { name: 'CY', high: 0, low: 0 },
];

const DELEGATED_EXCEPTIONS = Object.entries(EXCEPTION_NAMES)
  .filter(([code]) => ((DELEGABLE >>> Number(code)) & 1) !== 0)
  .map(([code, name]) => masked(name, 1 << Number(code)))
  .reverse();

/** Registers that are not here are one number. */
const FIELDS: Readonly<Record<string, readonly CsrField[]>> = {
  mstatus: status(-1, [SXL, UXL]),
  sstatus: status(S_STATUS_WRITABLE, [UXL]),
  mip: interrupts('P'),
  sip: interrupts('P').filter(({ name }) => name.startsWith('S')),
  mie: interrupts('E'),
  sie: interrupts('E').filter(({ name }) => name.startsWith('S')),
  mideleg: interrupts('').filter(({ name }) => name.startsWith('S')),
  medeleg: DELEGATED_EXCEPTIONS,
  mcause: CAUSES,
  scause: CAUSES,
  mtvec: VECTOR,
  stvec: VECTOR,
  satp: [
    { name: 'MODE', high: 63, low: 60, values: { 0: 'Bare', [SATP_SV39]: 'Sv39', [SATP_SV48]: 'Sv48' } },
    { name: 'ASID', high: 59, low: 44 },
    { name: 'PPN', high: 43, low: 0 },
  ],
  misa: [
    { name: 'MXL', high: 63, low: 62, values: XL },
    ...['U', 'S', 'M', 'I', 'C', 'A'].map((letter) => masked(letter, 1 << (letter.charCodeAt(0) - 65))),
  ],
  menvcfg: [masked('STCE', MENVCFG_STCE, 32), masked('ADUE', MENVCFG_ADUE, 32), masked('FIOM', ENVCFG_FIOM)],
  senvcfg: [masked('FIOM', ENVCFG_FIOM)],
  mcounteren: COUNTERS,
  scounteren: COUNTERS,
  mcountinhibit: [masked('IR', INHIBIT_INSTRET), masked('CY', INHIBIT_CYCLE)],
};

const LEVELS: Readonly<Record<number, CsrLayout['level']>> = { 0: 'user', 1: 'supervisor', 3: 'machine' };
/** Counters and events without hardware, and debug triggers: they read 0 for ever. */
const IDLE = /^(m?hpm|tselect|tdata)/;

/** The CSRs that are worth a look, by number, with their rows' numbers in CSR_TABLE. */
export const SHOWN_CSRS: readonly { readonly number: number; readonly layout: CsrLayout }[] =
  CSR_TABLE.flatMap((row, number) => {
    if (row === undefined || IDLE.test(row.name)) return [];
    // Bits 9:8 of the number are the lowest privilege (privileged spec, "CSR Listing").
    const level = LEVELS[(number >>> 8) & 3] ?? 'machine';
    return [{ number, layout: { name: row.name, level, fields: FIELDS[row.name] ?? [] } }];
  });
