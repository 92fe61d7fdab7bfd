/** A worker whose generation is over ends, and leaves the hart to the next one. */
import { beforeEach, describe, expect, it } from 'vitest';
import { assemble } from '../isa/assemble.ts';
import { signal } from '../protocol/hart-protocol.ts';
import {
  HART,
  hartBlock,
  HSM_START_PENDING,
  HSM_STARTED,
  PHASE_LOST,
  PHASE_RUNNING,
  RAM_BASE,
  RAM_HOST,
  REASON_RETIRE,
  REASON_START,
} from '../protocol/layout.ts';
import { InstructionClock } from './clock.ts';
import { createHartRunner, createInterpreter, runHart } from './hart-loop.ts';
import { TestMachine } from './machine.testkit.ts';

const ALPHA = 1;
const S0 = 8;

let machine: TestMachine;
let interpreter: WebAssembly.Module;

beforeEach(() => {
  machine = new TestMachine([ALPHA]);
  machine.givePages(ALPHA, 0, 256);
  interpreter = createInterpreter(machine.memory);
});

const at = (offset: number): number => (hartBlock(0) + offset) >> 2;
const load = (offset: number): number => Atomics.load(machine.words, at(offset));
const store = (offset: number, value: number): void => void Atomics.store(machine.words, at(offset), value);
/** The hart's block up to its TLB, without the words that the host's side of the protocol writes. */
const written = (): string => {
  const words = machine.words.slice(at(0), at(HART.TLB));
  for (const offset of [HART.GENERATION, HART.REASONS, HART.WAKE, HART.WORKER_GONE]) words[offset >> 2] = 0;
  return words.join();
};

/** What the session does before it ends the worker. */
function retire(): void {
  Atomics.add(machine.words, at(HART.GENERATION), 1);
  signal(machine.words, 0, REASON_RETIRE);
}

function start(text: string): void {
  const program = assemble(text, { base: BigInt(RAM_BASE) });
  machine.bytes.set(program.bytes, RAM_HOST);
  const view = new DataView(machine.memory.buffer, hartBlock(0));
  view.setBigUint64(HART.START_PC, BigInt(RAM_BASE), true);
  view.setUint32(HART.START_PRIVILEGE, 1, true);
  store(HART.HSM, HSM_START_PENDING);
  signal(machine.words, 0, REASON_START);
}

describe('a worker that comes too late', () => {
  it('only says that it is gone', () => {
    store(HART.GENERATION, 2);
    start('loop: addi s0, s0, 1; j loop');
    store(HART.PHASE, PHASE_LOST);
    const before = written();
    runHart({ memory: machine.memory, interpreter, hart: 0, generation: 1 });
    expect(load(HART.WORKER_GONE)).toBe(1);
    expect(load(HART.WORKER_READY)).toBe(0);
    expect(written()).toBe(before);
  });

  it('says so too when it cannot make its hart', () => {
    store(HART.GENERATION, 1);
    // Imports what nobody gives it.
    const foreign = new WebAssembly.Module(
      Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 2, 7, 1, 1, 0x78, 1, 0x79, 0, 0),
    );
    expect(() => runHart({ memory: machine.memory, interpreter: foreign, hart: 0, generation: 1 })).toThrow();
    expect([load(HART.WORKER_GONE), load(HART.WORKER_READY)]).toEqual([1, 0]);
  });
});

describe('a runner that is retired', () => {
  it('publishes no phase and runs nothing', () => {
    store(HART.GENERATION, 1);
    const runner = createHartRunner({ memory: machine.memory, interpreter, hart: 0 }, clock(), 1);
    start('loop: addi s0, s0, 1; j loop');
    retire();
    store(HART.PHASE, PHASE_LOST);
    expect([runner.turn(1000), runner.becomeSafe(), runner.retired()]).toEqual([false, false, true]);
    expect([load(HART.PHASE), load(HART.HSM)]).toEqual([PHASE_LOST, HSM_START_PENDING]);
  });

  it('leaves a tight loop with interrupts off, and keeps no account of it', () => {
    store(HART.GENERATION, 1);
    // The guest reads the time once; meanwhile the session replaces the worker.
    let asked = false;
    const time = clock(() => {
      if (x() === 5n && !asked) {
        asked = true;
        retire();
      }
    });
    const runner = createHartRunner({ memory: machine.memory, interpreter, hart: 0 }, time, 1);
    const x = (): bigint => runner.core.x(S0);
    start('li s0, 5; rdtime t0; loop: addi s0, s0, 1; j loop');
    store(HART.STEP, 10_000);
    expect(runner.turn(10_000)).toBe(false);
    expect(asked).toBe(true);
    expect(x()).toBeLessThanOrEqual(7n);
    expect([load(HART.PHASE), load(HART.STEP), load(HART.BUSY_US)]).toEqual([PHASE_RUNNING, 10_000, 0]);
    expect(runner.becomeSafe()).toBe(false);
    expect(load(HART.PHASE)).toBe(PHASE_RUNNING);
  });

  it('does not carry out the call that it was in when it was retired', () => {
    store(HART.GENERATION, 1);
    let asked = false;
    const time = clock(() => {
      if (runner.core.x(S0) === 5n && !asked) {
        asked = true;
        Atomics.add(machine.words, at(HART.GENERATION), 1);
      }
    });
    const runner = createHartRunner({ memory: machine.memory, interpreter, hart: 0 }, time, 1);
    // HART_STOP: would stop the hart that another worker has.
    start('li s0, 5; rdtime t0; li a7, 0x48534d; li a6, 1; ecall');
    runner.turn(1000);
    expect([asked, load(HART.HSM)]).toEqual([true, HSM_STARTED]);
  });
});

/** `looked` is called at every look at the time. */
function clock(looked: () => void = () => undefined): InstructionClock {
  const real = new InstructionClock(machine.memory);
  real.beginSlice(() => {
    looked();
    return 0;
  });
  return real;
}
