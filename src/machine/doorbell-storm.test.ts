/** A kernel that rings another faster than firmware/doorbell-limit.ts allows: harts that run real code. */
import { beforeEach, describe, expect, it } from 'vitest';
import { assemble } from '../isa/assemble.ts';
import { signal } from '../protocol/hart-protocol.ts';
import {
  CHANNEL,
  channelEntry,
  CONTROLLER_END,
  FENCE_TLB,
  HART,
  hartBlock,
  HEADER,
  HSM_START_PENDING,
  HSM_STOPPED,
  INSTANCE,
  RAM_BASE,
  RAM_HOST,
  REASON_PAUSE,
  REASON_START,
  REASON_STOP,
} from '../protocol/layout.ts';
import { MK_NOTIFY, SBI_EXT_MK } from '../protocol/mk.ts';
import { InstructionClock } from './clock.ts';
import { fenceDone, requestFence } from './fence.ts';
import { BURST, INTERVAL_TICKS } from './firmware/doorbell-limit.ts';
import { EXTENSION, SBI_ERROR } from './firmware/sbi.ts';
import { createHartRunner, createInterpreter } from './hart-loop.ts';
import type { HartRunner } from './hart-runner.ts';
import { TestMachine } from './machine.testkit.ts';

const ALPHA = 1;
const BETA = 2;
/** Alpha's harts are 0 and 1, beta's is 2. */
const BETA_HART = 2;
const SSIP = 1 << 1;
const WAITS = 3;
const BUDGET = 100_000;
const A0 = 10;
const S0 = 8;

let machine: TestMachine;
let clock: InstructionClock;
let runners: HartRunner[];

beforeEach(() => {
  machine = new TestMachine([ALPHA, ALPHA, BETA]);
  machine.givePages(ALPHA, 0, 256);
  machine.connect(0, CONTROLLER_END | 0, ALPHA, 300, 2);
  machine.connect(5, BETA, ALPHA, 310, 2);
  machine.setInterruptHart(BETA, BETA_HART);
  clock = new InstructionClock(machine.memory);
  const interpreter = createInterpreter(machine.memory);
  runners = [0, 1].map((hart) => createHartRunner({ memory: machine.memory, interpreter, hart }, clock));
});

const runner = (hart: number): HartRunner => {
  const found = runners[hart];
  if (found === undefined) throw new Error(`no hart ${hart}`);
  return found;
};
const turn = (hart: number): boolean => runner(hart).turn(BUDGET);
const load = (hart: number, offset: number): number => machine.word(hartBlock(hart) + offset);
/** Doorbells that this hart of alpha knows to be rung, and what the last call said. */
const done = (hart: number): bigint => runner(hart).core.x(S0);
const answer = (hart: number): number => Number(BigInt.asIntN(64, runner(hart).core.x(A0)));
const rung = (): number => machine.word(channelEntry(5) + CHANNEL.DOORBELLS_BA);
const limited = (channel = 5): number => machine.word(channelEntry(channel) + CHANNEL.LIMITED_BA);

/** Starts a hart of alpha that makes the same call without end and counts in s0. */
function storm(hart: number, extension: number = EXTENSION.IPI, fid = 0, target = BETA_HART): void {
  const address = RAM_BASE + hart * 0x1000;
  const call = `li a0, 1; li a1, ${target}; li a6, ${fid}; li a7, ${extension}; ecall`;
  const program = assemble(`loop: ${call}; addi s0, s0, 1; j loop`, { base: BigInt(address) });
  machine.bytes.set(program.bytes, RAM_HOST + (address - RAM_BASE));
  const view = new DataView(machine.memory.buffer, hartBlock(hart));
  view.setBigUint64(HART.START_PC, BigInt(address), true);
  view.setUint32(HART.START_PRIVILEGE, 1, true);
  Atomics.store(machine.words, (hartBlock(hart) + HART.HSM) >> 2, HSM_START_PENDING);
  signal(machine.words, hart, REASON_START);
}

const clearBeta = (): void => void Atomics.store(machine.words, (hartBlock(BETA_HART) + HART.MIP) >> 2, 0);

describe('a kernel that storms', () => {
  it('rings BURST times at once, and then waits inside its call until the next one is due', () => {
    storm(0);
    expect(turn(0)).toBe(false);
    expect([rung(), done(0), limited()]).toEqual([BURST, BigInt(BURST), 1]);
    expect([load(0, HART.IDLE), runner(0).deadline()]).toEqual([WAITS, INTERVAL_TICKS]);
    const instructions = load(0, HART.INSTRET);
    clock.advanceTo(INTERVAL_TICKS - 1);
    expect([turn(0), load(0, HART.INSTRET), rung()]).toEqual([false, instructions, BURST]);
  });

  it('loses no doorbell: the one that waited is rung, and counted as one call', () => {
    storm(0);
    turn(0);
    clearBeta();
    clock.advanceTo(INTERVAL_TICKS);
    turn(0);
    expect([rung(), done(0), load(BETA_HART, HART.MIP)]).toEqual([BURST + 1, BigInt(BURST + 1), SSIP]);
    // The next of them waits again, and has been counted when it was made.
    expect([limited(), machine.instanceWord(ALPHA, INSTANCE.FIRMWARE_ENTRIES)]).toEqual([2, BURST + 2]);
    expect(machine.word(HEADER.DOORBELLS + BETA_HART * 4)).toBe(BURST + 1);
  });

  it('does not get further with two harts: they take turns, in the order in which they asked', () => {
    storm(0);
    storm(1);
    turn(0);
    turn(1);
    expect([runner(0).deadline(), runner(1).deadline()]).toEqual([INTERVAL_TICKS, 2 * INTERVAL_TICKS]);
    for (let n = 1; n <= 10; n++) {
      clock.advanceTo(n * INTERVAL_TICKS);
      turn(0);
      turn(1);
      expect(rung()).toBe(BURST + n);
    }
    expect(done(1)).toBe(5n);
  });

  it('may ring BURST times again after it was quiet, however long', () => {
    storm(0);
    turn(0);
    clock.advanceTo(1_000_000_000);
    turn(0);
    // The one that waited, and as many as the bucket holds.
    expect([rung(), limited()]).toEqual([2 * BURST + 1, 2]);
  });

  it('is told so when the peer has ended while it waited', () => {
    storm(0);
    turn(0);
    machine.setInterruptHart(BETA, -1);
    clock.advanceTo(INTERVAL_TICKS);
    runner(0).turn(2);
    expect([answer(0), rung()]).toEqual([SBI_ERROR.DENIED, BURST]);
  });

  it('does not wait for a doorbell that is refused, or for its own harts', () => {
    storm(0, EXTENSION.IPI, 0, 1);
    expect(turn(0)).toBe(true);
    machine.disconnect(5);
    storm(1);
    expect(turn(1)).toBe(true);
    expect([done(0) > BURST, done(1) > BURST, rung(), limited()]).toEqual([true, true, 0, 0]);
  });

  it('waits to notify the controller, too', () => {
    storm(0, SBI_EXT_MK, MK_NOTIFY);
    expect([turn(0), done(0), limited(0)]).toEqual([false, BigInt(BURST), 1]);
    const wakes = machine.word(HEADER.CONTROLLER_WAKE);
    clock.advanceTo(INTERVAL_TICKS);
    turn(0);
    expect(machine.word(HEADER.CONTROLLER_WAKE)).toBe(wakes + 1);
  });
});

describe('a hart that waits to ring', () => {
  beforeEach(() => {
    storm(0);
    turn(0);
  });

  it('stops when it is stopped, and rings no more', () => {
    signal(machine.words, 0, REASON_STOP);
    expect([turn(0), load(0, HART.HSM), load(0, HART.IDLE)]).toEqual([false, HSM_STOPPED, 0]);
    clock.advanceTo(INTERVAL_TICKS);
    expect([turn(0), rung(), runner(0).deadline()]).toEqual([false, BURST, Infinity]);
  });

  it('acknowledges fences', () => {
    const pending = requestFence(machine.words, [0], FENCE_TLB);
    turn(0);
    expect([fenceDone(machine.words, pending), rung()]).toEqual([true, BURST]);
  });

  it('waits on while its kernel is paused', () => {
    Atomics.store(machine.words, HEADER.PAUSED >> 2, 1);
    clock.advanceTo(INTERVAL_TICKS);
    expect([turn(0), runner(0).deadline(), rung()]).toEqual([false, Infinity, BURST]);
    Atomics.store(machine.words, HEADER.PAUSED >> 2, 0);
    signal(machine.words, 0, REASON_PAUSE);
    turn(0);
    expect(rung()).toBe(BURST + 1);
  });
});
