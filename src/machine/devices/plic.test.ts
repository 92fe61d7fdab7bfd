import { describe, expect, it } from 'vitest';
import { HEADER, MAX_HARTS } from '../../protocol/layout.ts';
import { deviceMemory, Guest, mip } from './devices.testkit.ts';
import { hartOwnerChanged, Plic, PLIC_BASE, setLine } from './plic.ts';
import { SERVICES } from './settle.ts';

const SEIP = 1 << 9;
const MEIP = 1 << 11;
const enable = (context: number): number => PLIC_BASE + 0x2000 + 0x80 * context;
const threshold = (context: number): number => PLIC_BASE + 0x20_0000 + 0x1000 * context;
const claim = (context: number): number => threshold(context) + 4;
const priority = (source: number): number => PLIC_BASE + 4 * source;

function setUp(): {
  guest: Guest;
  line: (source: number, level: boolean) => void;
  pending: (hart: number) => number;
} {
  const memory = deviceMemory([3, 3, 5]);
  const words = new Int32Array(memory.buffer);
  return {
    guest: new Guest(memory, 0, 3, new Plic(memory)),
    line: (source, level) => setLine(words, 3, source, level, SERVICES),
    pending: (hart) => mip(memory, hart),
  };
}

describe('PLIC', () => {
  it('raises SEIP or MEIP of the contexts that enable a source', () => {
    const { guest, line, pending } = setUp();
    guest.write(priority(10), 1n);
    guest.write(enable(1), 1n << 10n);
    guest.write(enable(2), 1n << 10n);
    expect(pending(0)).toBe(0);
    line(10, true);
    expect([pending(0), pending(1)]).toEqual([SEIP, MEIP]);
  });

  it('gives an interrupt to the first who claims it and holds it back until completion', () => {
    const { guest, line, pending } = setUp();
    guest.write(priority(10), 1n);
    guest.write(enable(1), 1n << 10n);
    guest.write(enable(3), 1n << 10n);
    line(10, true);
    expect(guest.read(claim(1))).toBe(10n);
    expect(guest.read(claim(3))).toBe(0n);
    expect([pending(0), pending(1)]).toEqual([0, 0]);
    guest.write(claim(1), 10n);
    expect([pending(0), pending(1)]).toEqual([SEIP, SEIP]);
    expect(guest.read(claim(3))).toBe(10n);
    line(10, false);
    guest.write(claim(3), 10n);
    expect([pending(0), pending(1)]).toEqual([0, 0]);
  });

  it('keeps an interrupt pending whose line has gone low', () => {
    const { guest, line } = setUp();
    guest.write(priority(4), 1n);
    guest.write(enable(1), 1n << 4n);
    line(4, true);
    line(4, false);
    expect(guest.read(PLIC_BASE + 0x1000)).toBe(1n << 4n);
    expect(guest.read(claim(1))).toBe(4n);
  });

  it('claims the highest priority first, the lowest source of equals, never priority 0', () => {
    const { guest, line } = setUp();
    guest.write(enable(1), 0xfffffffen);
    guest.write(priority(9), 2n);
    guest.write(priority(31), 7n);
    guest.write(priority(2), 2n);
    for (const source of [1, 2, 9, 31]) line(source, true);
    expect([1, 2, 3, 4].map(() => guest.read(claim(1)))).toEqual([31n, 2n, 9n, 0n]);
  });

  it('holds back what is not above the threshold, but lets it be claimed', () => {
    const { guest, line, pending } = setUp();
    guest.write(priority(10), 3n);
    guest.write(enable(1), 1n << 10n);
    guest.write(threshold(1), 3n);
    line(10, true);
    expect(pending(0)).toBe(0);
    guest.write(threshold(1), 2n);
    expect(pending(0)).toBe(SEIP);
    guest.write(threshold(1), 7n);
    expect(pending(0)).toBe(0);
    expect(guest.read(claim(1))).toBe(10n);
  });

  it('ignores the completion of a source that the context does not enable', () => {
    const { guest, line } = setUp();
    guest.write(priority(10), 1n);
    guest.write(enable(1), 1n << 10n);
    line(10, true);
    guest.read(claim(1));
    guest.write(claim(3), 10n);
    expect(guest.read(claim(1))).toBe(0n);
  });

  it('hides contexts of harts of other kernels and of harts that do not exist', () => {
    const { guest, line, pending } = setUp();
    guest.write(priority(10), 1n);
    for (const context of [5, 7, 40]) {
      expect(guest.write(enable(context), 1n << 10n)).toBe('done');
      expect(guest.read(enable(context))).toBe(0n);
      expect(guest.read(claim(context))).toBe(0n);
    }
    line(10, true);
    expect(pending(2)).toBe(0);
  });

  describe('when a hart changes its owner', () => {
    function twoKernels(): { give: (instance: number | null) => void; second: Guest } & ReturnType<
      typeof setUp
    > {
      const first = setUp();
      const { memory } = first.guest;
      const owners = new Uint8Array(memory.buffer, HEADER.HART_OWNER, MAX_HARTS);
      const give = (instance: number | null): void => {
        owners[1] = instance === null ? 0 : instance + 1;
        hartOwnerChanged(new Int32Array(memory.buffer), 1, instance);
      };
      return { ...first, give, second: new Guest(memory, 2, 5, new Plic(memory)) };
    }

    it('takes back what the PLIC of the last one had raised', () => {
      const { guest, line, pending, give } = twoKernels();
      guest.write(priority(10), 1n);
      guest.write(enable(2), 1n << 10n);
      guest.write(enable(3), 1n << 10n);
      line(10, true);
      expect(pending(1)).toBe(SEIP | MEIP);
      give(null);
      expect(pending(1)).toBe(0);
      give(5);
      expect(pending(1)).toBe(0);
      line(10, false);
      line(10, true);
      expect(pending(1)).toBe(0);
    });

    it('raises at once what the context of the hart has enabled already', () => {
      const { guest, line, pending, give } = twoKernels();
      guest.write(priority(10), 1n);
      guest.write(enable(3), 1n << 10n);
      give(null);
      line(10, true);
      expect(pending(1)).toBe(0);
      give(3);
      expect(pending(1)).toBe(SEIP);
    });

    it('raises what is pending in the new kernel when the hart enables it there', () => {
      const { second, pending, give } = twoKernels();
      setLine(new Int32Array(second.memory.buffer), 5, 10, true, SERVICES);
      give(5);
      second.write(priority(10), 1n);
      expect(pending(1)).toBe(0);
      second.write(enable(3), 1n << 10n);
      expect(pending(1)).toBe(SEIP);
    });
  });

  it('takes accesses of 32 bits only', () => {
    const { guest } = setUp();
    expect(guest.read(priority(1), 8)).toBe('fault');
    expect(guest.write(priority(1), 1n, 1)).toBe('fault');
    guest.write(priority(1), 0xffn);
    expect(guest.read(priority(1))).toBe(7n);
  });
});
