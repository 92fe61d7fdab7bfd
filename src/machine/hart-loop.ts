/**
 * The outer loop of a hart's worker: the only place that parks. Also makes the runner of a hart from nothing but the one
 * memory, for the worker and for the solo machine alike.
 */
import { createInterpreterModule } from '../hart/interpreter.ts';
import { Hart } from '../hart/hart.ts';
import { HART, hartBlock } from '../protocol/layout.ts';
import { HostClock, type Clock } from './clock.ts';
import { createMachineContext } from './firmware/context.ts';
import { createHartEnvironment } from './hart-environment.ts';
import { HartRunner } from './hart-runner.ts';

/** The one message that a hart's worker gets. */
export interface HartWorkerInit {
  readonly memory: WebAssembly.Memory;
  /** The interpreter, compiled once and shared by all workers. */
  readonly interpreter: WebAssembly.Module;
  readonly hart: number;
}

/** Instructions between two looks at the clock: about 0.2 ms, so that timers are on time and slices still long. */
const SLICE = 50_000;

/** Compiles the interpreter for this memory: once a machine, whatever the number of harts. */
export function createInterpreter(memory: WebAssembly.Memory): WebAssembly.Module {
  const pages = memory.buffer.byteLength / 65536;
  return createInterpreterModule({
    shared: memory.buffer instanceof SharedArrayBuffer,
    initial: pages,
    maximum: pages,
  });
}

export function createHartRunner(init: HartWorkerInit, clock: Clock): HartRunner {
  const time = (): number => clock.time();
  const environment = createHartEnvironment(init.memory, init.hart, time);
  const core = new Hart(init.memory, init.interpreter, init.hart, environment);
  return new HartRunner(core, createMachineContext(init.memory, init.hart, time), clock);
}

/** Runs a hart until the worker is terminated. Never returns and never hears another message (decision 8). */
export function runHartForever(init: HartWorkerInit): never {
  const runner = createHartRunner(init, new HostClock(init.memory));
  const words = new Int32Array(init.memory.buffer);
  const wake = (hartBlock(init.hart) + HART.WAKE) >> 2;
  for (;;) {
    const count = runner.wakeCount();
    if (runner.turn(SLICE)) continue;
    if (!runner.becomeSafe()) continue;
    const sleep = runner.sleepMs();
    if (sleep > 0) Atomics.wait(words, wake, count, sleep);
  }
}
