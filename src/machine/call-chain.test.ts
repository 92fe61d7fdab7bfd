/** Chains of frames that guests might leave, well-formed and not. */
import { expect, test } from 'vitest';
import { HART, hartBlock, RAM_BASE, RAM_HOST } from '../protocol/layout.ts';
import { callChain, type CallChain } from './call-chain.ts';
import { Gate } from './gate.ts';
import { GuestReader } from './guest-reader.ts';
import { TestMachine } from './machine.testkit.ts';

const BASE = BigInt(RAM_BASE);
const PAGES = 8n;
const SP = BASE + 0x2000n;
/** Behind a call each, and once where none is. */
const CALLS = [0x104n, 0x204n, 0x304n].map((offset) => BASE + offset);
const [A = 0n, B = 0n, C = 0n] = CALLS;
const NO_CALL = BASE + 0x404n;

/** The chain of a hart with these doublewords in its memory; s0 and ra as given. */
function chainOf(
  words: readonly (readonly [bigint, bigint])[],
  fp: bigint,
  ra = NO_CALL,
  sp = SP,
): CallChain {
  const machine = new TestMachine([0]);
  machine.givePages(0, 0, Number(PAGES));
  const view = new DataView(machine.memory.buffer);
  // Machine mode: addresses are physical.
  view.setInt32(hartBlock(0) + HART.PRIVILEGE, 3, true);
  const host = (address: bigint): number => RAM_HOST + Number(address - BASE);
  // JAL ra, 0
  for (const call of CALLS) view.setUint32(host(call - 4n), 0x0000_00ef, true);
  for (const [address, value] of words) view.setBigUint64(host(address), value, true);
  const reader = new GuestReader(machine.memory, new Gate(machine.memory), 0, 0);
  return callChain(reader, { sp, ra, fp, epc: BASE + 0x700n });
}
/** A frame at `at`: the return address, and the caller's frame. */
const frame = (at: bigint, back: bigint, caller: bigint): [bigint, bigint][] => [
  [at - 8n, back],
  [at - 16n, caller],
];

test('follows frames to the outermost, past what is left from calls that have returned', () => {
  const words = [
    ...frame(SP + 0x40n, A, SP + 0x80n),
    ...frame(SP + 0x80n, B, SP + 0xc0n),
    ...frame(SP + 0xc0n, C, 0n),
    [SP + 0x10n, C] as const,
    [SP + 0x50n, C] as const,
  ];
  expect(chainOf(words, SP + 0x40n)).toEqual({ calls: [A, B], from: 'frames' });
});

test('takes the caller of a function that calls nothing from ra', () => {
  const words = [[SP + 8n, SP + 0x40n] as const, ...frame(SP + 0x40n, B, SP + 0x80n)];
  expect(chainOf(words, SP + 0x10n, A)).toEqual({ calls: [A, B], from: 'frames' });
});

test('goes on behind a trap, at the place that it interrupted', () => {
  const epc = BASE + 0x700n;
  const words = [...frame(SP + 0x40n, A, SP + 0x80n), ...frame(SP + 0x80n, epc, SP + 0xc0n)];
  expect(chainOf(words, SP + 0x40n).calls).toEqual([A, epc]);
});

test('looks through the stack where s0 is no frame pointer', () => {
  const words = [[SP + 0x18n, B] as const, [SP + 0x28n, C] as const];
  for (const fp of [0n, 1n, SP, SP - 16n, SP + 8n, SP + 0x10n, SP + 0x4000n, NO_CALL, 2n ** 64n - 16n])
    expect(chainOf(words, fp, A)).toEqual({ calls: [A, B, C], from: 'scan' });
});

test('ends where a chain goes back, round, out of the stack, or to what is no code', () => {
  const ends = [SP + 0x40n, SP + 0x20n, SP + 0x4000n, BASE + PAGES * 4096n, 2n ** 64n - 16n, SP + 0x88n];
  for (const caller of ends)
    expect(chainOf(frame(SP + 0x40n, A, caller), SP + 0x40n)).toEqual({ calls: [A], from: 'frames' });
  const toData = [...frame(SP + 0x40n, A, SP + 0x80n), ...frame(SP + 0x80n, NO_CALL, SP + 0xc0n)];
  expect(chainOf(toData, SP + 0x40n).calls).toEqual([A]);
});

test('is bounded, and reads nothing that is not the guest’s', () => {
  const endless = Array.from({ length: 500 }, (_, index) => {
    const at = SP + 16n * BigInt(index + 1);
    return frame(at, A, at + 16n);
  }).flat();
  expect(chainOf(endless, SP + 16n).calls).toHaveLength(32);
  const last = BASE + PAGES * 4096n;
  expect(chainOf(frame(last, A, last + 16n), last, NO_CALL, last - 0x100n)).toEqual({
    calls: [A],
    from: 'frames',
  });
});
