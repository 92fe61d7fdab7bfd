/** The hart's side of protocol/hart-protocol.ts, on real harts that run real code. */
import { beforeEach, describe, expect, it } from 'vitest';
import { assemble } from '../isa/assemble.ts';
import { raiseInterrupt, signal } from '../protocol/hart-protocol.ts';
import {
  EXIT_NONE,
  EXIT_SHUTDOWN,
  FENCE_TLB,
  HART,
  hartBlock,
  HEADER,
  HSM_START_PENDING,
  HSM_STARTED,
  HSM_STOPPED,
  HSM_SUSPENDED,
  INSTANCE,
  instanceBlock,
  PHASE_RUNNING,
  PHASE_SAFE,
  RAM_BASE,
  RAM_HOST,
  REASON_FENCE,
  REASON_PAUSE,
  REASON_START,
  REASON_STOP,
} from '../protocol/layout.ts';
import { STOP, STOP_KIND } from '../protocol/stop.ts';
import { HART_REST, TRACE_KIND } from '../protocol/trace.ts';
import { InstructionClock } from './clock.ts';
import { drainConsoleOutput, pushConsoleOutput } from './console-ring.ts';
import { endInstance } from './exit.ts';
import { fenceDone, requestFence } from './fence.ts';
import { createHartRunner, createInterpreter } from './hart-loop.ts';
import { CONTROLLER_WAITER, type HartRunner } from './hart-runner.ts';
import { TestMachine } from './machine.testkit.ts';
import { awaitReturn } from './return-watch.ts';
import { createTraceReader } from './trace-reader.ts';

const ALPHA = 1;
const BETA = 2;
const SSIP = 1 << 1;
const BUDGET = 1000;
const A0 = 10;
const A1 = 11;
const S0 = 8;

/** Alpha has harts 0 and 1, beta hart 2; alpha's code lies at RAM_BASE, beta's a MiB above. */
let machine: TestMachine;
let clock: InstructionClock;
let runners: HartRunner[];

beforeEach(() => {
  machine = new TestMachine([ALPHA, ALPHA, BETA]);
  machine.givePages(ALPHA, 0, 256);
  machine.givePages(BETA, 256, 256);
  clock = new InstructionClock(machine.memory);
  const interpreter = createInterpreter(machine.memory);
  runners = [0, 1, 2].map((hart) => createHartRunner({ memory: machine.memory, interpreter, hart }, clock));
});

const at = (hart: number, offset: number): number => (hartBlock(hart) + offset) >> 2;
const load = (hart: number, offset: number): number => Atomics.load(machine.words, at(hart, offset));
const store = (hart: number, offset: number, value: number): void =>
  void Atomics.store(machine.words, at(hart, offset), value);
const runner = (hart: number): HartRunner => {
  const found = runners[hart];
  if (found === undefined) throw new Error(`no hart ${hart}`);
  return found;
};
const turn = (hart: number, budget = BUDGET): boolean => runner(hart).turn(budget);
/** As the worker's loop does when there is nothing to do. */
const park = (hart: number): boolean => runner(hart).becomeSafe();
const x = (hart: number, index: number): bigint => runner(hart).core.x(index);

/** Puts a program at an address and asks the hart to start there; it does so in its next turn. */
function start(hart: number, text: string, address = hart === 2 ? RAM_BASE + 0x10_0000 : RAM_BASE): void {
  const program = assemble(text, { base: BigInt(address) });
  machine.bytes.set(program.bytes, RAM_HOST + (address - RAM_BASE));
  const view = new DataView(machine.memory.buffer, hartBlock(hart));
  view.setBigUint64(HART.START_PC, BigInt(address), true);
  view.setBigUint64(HART.START_OPAQUE, 99n, true);
  view.setUint32(HART.START_PRIVILEGE, 1, true);
  store(hart, HART.HSM, HSM_START_PENDING);
  signal(machine.words, hart, REASON_START);
}

const COUNT = 'loop: addi s0, s0, 1; j loop';
/** Sleeps until a software interrupt is pending, and counts. */
const SLEEP = 'csrwi sie, 2; loop: wfi; addi s0, s0, 1; csrci sip, 2; j loop';
const ecall = (extension: number, fid: number): string => `li a7, ${extension}; li a6, ${fid}; ecall`;
const RFENCE = ecall(0x5246_4e43, 1);
const HSM_EXTENSION = 0x48_534d;

describe('starting and stopping', () => {
  it('does nothing before it is started', () => {
    expect(turn(0)).toBe(false);
    expect(load(0, HART.PHASE)).toBe(PHASE_RUNNING);
    expect(park(0)).toBe(true);
    expect(load(0, HART.PHASE)).toBe(PHASE_SAFE);
    expect(runner(0).sleepMs()).toBe(Infinity);
  });

  it('starts where it is told, with its number and the opaque word', () => {
    start(1, COUNT);
    expect(turn(1)).toBe(true);
    expect([load(1, HART.HSM), load(1, HART.REASONS)]).toEqual([HSM_STARTED, 0]);
    expect([x(1, A0), x(1, A1)]).toEqual([1n, 99n]);
    expect(x(1, S0)).toBe(BigInt(BUDGET / 2));
  });

  it('starts without what others rang before', () => {
    raiseInterrupt(machine.words, 0, SSIP);
    start(0, SLEEP);
    turn(0);
    expect(turn(0)).toBe(false);
    expect(x(0, S0)).toBe(0n);
  });

  it('stops in a tight loop with interrupts off', () => {
    start(0, COUNT);
    turn(0);
    const counted = x(0, S0);
    signal(machine.words, 0, REASON_STOP);
    expect(turn(0)).toBe(false);
    expect(load(0, HART.HSM)).toBe(HSM_STOPPED);
    expect(x(0, S0)).toBe(counted);
  });

  it('tells the controller that it has started and stopped, if that waits for something', () => {
    const wakes = (): number => machine.word(HEADER.CONTROLLER_WAKE);
    const startAndStop = (): void => {
      start(0, COUNT);
      turn(0);
      signal(machine.words, 0, REASON_STOP);
      turn(0);
    };
    startAndStop();
    expect(wakes()).toBe(0);
    Atomics.or(machine.words, HEADER.FENCE_WAITERS >> 2, 1 << CONTROLLER_WAITER);
    startAndStop();
    expect(wakes()).toBe(2);
  });

  it('is not started by a request that came before the one to stop', () => {
    start(0, COUNT);
    signal(machine.words, 0, REASON_STOP);
    expect(turn(0)).toBe(false);
    expect(load(0, HART.HSM)).toBe(HSM_STOPPED);
  });

  it('stops with its kernel: all harts of that one, none of another', () => {
    for (const hart of [0, 1, 2]) start(hart, COUNT);
    for (const hart of [0, 1, 2]) turn(hart);
    endInstance(machine.memory, ALPHA, EXIT_SHUTDOWN, 7);
    endInstance(machine.memory, ALPHA, EXIT_SHUTDOWN, 8);
    expect([0, 1, 2].map((hart) => turn(hart))).toEqual([false, false, true]);
    expect(machine.instanceWord(ALPHA, INSTANCE.EXIT)).toBe(EXIT_SHUTDOWN);
    expect(machine.instanceWord(ALPHA, INSTANCE.EXIT_STATUS)).toBe(7);
    expect(machine.instanceWord(BETA, INSTANCE.EXIT)).toBe(EXIT_NONE);
  });
});

describe('sleeping', () => {
  it('is in the trace as going on and resting, once each, with the reason of the rest', () => {
    const reader = createTraceReader(machine.memory);
    const slices = (): unknown[] =>
      reader.drain().records.flatMap(({ kind, instance, a }) => {
        if (kind === TRACE_KIND.HART_RUN) return [['run', instance]];
        return kind === TRACE_KIND.HART_REST ? [['rest', instance, Number(a)]] : [];
      });
    start(0, SLEEP);
    turn(0);
    turn(0);
    park(0);
    turn(0);
    park(0);
    expect(slices()).toEqual([
      ['run', ALPHA],
      ['rest', ALPHA, HART_REST.WFI],
    ]);
    raiseInterrupt(machine.words, 0, SSIP);
    expect([turn(0), park(0)]).toEqual([false, true]);
    expect(slices()).toEqual([
      ['run', ALPHA],
      ['rest', ALPHA, HART_REST.WFI],
    ]);
    // In Repeatable mode a hart is SAFE after each turn, also when it goes on.
    start(2, COUNT);
    for (let round = 0; round < 3; round++) {
      turn(2);
      park(2);
    }
    signal(machine.words, 2, REASON_STOP);
    turn(2);
    park(2);
    expect(slices()).toEqual([
      ['run', BETA],
      ['rest', BETA, HART_REST.STOPPED],
    ]);
  });

  it('parks in WFI until an interrupt that it enabled, whatever else wakes it', () => {
    start(0, SLEEP);
    turn(0);
    expect([turn(0), load(0, HART.IDLE)]).toEqual([false, 1]);
    signal(machine.words, 0, REASON_PAUSE);
    expect([turn(0), x(0, S0)]).toEqual([false, 0n]);
    const count = runner(0).wakeCount();
    raiseInterrupt(machine.words, 0, SSIP);
    expect(runner(0).wakeCount()).not.toBe(count);
    turn(0);
    expect(x(0, S0)).toBe(1n);
    expect([turn(0), load(0, HART.IDLE)]).toEqual([false, 1]);
  });

  it('does not park on a reason that came in after its turn', () => {
    start(0, SLEEP);
    turn(0);
    expect(turn(0)).toBe(false);
    raiseInterrupt(machine.words, 0, SSIP);
    expect(park(0)).toBe(false);
    turn(0);
    expect(x(0, S0)).toBe(1n);
  });

  it('wakes for its timer', () => {
    start(
      0,
      `li a0, 5000; ${ecall(0x5449_4d45, 0)}; li t0, 0x20; csrw sie, t0; wfi; addi s0, s0, 1; loop: j loop`,
    );
    turn(0);
    expect(turn(0)).toBe(false);
    expect(runner(0).deadline()).toBe(5000);
    clock.advanceTo(5000);
    expect([turn(0), x(0, S0)]).toEqual([true, 1n]);
    expect(runner(0).deadline()).toBe(Infinity);
  });

  it('resumes a non-retentive suspend where it was told, with interrupts as at a start', () => {
    start(
      0,
      `csrwi sie, 2; la a1, resumed; li a2, 77; li a0, 0x80000000; ${ecall(HSM_EXTENSION, 3)}
       resumed: mv s0, a1; mv s1, a0; loop: j loop`,
    );
    turn(0);
    expect([turn(0), load(0, HART.HSM)]).toEqual([false, HSM_SUSPENDED]);
    raiseInterrupt(machine.words, 0, SSIP);
    turn(0);
    expect([load(0, HART.HSM), x(0, S0), x(0, 9)]).toEqual([HSM_STARTED, 77n, 0n]);
  });
});

describe('suspending', () => {
  const PENDING = 'csrsi sie, 2; csrsi sip, 2';
  const SUSPEND = `li a0, 0; ${ecall(HSM_EXTENSION, 3)}`;

  it('goes on at once when an interrupt is pending already, as WFI does', () => {
    start(0, `${PENDING}; ${SUSPEND}; mv s1, a0; li s0, 1; loop: j loop`);
    expect([turn(0), load(0, HART.HSM), load(0, HART.IDLE)]).toEqual([true, HSM_STARTED, 0]);
    expect([x(0, S0), x(0, 9)]).toEqual([1n, 0n]);
  });

  it('so does one that gives its registers up', () => {
    const where = 'la a1, resumed; li a2, 77; li a0, 0x80000000';
    start(0, `${PENDING}; ${where}; ${ecall(HSM_EXTENSION, 3)}; resumed: mv s0, a1; loop: j loop`);
    expect([turn(0), load(0, HART.HSM), x(0, S0)]).toEqual([true, HSM_STARTED, 77n]);
  });

  it('and one whose timer has come, which no worker has looked at since', () => {
    start(
      0,
      `li a0, 50; ${ecall(0x5449_4d45, 0)}; li t0, 0x20; csrw sie, t0; ${SUSPEND}; li s0, 1; loop: j loop`,
    );
    clock.advanceTo(50);
    expect([turn(0), load(0, HART.HSM), x(0, S0)]).toEqual([true, HSM_STARTED, 1n]);
  });

  it('sleeps without one, and is in the trace as suspended and started each time', () => {
    const reader = createTraceReader(machine.memory);
    start(
      0,
      `csrsi sie, 2; ${SUSPEND}; addi s0, s0, 1; ${PENDING}; ${SUSPEND}; addi s0, s0, 1; loop: j loop`,
    );
    turn(0);
    expect([turn(0), park(0), load(0, HART.HSM), x(0, S0)]).toEqual([false, true, HSM_SUSPENDED, 0n]);
    raiseInterrupt(machine.words, 0, SSIP);
    expect([turn(0), load(0, HART.HSM), x(0, S0)]).toEqual([true, HSM_STARTED, 2n]);
    const states = reader.drain().records.filter(({ kind }) => kind === TRACE_KIND.HART_STATE);
    const away = [BigInt(HSM_SUSPENDED), BigInt(HSM_STARTED)];
    expect(states.map(({ a }) => a)).toEqual([BigInt(HSM_STARTED), ...away, ...away]);
  });

  it('wakes no controller, also when that waits', () => {
    Atomics.or(machine.words, HEADER.FENCE_WAITERS >> 2, 1 << CONTROLLER_WAITER);
    start(0, `${PENDING}; again: ${SUSPEND}; addi s0, s0, 1; j again`);
    turn(0);
    const wakes = machine.word(HEADER.CONTROLLER_WAKE);
    expect(turn(0)).toBe(true);
    expect([x(0, S0) > 50n, machine.word(HEADER.CONTROLLER_WAKE)]).toEqual([true, wakes]);
  });
});

describe('a console that is full', () => {
  const PRINT = `${ecall(0x4442_434e, 2)}; addi s0, s0, 1; loop: j loop`;
  const fill = (): void => {
    while (pushConsoleOutput(machine.memory, ALPHA, 0, 0x2e));
  };
  const entries = (): number => machine.instanceWord(ALPHA, INSTANCE.FIRMWARE_ENTRIES);
  const drain = (): Uint8Array => drainConsoleOutput(machine.memory, ALPHA);

  it('lets the hart park inside its call, which is one, until the output is drained', () => {
    const reader = createTraceReader(machine.memory);
    fill();
    start(0, `li a0, 65; ${PRINT}`);
    expect([turn(0), load(0, HART.IDLE)]).toEqual([true, 4]);
    expect([turn(0), park(0), runner(0).sleepMs()]).toEqual([false, true, Infinity]);
    // Whatever else wakes it.
    raiseInterrupt(machine.words, 0, SSIP);
    expect([turn(0), park(0), entries(), x(0, S0)]).toEqual([false, true, 1, 0n]);
    const count = runner(0).wakeCount();
    expect(drain().at(-1)).toBe(0x2e);
    expect(runner(0).wakeCount()).not.toBe(count);
    expect([turn(0), load(0, HART.IDLE), x(0, S0), entries()]).toEqual([true, 0, 1n, 1]);
    expect([...drain()]).toEqual([65]);
    const rests = reader.drain().records.filter(({ kind }) => kind === TRACE_KIND.HART_REST);
    expect(rests.map(({ a }) => Number(a))).toEqual([HART_REST.CONSOLE]);
  });

  it('wakes all that wait; who finds the room taken waits for the next', () => {
    fill();
    for (const hart of [0, 1]) {
      start(hart, `li a0, 65; ${PRINT}`, RAM_BASE + hart * 0x1000);
      turn(hart);
      expect(turn(hart)).toBe(false);
    }
    const counts = [0, 1].map((hart) => runner(hart).wakeCount());
    drain();
    expect([0, 1].map((hart) => runner(hart).wakeCount())).toEqual(counts.map((count) => count + 1));
    fill();
    expect([turn(0), turn(1)]).toEqual([false, false]);
    drain();
    expect([turn(0), turn(1)]).toEqual([true, true]);
    expect(drain()).toHaveLength(2);
  });

  it('is not waited for when it was drained between the call and the look', () => {
    fill();
    start(0, `li a0, 65; ${PRINT}`);
    turn(0);
    drain();
    expect([turn(0), x(0, S0)]).toEqual([true, 1n]);
  });

  it('does not keep a hart from being stopped, and leaves nothing for its next start', () => {
    fill();
    start(0, `li a0, 65; ${PRINT}`);
    turn(0);
    turn(0);
    signal(machine.words, 0, REASON_STOP);
    expect([turn(0), load(0, HART.HSM), load(0, HART.IDLE)]).toEqual([false, HSM_STOPPED, 0]);
    start(0, COUNT);
    expect([turn(0), entries()]).toEqual([true, 1]);
  });
});

describe('pausing', () => {
  it('runs nothing while the machine or its kernel is paused, and parks', () => {
    for (const word of [HEADER.PAUSED, instanceBlock(ALPHA) + INSTANCE.PAUSED]) {
      start(0, COUNT);
      turn(0);
      const counted = x(0, S0);
      Atomics.store(machine.words, word >> 2, 1);
      signal(machine.words, 0, REASON_PAUSE);
      expect([turn(0), park(0), x(0, S0)]).toEqual([false, true, counted]);
      Atomics.store(machine.words, word >> 2, 0);
      expect(turn(0)).toBe(true);
      expect(x(0, S0)).toBeGreaterThan(counted);
    }
  });

  it('steps as many instructions as it is asked', () => {
    start(0, COUNT);
    turn(0);
    const counted = x(0, S0);
    Atomics.store(machine.words, HEADER.PAUSED >> 2, 1);
    store(0, HART.STEP, 10);
    turn(0);
    expect([turn(0), load(0, HART.STEP), x(0, S0)]).toEqual([false, 0, counted + 5n]);
  });

  it('is stopped and fenced all the same', () => {
    start(0, COUNT);
    turn(0);
    Atomics.store(machine.words, HEADER.PAUSED >> 2, 1);
    const fence = requestFence(machine.words, [0], FENCE_TLB);
    expect(fenceDone(machine.words, fence)).toBe(false);
    expect([turn(0), fenceDone(machine.words, fence)]).toEqual([false, true]);
    signal(machine.words, 0, REASON_STOP);
    turn(0);
    expect(load(0, HART.HSM)).toBe(HSM_STOPPED);
  });
});

describe('fences', () => {
  const fencer = (mask: number): string =>
    `loop: li a0, ${mask}; li a1, 0; ${RFENCE}; bnez a0, failed; addi s0, s0, 1; j loop; failed: j failed`;

  it('waits for a hart that runs, and goes on when that one has acted', () => {
    start(1, COUNT, RAM_BASE + 0x1000);
    turn(1);
    start(0, fencer(0b10));
    expect(turn(0)).toBe(false);
    expect([load(0, HART.IDLE), x(0, S0)]).toEqual([2, 0n]);
    expect(machine.word(HEADER.FENCE_WAITERS)).toBe(1);
    expect(load(1, HART.REASONS)).toBe(REASON_FENCE);
    const wakes = runner(0).wakeCount();
    expect([turn(0), x(0, S0)]).toEqual([false, 0n]);
    turn(1);
    expect(runner(0).wakeCount()).not.toBe(wakes);
    turn(0);
    // It has counted this one and waits for the next.
    expect(x(0, S0)).toBe(1n);
  });

  it('does not wait for one that is safe', () => {
    start(1, SLEEP, RAM_BASE + 0x1000);
    turn(1);
    turn(1);
    park(1);
    start(0, fencer(0b10));
    expect(turn(0)).toBe(true);
    expect(x(0, S0)).toBeGreaterThan(10n);
    expect(machine.word(HEADER.FENCE_WAITERS)).toBe(0);
  });

  it('of two harts on each other both end', () => {
    start(0, fencer(0b10));
    start(1, fencer(0b01), RAM_BASE + 0x1000);
    for (let round = 0; round < 50; round++) for (const hart of [0, 1]) if (!turn(hart)) park(hart);
    expect(x(0, S0)).toBeGreaterThan(10n);
    expect(x(1, S0)).toBeGreaterThan(10n);
  });

  it('leaves no waiter behind when it is stopped while it waits', () => {
    start(1, COUNT, RAM_BASE + 0x1000);
    turn(1);
    start(0, fencer(0b10));
    turn(0);
    signal(machine.words, 0, REASON_STOP);
    expect([turn(0), load(0, HART.HSM), load(0, HART.IDLE)]).toEqual([false, HSM_STOPPED, 0]);
    expect(machine.word(HEADER.FENCE_WAITERS)).toBe(0);
  });
});

describe('the return of a function that is waited for', () => {
  const CALLS = 'nop; jal ra, f; loop: addi s0, s0, 1; j loop; f: addi s1, s1, 1; addi s1, s1, 1; ret';

  it.each([1, 2, 3, 4, 5, 100])('is seen wherever the turns end: %i instructions each', (budget) => {
    start(0, CALLS);
    turn(0, 1);
    expect(awaitReturn(machine.memory, 0)).toBe(true);
    Atomics.store(machine.words, STOP.KINDS >> 2, STOP_KIND.return);
    for (let turns = 0; turns < 10; turns += 1) turn(0, budget);
    expect([machine.word(STOP.BY), machine.word(HEADER.PAUSED), machine.word(STOP.KINDS)]).toEqual([1, 1, 0]);
    expect([x(0, S0), x(0, S0 + 1)]).toEqual([0n, 2n]);
  });
});
