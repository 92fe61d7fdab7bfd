/** Makes a machine: its memory, its interpreter, its harts and the services around it. */
import { createMemory } from '../machine/memory.ts';
import { createInterpreter } from '../machine/hart-loop.ts';
import { startClock } from '../machine/clock.ts';
import type { MachineConfig } from '../protocol/machine-view.ts';
import type { HartWorkerFactory } from './hart-workers.ts';
import { createParallelEngine } from './parallel-engine.ts';
import { Services } from './services.ts';
import { createSoloEngine } from './solo-engine.ts';

export interface StartOptions {
  readonly config: MachineConfig;
  /** How to make the workers of the harts (Parallel mode only). */
  readonly workers: HartWorkerFactory;
  /** Where `kerf load --kernel NAME` looks for files that were not added; null when there is no such file. */
  readonly readFile?: (name: string) => Promise<Uint8Array | null>;
  /** Repeatable mode: the machine moves at the pace of the host's clock, and not only while somebody waits. */
  readonly paced?: boolean;
}

/** A machine whose services live in this thread. */
export interface LocalMachine {
  readonly config: MachineConfig;
  readonly memory: WebAssembly.Memory;
  readonly services: Services;
  /** Ends every worker. */
  dispose(): Promise<void>;
}

export function startMachine(options: StartOptions): LocalMachine {
  const { config } = options;
  const memory = createMemory(config);
  const interpreter = createInterpreter(memory);
  startClock(memory);
  const services = new Services({
    memory,
    config,
    readFile: options.readFile ?? (() => Promise.resolve(null)),
    engine: (heard) =>
      config.mode === 'repeatable'
        ? createSoloEngine(memory, interpreter, {
            harts: config.harts,
            seed: config.seed,
            heard,
            paced: options.paced ?? false,
          })
        : createParallelEngine(memory, interpreter, { harts: config.harts, workers: options.workers, heard }),
  });
  return { config, memory, services, dispose: () => services.dispose() };
}
