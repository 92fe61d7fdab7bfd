import { describe, expect, it } from 'vitest';
import { MACHINE, SUPERVISOR, USER } from './hart-state.ts';
import { createParts, type Parts } from './parts.testkit.ts';
import { PMP_EXECUTE, PMP_READ, PMP_WRITE } from './pmp.ts';

const PMPCFG0 = 0x3a0;
const PMPCFG2 = 0x3a2;
const PMPADDR0 = 0x3b0;
const TOR = 0x08;
const NA4 = 0x10;
const NAPOT = 0x18;
const LOCK = 0x80;
const BASE = 0x8000_0000;

/** Sets entries 0 … 15 as [configuration, pmpaddr]. */
function program(parts: Parts, entries: readonly (readonly [number, bigint])[]): void {
  entries.forEach(([, address], index) => parts.write(PMPADDR0 + index, address));
  const bytes = (from: number): bigint =>
    entries
      .slice(from, from + 8)
      .reduce((value, [config], index) => value | (BigInt(config) << BigInt(index * 8)), 0n);
  parts.write(PMPCFG0, bytes(0));
  parts.write(PMPCFG2, bytes(8));
}

/** pmpaddr of a NAPOT region. */
const napot = (base: number, size: number): bigint => (BigInt(base) >> 2n) | ((BigInt(size) >> 3n) - 1n);
const at = (address: number): bigint => BigInt(address) >> 2n;

describe('PMP ranges', () => {
  it.each([
    ['NAPOT 8', [[NAPOT | 1, napot(BASE + 0x100, 8)]], 0x100, 0x108],
    ['NAPOT 4 KiB', [[NAPOT | 1, napot(BASE + 0x1000, 0x1000)]], 0x1000, 0x2000],
    ['NA4', [[NA4 | 1, at(BASE + 0x104)]], 0x104, 0x108],
    [
      'TOR',
      [
        [0, at(BASE + 0x20)],
        [TOR | 1, at(BASE + 0x3c)],
      ],
      0x20,
      0x3c,
    ],
    ['the last entry', [...Array<[number, bigint]>(15).fill([0, 0n]), [NA4 | 1, at(BASE + 8)]], 8, 12],
  ] as [string, [number, bigint][], number, number][])('%s', (_name, entries, from, to) => {
    const parts = createParts();
    program(parts, entries);
    const readable = (offset: number, length: number): boolean =>
      parts.pmp.allows(BASE + offset, length, USER, PMP_READ);
    expect(readable(from, 4)).toBe(true);
    expect(readable(to - 1, 1)).toBe(true);
    expect(readable(from - 1, 1)).toBe(false);
    expect(readable(to, 1)).toBe(false);
    // Bytes inside and outside: the entry matches some and not all.
    expect(readable(to - 1, 2)).toBe(false);
    expect(readable(from - 1, 2)).toBe(false);
  });

  it('NAPOT of all ones is everything', () => {
    const parts = createParts();
    program(parts, [[NAPOT | 7, (1n << 54n) - 1n]]);
    expect(parts.pmp.allows(0, 8, USER, PMP_READ | PMP_WRITE)).toBe(true);
    expect(parts.pmp.allows(2 ** 52, 8, SUPERVISOR, PMP_EXECUTE)).toBe(true);
  });

  it('TOR of entry 0 begins at 0, and an empty TOR matches nothing', () => {
    const parts = createParts();
    program(parts, [
      [TOR | 1, at(BASE)],
      [0, at(BASE + 0x100)],
      [TOR | 1, at(BASE + 0x80)],
    ]);
    expect(parts.pmp.allows(0, 8, USER, PMP_READ)).toBe(true);
    expect(parts.pmp.allows(BASE + 0x90, 1, USER, PMP_READ)).toBe(false);
  });
});

describe('PMP permissions', () => {
  const KINDS = [PMP_READ, PMP_WRITE, PMP_EXECUTE];

  it.each([0, 1, 3, 4, 5, 7])('RWX = %i holds for S and U, for M only when locked', (rwx) => {
    for (const lock of [0, LOCK]) {
      const parts = createParts();
      program(parts, [[NAPOT | rwx | lock, napot(BASE, 0x1000)]]);
      for (const kind of KINDS) {
        const permitted = (rwx & kind) !== 0;
        expect(parts.pmp.allows(BASE, 4, USER, kind)).toBe(permitted);
        expect(parts.pmp.allows(BASE, 4, SUPERVISOR, kind)).toBe(permitted);
        expect(parts.pmp.allows(BASE, 4, MACHINE, kind)).toBe(permitted || lock === 0);
      }
    }
  });

  it('without a match M may everything, S and U nothing', () => {
    const { pmp } = createParts();
    expect(pmp.allows(BASE, 8, MACHINE, PMP_WRITE)).toBe(true);
    expect(pmp.allows(BASE, 8, SUPERVISOR, PMP_READ)).toBe(false);
    expect(pmp.allows(BASE, 8, USER, PMP_READ)).toBe(false);
  });

  it('the lowest-numbered entry that matches decides', () => {
    const parts = createParts();
    program(parts, [
      [NAPOT | 1, napot(BASE, 0x1000)],
      [NAPOT | 7, napot(BASE, 0x10000)],
    ]);
    expect(parts.pmp.allows(BASE, 4, USER, PMP_WRITE)).toBe(false);
    expect(parts.pmp.allows(BASE + 0x1000, 4, USER, PMP_WRITE)).toBe(true);
    expect(parts.pmp.uniform(BASE)).toBe(true);
  });

  it('a page is uniform only when one entry, or none, has all of it', () => {
    const parts = createParts();
    program(parts, [
      [NA4 | 7, at(BASE + 0xffc)],
      [NAPOT | 7, napot(BASE, 0x10000)],
    ]);
    expect(parts.pmp.uniform(BASE)).toBe(false);
    expect(parts.pmp.uniform(BASE + 0x1000)).toBe(true);
    expect(parts.pmp.uniform(BASE + 0x10_0000)).toBe(true);
  });
});

describe('PMP registers', () => {
  it('keep locked entries until reset', () => {
    const parts = createParts();
    program(parts, [
      [0, at(BASE)],
      [TOR | LOCK | 1, at(BASE + 0x100)],
    ]);
    parts.write(PMPADDR0, 0n);
    parts.write(PMPADDR0 + 1, 0n);
    parts.write(PMPCFG0, 0n);
    expect(parts.read(PMPADDR0)).toBe(at(BASE));
    expect(parts.read(PMPADDR0 + 1)).toBe(at(BASE + 0x100));
    expect(parts.read(PMPCFG0)).toBe(BigInt(TOR | LOCK | 1) << 8n);
  });

  it('have no reserved bits, no W without R, and 54 bits of address', () => {
    const parts = createParts();
    parts.write(PMPCFG0, 0x627fn);
    expect(parts.read(PMPCFG0)).toBe(0x001fn);
    parts.write(PMPADDR0, -1n);
    expect(parts.read(PMPADDR0)).toBe((1n << 54n) - 1n);
  });

  it('exist in sixteen and in pairs', () => {
    const parts = createParts();
    expect(parts.read(0x3a1)).toBeNull();
    expect(parts.read(0x3a3)).toBeNull();
    expect(parts.read(0x3bf)).toBe(0n);
    expect(parts.read(0x3c0)).toBeNull();
  });
});
