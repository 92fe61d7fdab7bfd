import { expect, test } from 'vitest';
import { SLOT } from '../hart/hart-state.ts';
import { HART, hartBlock, RAM_BASE, RAM_HOST } from '../protocol/layout.ts';
import { Gate } from './gate.ts';
import { GuestReader } from './guest-reader.ts';
import { TestMachine } from './machine.testkit.ts';

const OWN = 0;
const OTHER = 1;
/** Instance 0 has the first eight pages of RAM, instance 1 the next eight. */
function machine() {
  const made = new TestMachine([OWN]);
  made.givePages(OWN, 0, 8);
  made.givePages(OTHER, 8, 8);
  const view = new DataView(made.memory.buffer);
  view.setInt32(hartBlock(0) + HART.PRIVILEGE, 1, true);
  return { memory: made.memory, view, gate: new Gate(made.memory) };
}
const ram = (page: number, offset = 0): number => RAM_HOST + page * 4096 + offset;

test('without translation an address is physical, and what others own is not read', () => {
  const { memory, view, gate } = machine();
  view.setBigUint64(ram(1, 8), 0x1234n, true);
  view.setBigUint64(ram(8), 0x5678n, true);
  const reader = new GuestReader(memory, gate, OWN, 0);
  expect(reader.doubleword(BigInt(RAM_BASE) + 4096n + 8n)).toBe(0x1234n);
  expect(reader.doubleword(BigInt(RAM_BASE) + 8n * 4096n)).toBeNull();
  expect(reader.doubleword(0n)).toBeNull();
});

test('Sv39 is followed through the tables of the kernel, for addresses that are canonical', () => {
  const { memory, view, gate } = machine();
  const entry = (page: number, flags: number): bigint =>
    ((BigInt(RAM_BASE) / 4096n + BigInt(page)) << 10n) | BigInt(flags);
  // 0xffffffff80000000: entry 510 of the root in page 2, entry 0 of page 3 and of page 4; its second page is another's.
  view.setBigUint64(ram(2, 510 * 8), entry(3, 0x01), true);
  view.setBigUint64(ram(3), entry(4, 0x01), true);
  view.setBigUint64(ram(4), entry(5, 0xcf), true);
  view.setBigUint64(ram(4, 8), entry(8, 0xcf), true);
  view.setUint16(ram(5, 6), 0x9002, true);
  view.setBigUint64(hartBlock(0) + SLOT.SATP, (8n << 60n) | (BigInt(RAM_BASE) / 4096n + 2n), true);
  const reader = new GuestReader(memory, gate, OWN, 0);
  expect(reader.parcel(0xffff_ffff_8000_0006n)).toBe(0x9002);
  expect(reader.parcel(0xffff_ffff_8000_1000n)).toBeNull();
  expect(reader.parcel(0x00ff_ffff_8000_0006n)).toBeNull();
  expect(reader.parcel(0xffff_ffff_8020_0000n)).toBeNull();
});
