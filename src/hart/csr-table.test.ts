import { describe, expect, it } from 'vitest';
import { csrNumber } from '../isa/csr-names.ts';
import { HART } from '../protocol/layout.ts';
import { CSR_TABLE } from './csr-table.ts';
import { IRQ, MACHINE, MENVCFG_STCE, SLOT, SUPERVISOR, USER } from './hart-state.ts';
import { createParts, type Parts } from './parts.testkit.ts';
import { CAUSE } from './trap.ts';

/** CSR numbers by name, from the table itself. */
const CSR = Object.fromEntries(
  CSR_TABLE.flatMap((row, number) => (row === undefined ? [] : [[row.name, number]])),
);
const csr = (name: string): number => CSR[name]!;
const ALL = (1n << 64n) - 1n;
const STCE = 1n << 63n;
const MIP = { SSIP: 1n << 1n, STIP: 1n << 5n, SEIP: 1n << 9n } as const;

const raise = (parts: Parts, bits: number): void =>
  void Atomics.or(parts.state.words, parts.state.index(HART.MIP), bits);

describe('WARL', () => {
  // name, written, then read
  it.each([
    ['mstatus', ALL, 0xa_007e_19aan],
    ['sstatus', ALL, 0x2_000c_0122n],
    ['misa', 0n, (2n << 62n) | 0x14_1105n],
    ['medeleg', ALL, 0xb3ffn],
    ['mideleg', ALL, 0x222n],
    ['mie', ALL, 0xaaan],
    ['mtvec', 0x8000_0101n, 0x8000_0101n],
    ['mtvec', 0x8000_0102n, 0n],
    ['stvec', 0x8000_0103n, 0n],
    ['mcounteren', ALL, 0xffff_ffffn],
    ['scounteren', ALL, 0xffff_ffffn],
    ['mcountinhibit', ALL, 5n],
    ['mscratch', ALL, ALL],
    ['sscratch', ALL, ALL],
    ['mepc', ALL, ALL - 1n],
    ['sepc', ALL, ALL - 1n],
    ['mcause', ALL, ALL],
    ['scause', ALL, ALL],
    ['mtval', ALL, ALL],
    ['stval', ALL, ALL],
    ['menvcfg', ALL, (1n << 63n) | (1n << 61n) | 1n],
    ['senvcfg', ALL, 1n],
    ['satp', (8n << 60n) | 0x8_0000n, (8n << 60n) | 0x8_0000n],
    ['satp', (9n << 60n) | (5n << 44n) | 0x8_0000n, (9n << 60n) | (5n << 44n) | 0x8_0000n],
    ['satp', (10n << 60n) | 0x8_0000n, 0n],
    ['stimecmp', 5n, 5n],
    ['tselect', ALL, 0n],
    ['tdata1', ALL, 0n],
    ['mhpmcounter3', ALL, 0n],
    ['mhpmevent31', ALL, 0n],
    ['mvendorid', null, 0n],
    ['mhartid', null, 0n],
    ['mconfigptr', null, 0n],
    ['hpmcounter31', null, 0n],
  ] as [string, bigint | null, bigint][])('%s ← %s', (name, written, expected) => {
    const parts = createParts();
    if (written !== null) expect(parts.write(csr(name), written)).not.toBeNull();
    expect(parts.read(csr(name))).toBe(expected);
  });

  it('MPP keeps its value when 2 is written', () => {
    const parts = createParts();
    parts.write(csr('mstatus'), 1n << 11n);
    parts.write(csr('mstatus'), 2n << 11n);
    expect(parts.read(csr('mstatus'))! & (3n << 11n)).toBe(1n << 11n);
  });

  it('set and clear change the named bits and give the old value', () => {
    const parts = createParts();
    parts.write(csr('mscratch'), 0xf0n);
    expect(parts.set(csr('mscratch'), 1n << 40n)).toBe(0xf0n);
    expect(parts.clear(csr('mscratch'), 0x30n)).toBe((1n << 40n) | 0xf0n);
    expect(parts.read(csr('mscratch'))).toBe((1n << 40n) | 0xc0n);
  });

  it('sstatus leaves the bits of M alone', () => {
    const parts = createParts();
    parts.write(csr('mstatus'), ALL);
    parts.write(csr('sstatus'), 0n);
    expect(parts.read(csr('mstatus'))).toBe(0xa_0072_1888n);
  });

  it('sie and sip show and change what mideleg gives', () => {
    const parts = createParts();
    parts.write(csr('mie'), ALL);
    raise(parts, IRQ.SSI | IRQ.SEI);
    expect(parts.read(csr('sie'))).toBe(0n);
    expect(parts.read(csr('sip'))).toBe(0n);
    parts.write(csr('sip'), 0n);
    parts.write(csr('mideleg'), MIP.SSIP);
    expect(parts.read(csr('sie'))).toBe(MIP.SSIP);
    expect(parts.read(csr('sip'))).toBe(MIP.SSIP);
    parts.write(csr('sie'), 0n);
    parts.write(csr('sip'), 0n);
    expect(parts.read(csr('mie'))).toBe(0xaa8n);
    expect(parts.read(csr('mip'))).toBe(MIP.SEIP);
  });
});

it('names and numbers are those of the assembler', () => {
  for (const [number, row] of CSR_TABLE.entries()) {
    const named = row === undefined ? undefined : csrNumber(row.name);
    if (named !== undefined) expect(named).toBe(number);
  }
  for (const name of ['satp', 'pmpaddr15', 'stimecmp']) expect(csr(name)).toBe(csrNumber(name));
});

describe('illegal accesses', () => {
  const refusedAs = (parts: Parts, number: number, what: 'read' | 'write'): void => {
    const { state } = parts;
    state.set(HART.PC, 0x8000_0040 | 0, 0);
    expect(what === 'read' ? parts.read(number) : parts.write(number, 0n)).toBeNull();
    expect(state.low(SLOT.MCAUSE)).toBe(CAUSE.ILLEGAL);
    expect(state.low(SLOT.MTVAL)).toBe((number << 20) | 0x73);
    expect(state.long(SLOT.MEPC)).toBe(0x8000_0040n);
    expect(state.privilege).toBe(MACHINE);
  };

  it.each([
    ['a CSR that does not exist', MACHINE, 0x5c0, 'read'],
    ['fcsr, without F', MACHINE, 0x003, 'read'],
    ['mseccfg, without Smepmp', MACHINE, 0x747, 'read'],
    ['a hypervisor CSR', MACHINE, 0x200, 'read'],
    ['a write to a read-only CSR', MACHINE, 0xf14, 'write'],
    ['a write to cycle', MACHINE, 0xc00, 'write'],
    ['mscratch from S', SUPERVISOR, 0x340, 'read'],
    ['sscratch from U', USER, 0x140, 'read'],
    ['cycle from S without mcounteren', SUPERVISOR, 0xc00, 'read'],
    ['time from U without mcounteren', USER, 0xc01, 'read'],
    ['stimecmp from S without STCE', SUPERVISOR, 0x14d, 'read'],
  ] as const)('%s', (_name, privilege, number, what) => {
    const parts = createParts();
    parts.state.setPrivilege(privilege);
    refusedAs(parts, number, what);
    expect(parts.env.exceptions).toHaveLength(1);
  });

  it('counters need a bit of mcounteren for S, and of scounteren too for U', () => {
    const parts = createParts();
    parts.env.now = 77;
    parts.write(csr('mcounteren'), 2n);
    parts.state.setPrivilege(SUPERVISOR);
    expect(parts.read(csr('time'))).toBe(77n);
    refusedAs(parts, csr('instret'), 'read');
    parts.state.setPrivilege(USER);
    refusedAs(parts, csr('time'), 'read');
    parts.write(csr('scounteren'), 2n);
    parts.state.setPrivilege(USER);
    expect(parts.read(csr('time'))).toBe(77n);
  });

  it('satp is for M alone under TVM, and stimecmp for S needs STCE and TM', () => {
    const parts = createParts();
    parts.write(csr('mstatus'), 1n << 20n);
    parts.write(csr('menvcfg'), STCE);
    parts.state.setPrivilege(SUPERVISOR);
    refusedAs(parts, csr('satp'), 'read');
    parts.state.setPrivilege(SUPERVISOR);
    refusedAs(parts, csr('stimecmp'), 'write');
    parts.write(csr('mcounteren'), 2n);
    parts.state.setPrivilege(SUPERVISOR);
    expect(parts.write(csr('stimecmp'), 1n)).toBe(ALL);
  });
});

describe('mip', () => {
  it('gives software its own SEIP bit, or-ed with the PLIC', () => {
    const parts = createParts();
    raise(parts, IRQ.SEI);
    parts.clear(csr('mip'), MIP.SEIP);
    expect(parts.read(csr('mip'))).toBe(MIP.SEIP);
    // Setting another bit must not take the PLIC's SEIP over into software's.
    parts.set(csr('mip'), MIP.SSIP);
    Atomics.and(parts.state.words, parts.state.index(HART.MIP), ~IRQ.SEI);
    expect(parts.read(csr('mip'))).toBe(MIP.SSIP);
    parts.set(csr('mip'), MIP.SEIP);
    expect(parts.read(csr('mip'))).toBe(MIP.SSIP | MIP.SEIP);
    parts.write(csr('mip'), 0n);
    expect(parts.read(csr('mip'))).toBe(0n);
  });

  it('keeps MSIP, MTIP and MEIP from software', () => {
    const parts = createParts();
    parts.write(csr('mip'), ALL);
    expect(parts.read(csr('mip'))).toBe(MIP.SSIP | MIP.STIP | MIP.SEIP);
  });

  it('STIP is time ≥ stimecmp under STCE and not writable, an ordinary bit without', () => {
    const parts = createParts();
    parts.env.now = 100;
    parts.write(csr('stimecmp'), 50n);
    expect(parts.read(csr('mip'))).toBe(0n);
    parts.write(csr('menvcfg'), STCE);
    expect(parts.state.high(SLOT.MENVCFG)).toBe(MENVCFG_STCE);
    expect(parts.read(csr('mip'))).toBe(MIP.STIP);
    parts.clear(csr('mip'), MIP.STIP);
    expect(parts.read(csr('mip'))).toBe(MIP.STIP);
    parts.write(csr('stimecmp'), 101n);
    expect(parts.read(csr('mip'))).toBe(0n);
    parts.env.now = 101;
    expect(parts.read(csr('mip'))).toBe(MIP.STIP);
    parts.write(csr('menvcfg'), 0n);
    expect(parts.read(csr('mip'))).toBe(0n);
    parts.set(csr('mip'), MIP.STIP);
    expect(parts.read(csr('mip'))).toBe(MIP.STIP);
  });

  it('MTIP is time ≥ mtimecmp', () => {
    const parts = createParts();
    parts.env.mtimecmp = 2 ** 33;
    parts.env.now = 2 ** 33 - 1;
    expect(parts.read(csr('mip'))).toBe(0n);
    parts.env.now = 2 ** 33;
    expect(parts.read(csr('mip'))).toBe(BigInt(IRQ.MTI));
  });

  it('a write that makes an interrupt takeable leaves the interpreter', () => {
    const parts = createParts();
    parts.write(csr('mstatus'), 1n << 3n);
    expect(parts.writeResult(csr('mip'), MIP.SSIP)).toBe(0);
    expect(parts.writeResult(csr('mie'), MIP.SSIP)).toBe(2);
    expect(parts.writeResult(csr('mstatus'), 0n)).toBe(0);
    expect(parts.writeResult(csr('mstatus'), 1n << 3n)).toBe(2);
  });
});

describe('counters', () => {
  const retire = (parts: Parts, count: bigint): void =>
    parts.state.setLong(HART.INSTRET, parts.state.long(HART.INSTRET) + count);

  it('count instructions, and a write is what the next instruction reads', () => {
    const parts = createParts();
    retire(parts, 0xffff_fffen);
    parts.write(csr('minstret'), 10n);
    retire(parts, 1n);
    expect(parts.read(csr('minstret'))).toBe(10n);
    retire(parts, 5n);
    expect(parts.read(csr('instret'))).toBe(15n);
    expect(parts.read(csr('cycle'))).toBe(0x1_0000_0004n);
    parts.write(csr('mcycle'), ALL);
    retire(parts, 2n);
    expect(parts.read(csr('mcycle'))).toBe(0n);
  });

  it('stand still while inhibited', () => {
    const parts = createParts();
    retire(parts, 7n);
    parts.write(csr('mcountinhibit'), 4n);
    retire(parts, 1n);
    expect(parts.read(csr('minstret'))).toBe(8n);
    retire(parts, 100n);
    expect(parts.read(csr('minstret'))).toBe(8n);
    expect(parts.read(csr('mcycle'))).toBe(108n);
    parts.write(csr('minstret'), 1n << 40n);
    parts.write(csr('mcountinhibit'), 0n);
    retire(parts, 1n);
    expect(parts.read(csr('minstret'))).toBe(1n << 40n);
    retire(parts, 3n);
    expect(parts.read(csr('minstret'))).toBe((1n << 40n) + 3n);
  });

  it('time is 64 bits', () => {
    const parts = createParts();
    parts.env.now = 2 ** 40 + 2 ** 31 + 5;
    expect(parts.read(csr('time'))).toBe((1n << 40n) + (1n << 31n) + 5n);
  });
});
