import { beforeEach, describe, expect, it } from 'vitest';
import { HART, RAM_BASE, RAM_HOST } from '../protocol/layout.ts';
import { SCRATCH_DEVICE } from './environment.testkit.ts';
import { CONTEXT_S, CONTEXT_U, MACHINE, SLOT, SUPERVISOR, USER } from './hart-state.ts';
import { ACCESS, type AccessKind, tlbTable } from './interpreter-abi.ts';
import { createParts, type Parts, RAM_SIZE } from './parts.testkit.ts';
import { CAUSE } from './trap.ts';

const V = 1;
const R = 2;
const W = 4;
const X = 8;
const U = 16;
const A = 64;
const D = 128;
const RWAD = V | R | W | A | D;
const SUM = 1n << 18n;
const MXR = 1n << 19n;
const MPRV = 1n << 17n;
const ADUE = 1n << 61n;
const MSTATUS = 0x300;
const SATP = 0x180;

/** Tables at fixed pages of RAM: root, then one for each level below. */
const ROOT = RAM_BASE + 0x1000;
const MIDDLE = RAM_BASE + 0x2000;
const LEAVES = RAM_BASE + 0x3000;
const TOP = RAM_BASE + 0x4000;
/** A page and its neighbour to be mapped. */
const DATA = RAM_BASE + 0x8000;
const VA = 0x4000_0000n;

let parts: Parts;

const entry = (table: number, index: number): number => table - RAM_BASE + index * 8;
const pte = (address: number, flags: number): bigint => (BigInt(address / 4096) << 10n) | BigInt(flags);
const setEntry = (table: number, index: number, value: bigint): void =>
  parts.ram.setBigUint64(entry(table, index), value, true);
const getEntry = (table: number, index: number): bigint => parts.ram.getBigUint64(entry(table, index), true);

/** Maps VA (index 1 of the root, 0 below) to DATA and the page after it to the page after DATA. */
function mapPages(flags: number, nextFlags = flags): void {
  setEntry(ROOT, 1, pte(MIDDLE, V));
  setEntry(MIDDLE, 0, pte(LEAVES, V));
  setEntry(LEAVES, 0, pte(DATA, flags));
  setEntry(LEAVES, 1, pte(DATA + 0x1000, nextFlags));
}
function sv39(root = ROOT): void {
  parts.write(SATP, (8n << 60n) | BigInt(root / 4096));
}
function become(privilege: number): void {
  parts.state.setPrivilege(privilege);
}
/** Result of translate as a guest-physical address, or the cause of the trap (negative) with stval checked. */
function access(va: bigint, kind: AccessKind, width = 8, tval = va): number {
  parts.state.set(SLOT.MCAUSE, 0, 0);
  const low = Number(BigInt.asIntN(32, va));
  const high = Number(BigInt.asIntN(32, va >> 32n));
  const host = kind === ACCESS.FETCH ? fetch(va) : parts.mmu.translate(low, high, width, kind);
  if (host !== 0) return host - RAM_HOST + RAM_BASE;
  expect(parts.state.privilege).toBe(MACHINE);
  expect(parts.state.long(SLOT.MTVAL)).toBe(BigInt.asUintN(64, tval));
  return -parts.state.low(SLOT.MCAUSE);
}
function fetch(va: bigint): number {
  parts.state.setLong(HART.PC, BigInt.asUintN(64, va));
  const page = parts.mmu.fetch(0);
  return page === 0 ? 0 : page + Number(va & 0xfffn);
}

beforeEach(() => {
  parts = createParts();
  parts.write(0x3b0, -1n);
  parts.write(0x3a0, 0x1fn);
});

describe('Sv39', () => {
  it('translates pages, 2 MiB and 1 GiB superpages', () => {
    mapPages(RWAD);
    setEntry(MIDDLE, 1, pte(RAM_BASE, RWAD));
    setEntry(ROOT, 2, pte(RAM_BASE, RWAD));
    setEntry(ROOT, 511, pte(RAM_BASE, RWAD));
    sv39();
    become(SUPERVISOR);
    expect(access(VA + 0x123n, ACCESS.LOAD, 1)).toBe(DATA + 0x123);
    expect(access(VA + 0x1008n, ACCESS.STORE)).toBe(DATA + 0x1008);
    expect(access(VA + 0x20_0000n + 0xf_2348n, ACCESS.LOAD)).toBe(RAM_BASE + 0xf_2348);
    expect(access(0x8000_0000n + 0x4_5678n, ACCESS.LOAD)).toBe(RAM_BASE + 0x4_5678);
    expect(access(-0x4000_0000n + 0x4_5678n, ACCESS.LOAD)).toBe(RAM_BASE + 0x4_5678);
  });

  it.each([
    ['an invalid entry', 0],
    ['W without R', V | W | A | D],
    ['W and X without R', V | W | X | A | D],
    ['a pointer at the last level', V],
    ['A clear', V | R | W | D],
    ['D clear, for a store', V | R | W | A],
  ])('%s is a page fault', (_name, flags) => {
    mapPages(flags);
    sv39();
    become(SUPERVISOR);
    expect(access(VA, ACCESS.STORE)).toBe(-CAUSE.STORE_PAGE);
  });

  it.each([54n, 60n, 61n, 62n, 63n])('reserved bit %i is a page fault, in leaves and in pointers', (bit) => {
    mapPages(RWAD);
    setEntry(LEAVES, 0, pte(DATA, RWAD) | (1n << bit));
    setEntry(ROOT, 2, pte(MIDDLE, V) | (1n << bit));
    sv39();
    become(SUPERVISOR);
    expect(access(VA, ACCESS.LOAD)).toBe(-CAUSE.LOAD_PAGE);
    become(SUPERVISOR);
    expect(access(0x8000_0000n, ACCESS.LOAD)).toBe(-CAUSE.LOAD_PAGE);
  });

  it.each([U, A, D])('flag %i in a pointer is a page fault', (flag) => {
    mapPages(RWAD);
    setEntry(MIDDLE, 0, pte(LEAVES, V | flag));
    sv39();
    become(SUPERVISOR);
    expect(access(VA, ACCESS.LOAD)).toBe(-CAUSE.LOAD_PAGE);
  });

  it('misaligned superpages and addresses that are not canonical are page faults', () => {
    setEntry(ROOT, 1, pte(RAM_BASE + 0x20_0000, RWAD));
    setEntry(ROOT, 2, pte(MIDDLE, V));
    setEntry(MIDDLE, 0, pte(RAM_BASE + 0x1000, RWAD));
    sv39();
    for (const va of [VA, 0x8000_0000n, 1n << 38n, 1n << 39n, 1n << 63n, -1n << 39n]) {
      become(SUPERVISOR);
      expect(access(va, ACCESS.LOAD)).toBe(-CAUSE.LOAD_PAGE);
    }
  });

  it.each([
    [ACCESS.LOAD, CAUSE.LOAD_PAGE, CAUSE.LOAD_ACCESS],
    [ACCESS.LR, CAUSE.LOAD_PAGE, CAUSE.LOAD_ACCESS],
    [ACCESS.STORE, CAUSE.STORE_PAGE, CAUSE.STORE_ACCESS],
    [ACCESS.SC, CAUSE.STORE_PAGE, CAUSE.STORE_ACCESS],
    [ACCESS.AMO, CAUSE.STORE_PAGE, CAUSE.STORE_ACCESS],
    [ACCESS.FETCH, CAUSE.FETCH_PAGE, CAUSE.FETCH_ACCESS],
  ] as const)('access kind %i: its own page fault and access fault', (kind, page, fault) => {
    mapPages(0);
    sv39();
    become(SUPERVISOR);
    expect(access(VA, kind)).toBe(-page);
    // A page table outside RAM, and a leaf that points outside.
    sv39(0x4000_0000);
    become(SUPERVISOR);
    expect(access(VA, kind)).toBe(-fault);
    mapPages(RWAD | X);
    setEntry(LEAVES, 0, pte(RAM_BASE + RAM_SIZE, RWAD | X));
    sv39();
    become(SUPERVISOR);
    // A store to what may be a device fails when it is made.
    if (kind === ACCESS.STORE) {
      access(VA, kind);
      expect(parts.mmu.commitStore()).toBe(1);
      expect(parts.state.low(SLOT.MCAUSE)).toBe(fault);
    } else {
      expect(access(VA, kind)).toBe(-fault);
    }
    // The highest physical page that an entry can name.
    setEntry(LEAVES, 0, (((1n << 44n) - 1n) << 10n) | BigInt(RWAD | X));
    become(SUPERVISOR);
    expect(access(VA, kind)).toBe(-fault);
  });

  it('is not used by M-mode', () => {
    sv39();
    expect(access(BigInt(DATA), ACCESS.LOAD)).toBe(DATA);
  });
});

describe('Sv48', () => {
  it('has one level more', () => {
    mapPages(RWAD);
    setEntry(TOP, 3, pte(ROOT, V));
    parts.write(SATP, (9n << 60n) | BigInt(TOP / 4096));
    become(SUPERVISOR);
    expect(access((3n << 39n) | VA, ACCESS.LOAD)).toBe(DATA);
    expect(access(VA, ACCESS.LOAD)).toBe(-CAUSE.LOAD_PAGE);
    become(SUPERVISOR);
    expect(access(1n << 47n, ACCESS.LOAD)).toBe(-CAUSE.LOAD_PAGE);
  });
});

describe('permissions', () => {
  const KINDS = [ACCESS.LOAD, ACCESS.STORE, ACCESS.FETCH] as const;
  const allowed = (privilege: number): string =>
    KINDS.map((kind) => {
      become(privilege);
      return access(VA, kind) > 0 ? 'rwx'[kind === ACCESS.FETCH ? 2 : kind] : '-';
    }).join('');

  // flags, S, S with SUM, S with MXR, U, U with MXR
  it.each([
    ['r--', R, 'r--', 'r--', 'r--', '---', '---'],
    ['rw-', R | W, 'rw-', 'rw-', 'rw-', '---', '---'],
    ['--x', X, '--x', '--x', 'r-x', '---', '---'],
    ['r-x', R | X, 'r-x', 'r-x', 'r-x', '---', '---'],
    ['rwx', R | W | X, 'rwx', 'rwx', 'rwx', '---', '---'],
    ['r-- u', R | U, '---', 'r--', '---', 'r--', 'r--'],
    ['rw- u', R | W | U, '---', 'rw-', '---', 'rw-', 'rw-'],
    ['--x u', X | U, '---', '---', '---', '--x', 'r-x'],
    ['rwx u', R | W | X | U, '---', 'rw-', '---', 'rwx', 'rwx'],
  ])('of a page %s', (_name, flags, s, sSum, sMxr, u, uMxr) => {
    mapPages(V | A | D | flags);
    sv39();
    expect(allowed(SUPERVISOR)).toBe(s);
    expect(allowed(USER)).toBe(u);
    become(MACHINE);
    parts.set(MSTATUS, SUM);
    expect(allowed(SUPERVISOR)).toBe(sSum);
    become(MACHINE);
    parts.clear(MSTATUS, SUM);
    parts.set(MSTATUS, MXR);
    expect(allowed(SUPERVISOR)).toBe(sMxr);
    expect(allowed(USER)).toBe(uMxr);
  });

  it('of M with MPRV are those of MPP, for data alone', () => {
    mapPages(RWAD | U);
    sv39();
    parts.write(MSTATUS, MPRV | SUM | (1n << 11n));
    expect(access(VA, ACCESS.LOAD)).toBe(DATA);
    expect(fetch(BigInt(DATA))).toBe(RAM_HOST + DATA - RAM_BASE);
    parts.write(MSTATUS, MPRV | (1n << 11n));
    expect(access(VA, ACCESS.LOAD)).toBe(-CAUSE.LOAD_PAGE);
    parts.write(MSTATUS, MPRV);
    expect(access(VA, ACCESS.LOAD)).toBe(DATA);
    parts.write(MSTATUS, MPRV | (3n << 11n));
    expect(access(BigInt(DATA), ACCESS.LOAD)).toBe(DATA);
  });
});

describe('A and D', () => {
  it('are set by the walk under ADUE, D for stores alone', () => {
    mapPages(V | R | W | X);
    parts.write(0x30a, ADUE);
    sv39();
    become(SUPERVISOR);
    access(VA, ACCESS.LOAD);
    expect(getEntry(LEAVES, 0)).toBe(pte(DATA, V | R | W | X | A));
    access(VA, ACCESS.AMO);
    expect(getEntry(LEAVES, 0)).toBe(pte(DATA, V | R | W | X | A | D));
    access(VA + 0x1000n, ACCESS.FETCH);
    expect(getEntry(LEAVES, 1)).toBe(pte(DATA + 0x1000, V | R | W | X | A));
  });

  it('are set without ADUE in a hart that was started in M-mode', () => {
    mapPages(V | R | W);
    parts.state.set(SLOT.STARTED_IN_M, 1, 0);
    sv39();
    become(SUPERVISOR);
    expect(access(VA, ACCESS.STORE)).toBe(DATA);
    expect(getEntry(LEAVES, 0)).toBe(pte(DATA, RWAD));
  });

  it('are not set by an access that faults', () => {
    mapPages(V | R);
    parts.write(0x30a, ADUE);
    sv39();
    become(SUPERVISOR);
    expect(access(VA, ACCESS.STORE)).toBe(-CAUSE.STORE_PAGE);
    expect(getEntry(LEAVES, 0)).toBe(pte(DATA, V | R));
  });

  it('need the gate and PMP to allow the write of the entry', () => {
    mapPages(V | R | W);
    parts.write(0x30a, ADUE);
    // Entry 0: the leaves can only be read.
    parts.write(0x3b1, -1n);
    parts.write(0x3b0, BigInt(LEAVES / 4) | 0x1ffn);
    parts.write(0x3a0, 0x1f19n);
    sv39();
    become(SUPERVISOR);
    expect(access(VA, ACCESS.LOAD)).toBe(-CAUSE.LOAD_ACCESS);
    expect(getEntry(LEAVES, 0)).toBe(pte(DATA, V | R | W));
  });
});

describe('the gate', () => {
  it('is asked for each level of the walk and for the page', () => {
    for (const page of [ROOT, MIDDLE, LEAVES, DATA]) {
      parts.env.refusals.length = 0;
      parts.env.forbidden.splice(0, 1, { from: page, to: page + 0x1000 });
      mapPages(RWAD);
      sv39();
      become(SUPERVISOR);
      expect(access(VA, ACCESS.LOAD)).toBe(-CAUSE.LOAD_ACCESS);
      expect(parts.env.refusals).toHaveLength(1);
      expect(Math.floor(parts.env.refusals[0]!.address / 4096)).toBe(page / 4096);
    }
  });
});

describe('the TLB', () => {
  const filled = (context: number, kind: 0 | 1, va: bigint): boolean => {
    const index = Number((va >> 12n) & 1023n);
    const at = tlbTable(0, HART.TLB, context, kind) + index * 16;
    return parts.state.long(at) === BigInt.asUintN(64, va & ~0xfffn);
  };

  it('holds what was allowed, by kind, and forgets by address', () => {
    mapPages(RWAD);
    sv39();
    become(SUPERVISOR);
    access(VA, ACCESS.LOAD);
    access(VA + 0x1000n, ACCESS.STORE);
    expect(filled(CONTEXT_S, 0, VA)).toBe(true);
    expect(filled(CONTEXT_S, 1, VA)).toBe(false);
    expect(filled(CONTEXT_S, 1, VA + 0x1000n)).toBe(true);
    parts.tlb.flushPage(Number(VA), 0);
    expect(filled(CONTEXT_S, 0, VA)).toBe(false);
    expect(filled(CONTEXT_S, 1, VA + 0x1000n)).toBe(true);
    parts.tlb.flushTranslations();
    expect(filled(CONTEXT_S, 1, VA + 0x1000n)).toBe(false);
  });

  it('forgets a whole superpage by any address in it', () => {
    setEntry(ROOT, 1, pte(MIDDLE, V));
    setEntry(MIDDLE, 0, pte(RAM_BASE, RWAD));
    sv39();
    become(SUPERVISOR);
    access(VA + 0x5000n, ACCESS.LOAD);
    expect(filled(CONTEXT_S, 0, VA + 0x5000n)).toBe(true);
    parts.tlb.flushPage(Number(VA), 0);
    expect(filled(CONTEXT_S, 0, VA + 0x5000n)).toBe(false);
  });

  it('does not hold a page that PMP divides, and holds nothing over a change of PMP, satp or MXR', () => {
    const va = BigInt(DATA);
    become(USER);
    access(va, ACCESS.LOAD);
    expect(filled(CONTEXT_U, 0, va)).toBe(true);
    become(MACHINE);
    parts.write(0x3b1, -1n);
    parts.write(0x3b0, va >> 2n);
    parts.write(0x3a0, 0x1f10n);
    expect(filled(CONTEXT_U, 0, va)).toBe(false);
    become(USER);
    expect(access(va + 4n, ACCESS.LOAD, 4)).toBe(DATA + 4);
    expect(filled(CONTEXT_U, 0, va)).toBe(false);
    expect(access(va, ACCESS.LOAD, 4)).toBe(-CAUSE.LOAD_ACCESS);
    parts.set(MSTATUS, MXR);
    become(USER);
    access(va + 0x1000n, ACCESS.LOAD);
    expect(filled(CONTEXT_U, 0, va + 0x1000n)).toBe(true);
    become(MACHINE);
    parts.clear(MSTATUS, MXR);
    expect(filled(CONTEXT_U, 0, va + 0x1000n)).toBe(false);
    become(USER);
    access(va + 0x1000n, ACCESS.STORE);
    become(MACHINE);
    sv39();
    expect(filled(CONTEXT_U, 1, va + 0x1000n)).toBe(false);
  });
});

describe('accesses across two pages', () => {
  const bounce = (): bigint => parts.state.long(HART.PRIVATE + 0x40);

  it('are put together from both', () => {
    mapPages(RWAD);
    setEntry(LEAVES, 1, pte(DATA + 0x3000, RWAD));
    sv39();
    become(SUPERVISOR);
    parts.ram.setUint32(DATA - RAM_BASE + 0xffc, 0x4433_2211, true);
    parts.ram.setUint32(DATA - RAM_BASE + 0x3000, 0x8877_6655, true);
    expect(access(VA + 0xffdn, ACCESS.LOAD)).not.toBe(0);
    expect(bounce() & 0xff_ffff_ffff_ffffn).toBe(0x88_7766_5544_3322n);
    access(VA + 0xffdn, ACCESS.STORE);
    parts.state.setLong(HART.PRIVATE + 0x40, 0x0102_0304_0506_0708n);
    expect(parts.mmu.commitStore()).toBe(0);
    expect(parts.ram.getUint32(DATA - RAM_BASE + 0xffc, true)).toBe(0x0607_0811);
    expect(parts.ram.getUint32(DATA - RAM_BASE + 0x3000, true)).toBe(0x0203_0405);
    expect(parts.ram.getUint8(DATA - RAM_BASE + 0x3004)).toBe(0x01);
  });

  it('fault with the address in the page that faults, before anything is written', () => {
    mapPages(RWAD, V | R | A);
    sv39();
    become(SUPERVISOR);
    expect(access(VA + 0xffcn, ACCESS.STORE, 8, VA + 0x1000n)).toBe(-CAUSE.STORE_PAGE);
    become(SUPERVISOR);
    expect(access(VA - 4n, ACCESS.STORE)).toBe(-CAUSE.STORE_PAGE);
    become(SUPERVISOR);
    parts.env.forbidden.push({ from: DATA + 0x1000, to: DATA + 0x2000 });
    expect(access(VA + 0xffcn, ACCESS.LOAD, 8, VA + 0x1000n)).toBe(-CAUSE.LOAD_ACCESS);
    expect(parts.env.refusals).toHaveLength(1);
  });

  it('cannot end outside RAM', () => {
    const last = BigInt(RAM_BASE + RAM_SIZE - 4);
    expect(access(last, ACCESS.LOAD, 8, last + 4n)).toBe(-CAUSE.LOAD_ACCESS);
    expect(access(-4n, ACCESS.STORE)).toBe(-CAUSE.STORE_ACCESS);
  });
});

describe('what is not plain RAM', () => {
  it('is a device, through the bounce buffer', () => {
    const va = BigInt(SCRATCH_DEVICE);
    access(va, ACCESS.STORE);
    parts.state.setLong(HART.PRIVATE + 0x40, 0x1122_3344_5566_7788n);
    expect(parts.mmu.commitStore()).toBe(0);
    parts.state.setLong(HART.PRIVATE + 0x40, 0n);
    access(va + 4n, ACCESS.LOAD, 4);
    expect(parts.state.long(HART.PRIVATE + 0x40)).toBe(0x1122_3344n);
  });

  it('faults where no device is: loads at once, stores when they are made', () => {
    expect(access(0x1000n, ACCESS.LOAD)).toBe(-CAUSE.LOAD_ACCESS);
    access(0x1000n, ACCESS.STORE);
    expect(parts.mmu.commitStore()).toBe(1);
    expect(parts.state.low(SLOT.MCAUSE)).toBe(CAUSE.STORE_ACCESS);
    expect(parts.state.long(SLOT.MTVAL)).toBe(0x1000n);
    expect(access(1n << 60n, ACCESS.STORE)).toBe(-CAUSE.STORE_ACCESS);
  });

  it('takes no atomics, no misaligned accesses and no fetches', () => {
    const va = BigInt(SCRATCH_DEVICE);
    expect(access(va, ACCESS.AMO)).toBe(-CAUSE.STORE_ACCESS);
    expect(access(va, ACCESS.SC)).toBe(-CAUSE.STORE_ACCESS);
    expect(access(va, ACCESS.LR)).toBe(-CAUSE.LOAD_ACCESS);
    expect(access(va, ACCESS.FETCH)).toBe(-CAUSE.FETCH_ACCESS);
    expect(access(va + 1n, ACCESS.LOAD, 4)).toBe(-CAUSE.LOAD_ACCESS);
    expect(access(va + 1n, ACCESS.STORE, 4)).toBe(-CAUSE.STORE_ACCESS);
  });
});

describe('misaligned atomics', () => {
  it('raise address-misaligned', () => {
    const va = BigInt(DATA);
    expect(access(va + 4n, ACCESS.AMO)).toBe(-CAUSE.STORE_MISALIGNED);
    expect(access(va + 2n, ACCESS.SC, 4)).toBe(-CAUSE.STORE_MISALIGNED);
    expect(access(va + 4n, ACCESS.LR)).toBe(-CAUSE.LOAD_MISALIGNED);
    expect(access(va + 3n, ACCESS.STORE)).toBe(DATA + 3);
  });
});

describe('a watched page', () => {
  const BUDGET = 500;
  const budget = (): number => parts.state.low(HART.BUDGET);
  beforeEach(() => {
    mapPages(RWAD);
    sv39();
    become(SUPERVISOR);
    parts.env.watchedPages.push(DATA);
    parts.state.setWord(HART.BUDGET, BUDGET);
  });

  it.each([
    ['a store', VA + 8n, ACCESS.STORE],
    ['an AMO', VA + 8n, ACCESS.AMO],
    ['a store that goes on in the next page', VA + 0xffcn, ACCESS.STORE],
    ['a store that begins in the page before', VA + 0xffcn, ACCESS.STORE],
  ] as const)('ends a run behind %s, and gives the budget back', (name, va, kind) => {
    if (name.endsWith('before')) parts.env.watchedPages[0] = DATA + 0x1000;
    access(va, kind);
    expect(budget()).toBe(1);
    // As the interpreter counts the instruction itself.
    parts.state.setWord(HART.BUDGET, 0);
    expect(parts.mmu.endWatchedStore()).toBe(true);
    expect(budget()).toBe(BUDGET - 1);
    expect(parts.mmu.endWatchedStore()).toBe(false);
  });

  it("is nobody's affair when it is read, or when the store into it faults in the next page", () => {
    access(VA + 8n, ACCESS.LOAD);
    expect(budget()).toBe(BUDGET);
    setEntry(LEAVES, 1, 0n);
    parts.tlb.flushAll();
    // Machine time is told from the budget: in the trap it is what it would be if nobody watched.
    expect(access(VA + 0xffcn, ACCESS.STORE, 8, VA + 0x1000n)).toBe(-CAUSE.STORE_PAGE);
    expect(budget()).toBe(BUDGET);
    expect(parts.mmu.endWatchedStore()).toBe(false);
  });
});
