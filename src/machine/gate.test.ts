import { describe, expect, it } from 'vitest';
import { ACCESS } from '../hart/interpreter-abi.ts';
import { CHANNEL, channelEntry, HEADER, OWNER_CHANNEL, RAM_BASE } from '../protocol/layout.ts';
import { Gate } from './gate.ts';
import { TEST_RAM, TestMachine } from './machine.testkit.ts';

const page = (number: number): number => RAM_BASE + number * 4096;
const ALL_KINDS = Object.values(ACCESS);

/** Alpha (1) has pages 0 … 3, beta (2) pages 4 … 7; channel 5 between them pages 16 … 17; the rest is free. */
function machine(isolation: 'enforced' | 'cooperative' = 'enforced'): { machine: TestMachine; gate: Gate } {
  const test = new TestMachine([1, 2, null], isolation);
  test.givePages(1, 0, 4);
  test.givePages(2, 4, 4);
  test.connect(5, 1, 2, 16, 2);
  return { machine: test, gate: new Gate(test.memory) };
}

describe('enforced', () => {
  it.each(ALL_KINDS)('grants access kind %i to every byte of its own and no byte beside it', (kind) => {
    const { gate } = machine();
    expect(gate.grant(1, page(0), 4 * 4096, kind)).toBe(true);
    expect(gate.grant(2, page(4), 4 * 4096, kind)).toBe(true);
    expect(gate.grant(1, page(4) - 1, 1, kind)).toBe(true);
    expect(gate.grant(1, page(4), 1, kind)).toBe(false);
    expect(gate.grant(2, page(4) - 1, 1, kind)).toBe(false);
    expect(gate.grant(2, page(8), 1, kind)).toBe(false);
  });

  it('refuses what crosses a border, whatever side it begins on', () => {
    const { gate } = machine();
    for (const instance of [1, 2]) {
      expect(gate.grant(instance, page(4) - 4, 8, ACCESS.STORE)).toBe(false);
      expect(gate.grant(instance, page(0), 8 * 4096, ACCESS.LOAD)).toBe(false);
    }
  });

  it('refuses what is outside RAM, also by one byte', () => {
    const { machine: test, gate } = machine();
    test.givePages(1, 0, TEST_RAM / 4096);
    expect(gate.grant(1, RAM_BASE + TEST_RAM - 8, 8, ACCESS.LOAD)).toBe(true);
    expect(gate.grant(1, RAM_BASE + TEST_RAM - 7, 8, ACCESS.LOAD)).toBe(false);
    expect(gate.grant(1, RAM_BASE - 1, 1, ACCESS.LOAD)).toBe(false);
    expect(gate.grant(1, RAM_BASE - 4, 8, ACCESS.LOAD)).toBe(false);
    expect(gate.grant(1, 0, 1, ACCESS.LOAD)).toBe(false);
    expect(gate.grant(1, 2 ** 53 - 1, 1, ACCESS.LOAD)).toBe(false);
    expect(gate.grant(1, RAM_BASE, 2 ** 53 - 1 - RAM_BASE, ACCESS.LOAD)).toBe(false);
  });

  it('refuses free pages, and everything for a hart that nobody owns', () => {
    const { gate } = machine();
    expect(gate.grant(1, page(100), 1, ACCESS.LOAD)).toBe(false);
    expect(gate.grant(null, page(0), 1, ACCESS.LOAD)).toBe(false);
    expect(gate.grant(null, page(100), 1, ACCESS.LOAD)).toBe(false);
  });

  it('grants a channel to its two ends, but not for fetching', () => {
    const { machine: test, gate } = machine();
    for (const instance of [1, 2]) {
      expect(gate.grant(instance, page(16), 2 * 4096, ACCESS.STORE)).toBe(true);
      expect(gate.grant(instance, page(16), 2, ACCESS.FETCH)).toBe(false);
    }
    expect(gate.grant(3, page(16), 1, ACCESS.LOAD)).toBe(false);
    test.words[(channelEntry(5) + CHANNEL.IN_USE) >> 2] = 0;
    expect(gate.grant(1, page(16), 1, ACCESS.LOAD)).toBe(false);
  });

  it('says where a range is refused first, and who owns that page', () => {
    const { gate } = machine();
    expect(gate.refusedAt(1, page(3) + 100, 8192, ACCESS.LOAD)).toBe(page(4));
    expect(gate.refusedAt(1, page(4) + 5, 1, ACCESS.LOAD)).toBe(page(4) + 5);
    expect(gate.ownerByte(page(3))).toBe(2);
    expect(gate.ownerByte(page(4))).toBe(3);
    expect(gate.ownerByte(page(17) + 4095)).toBe(OWNER_CHANNEL + 5);
    expect(gate.ownerByte(page(100))).toBe(0);
    expect(gate.ownerByte(RAM_BASE + TEST_RAM)).toBe(0);
  });
});

describe('cooperative', () => {
  it('lets everything in RAM through and nothing else', () => {
    const { gate } = machine('cooperative');
    for (const kind of ALL_KINDS) {
      expect(gate.grant(1, page(4), 4096, kind)).toBe(true);
      expect(gate.grant(1, RAM_BASE, TEST_RAM, kind)).toBe(true);
      expect(gate.grant(1, RAM_BASE + TEST_RAM, 1, kind)).toBe(false);
    }
    expect(gate.refusedAt(1, RAM_BASE + TEST_RAM - 1, 9, ACCESS.LOAD)).toBe(RAM_BASE + TEST_RAM);
  });

  it('is looked up at each question', () => {
    const { machine: test, gate } = machine();
    Atomics.store(test.words, HEADER.ENFORCED >> 2, 0);
    expect(gate.grant(1, page(4), 1, ACCESS.STORE)).toBe(true);
    Atomics.store(test.words, HEADER.ENFORCED >> 2, 1);
    expect(gate.grant(1, page(4), 1, ACCESS.STORE)).toBe(false);
  });
});
