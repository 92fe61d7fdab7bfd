/** Makes a machine in either mode. A page's workers know theirs and load no other (workers/services.ts, workers/solo.ts). */
import type { MachineConfig } from '../protocol/machine-view.ts';
import type { HartWorkerFactory } from './hart-workers.ts';
import { makeMachine, type LocalMachine } from './make-machine.ts';
import { createParallelEngine } from './parallel-engine.ts';
import type { FileReader } from './services.ts';
import { createSoloEngine } from './solo-engine.ts';

export interface StartOptions {
  readonly config: MachineConfig;
  /** How to make the workers of the harts (Parallel mode only). */
  readonly workers: HartWorkerFactory;
  readonly readFile?: FileReader;
  /** Repeatable mode: the machine moves at the pace of the host's clock, and not only while somebody waits. */
  readonly paced?: boolean;
}

export function startMachine(options: StartOptions): LocalMachine {
  const { config, workers, paced = false } = options;
  const { harts, seed, mode } = config;
  return makeMachine(
    config,
    (memory, interpreter, heard) =>
      mode === 'repeatable'
        ? createSoloEngine(memory, interpreter, { harts, seed, heard, paced })
        : createParallelEngine(memory, interpreter, { harts, workers, heard }),
    options.readFile,
  );
}
