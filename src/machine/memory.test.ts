import { expect, it } from 'vitest';
import {
  HART,
  hartBlock,
  HEADER,
  HSM_STOPPED,
  LAYOUT_VERSION,
  MAGIC,
  PAGE_OWNER,
  PHASE_SAFE,
  RAM_HOST,
} from '../protocol/layout.ts';
import { TEST_RAM, TestMachine } from './machine.testkit.ts';
import { createMemory, readU64 } from './memory.ts';

it('has the header that the layout says, every hart stopped and safe, everything free', () => {
  const machine = new TestMachine([null, null, null], 'cooperative');
  expect(machine.memory.buffer.byteLength).toBe(RAM_HOST + TEST_RAM);
  expect(machine.memory.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect(machine.word(HEADER.MAGIC)).toBe(MAGIC);
  expect(machine.word(HEADER.VERSION)).toBe(LAYOUT_VERSION);
  expect(machine.word(HEADER.HARTS)).toBe(3);
  expect(machine.word(HEADER.RAM_PAGES)).toBe(512);
  expect(machine.word(HEADER.ENFORCED)).toBe(0);
  for (let hart = 0; hart < 3; hart++) {
    expect(machine.word(hartBlock(hart) + HART.HSM)).toBe(HSM_STOPPED);
    expect(machine.word(hartBlock(hart) + HART.PHASE)).toBe(PHASE_SAFE);
  }
  expect(machine.bytes.subarray(PAGE_OWNER, PAGE_OWNER + 512).every((owner) => owner === 0)).toBe(true);
});

it.each([
  ['no harts', 0, 0x20_0000],
  ['17 harts', 17, 0x20_0000],
  ['RAM that is no multiple of 2 MiB', 1, 0x21_0000],
  ['no RAM', 1, 0],
  ['more RAM than 3 GiB', 1, 0xc020_0000],
])('throws for %s', (_, harts, memory) => {
  expect(() => createMemory({ harts, memory, isolation: 'enforced', mode: 'parallel', seed: 0 })).toThrow();
});

it('reads 64-bit words at any alignment as unsigned', () => {
  const machine = new TestMachine([null]);
  machine.bytes.set([0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0xf1], RAM_HOST + 3);
  expect(readU64(machine.memory, RAM_HOST + 3)).toBe(0xf123_4567_89ab_cdefn);
});
