/**
 * The outer loop of a hart's worker: the only place that parks. Also makes the runner of a hart from nothing but the one
 * memory, for the worker and for the solo machine alike.
 */
import { createInterpreterModule } from '../hart/interpreter.ts';
import { Hart } from '../hart/hart.ts';
import { signalController } from '../protocol/hart-protocol.ts';
import { HART, hartBlock } from '../protocol/layout.ts';
import { HostClock, type Clock } from './clock.ts';
import { createMachineContext } from './firmware/context.ts';
import { createHartEnvironment } from './hart-environment.ts';
import { HartRunner } from './hart-runner.ts';
import { stopsArmed } from './stop.ts';
import { isShared } from '../base/shared-memory.ts';

/** What a runner is made of. */
export interface HartParts {
  readonly memory: WebAssembly.Memory;
  /** The interpreter, compiled once and shared by all workers. */
  readonly interpreter: WebAssembly.Module;
  readonly hart: number;
}

/** The one message that a hart's worker gets. */
export interface HartWorkerInit extends HartParts {
  /** Generation of this worker, 1 the first: it may run the hart while HART.GENERATION is the same. */
  readonly generation: number;
}

/** Instructions between two looks at the clock: about 0.2 ms, so that timers are on time and slices still long. */
const SLICE = 50_000;

/**
 * The same while somebody waits for a stop: what INSTRET in memory does not say yet of the other harts when it comes is
 * no more than this (protocol/stop.ts).
 */
const FINE_SLICE = 2_000;

/** Compiles the interpreter for this memory: once a machine, whatever the number of harts. */
export function createInterpreter(memory: WebAssembly.Memory): WebAssembly.Module {
  const pages = memory.buffer.byteLength / 65536;
  return createInterpreterModule({
    shared: isShared(memory),
    initial: pages,
    maximum: pages,
  });
}

/** `generation` 0: there are no workers (all harts take turns in one thread). */
export function createHartRunner(init: HartParts, clock: Clock, generation = 0): HartRunner {
  const time = (): number => clock.time();
  const environment = createHartEnvironment(init.memory, init.hart, time);
  const core = new Hart(init.memory, init.interpreter, init.hart, environment);
  return new HartRunner(core, createMachineContext(init.memory, init.hart, time), clock, generation);
}

/**
 * Runs a hart until this worker's generation is over or the worker is terminated; never hears another message (decision
 * 8). Throws what the runtime throws: the worker is then LOST.
 */
export function runHart(init: HartWorkerInit): void {
  const words = new Int32Array(init.memory.buffer);
  const word = (offset: number): number => (hartBlock(init.hart) + offset) >> 2;
  const current = (): boolean => Atomics.load(words, word(HART.GENERATION)) === init.generation;
  try {
    // Making a runner writes to the hart block: one that comes too late must not.
    if (current())
      runTurns(init, words, word(HART.WAKE), () =>
        Atomics.store(words, word(HART.WORKER_READY), init.generation),
      );
  } finally {
    Atomics.store(words, word(HART.WORKER_GONE), init.generation);
    signalController(words);
  }
}

function runTurns(init: HartWorkerInit, words: Int32Array, wake: number, ready: () => void): void {
  const runner = createHartRunner(init, new HostClock(init.memory), init.generation);
  for (let first = true; !runner.retired(); first = false) {
    const count = runner.wakeCount();
    const busy = runner.turn(stopsArmed(words) === 0 ? SLICE : FINE_SLICE);
    if (first && !runner.retired()) ready();
    if (busy || !runner.becomeSafe()) continue;
    const sleep = runner.sleepMs();
    if (sleep > 0) Atomics.wait(words, wake, count, sleep);
  }
}
