/** Workers of the harts in Node: threads of this process. */
import { Worker } from 'node:worker_threads';
import type { HartWorkerFactory } from '../session/hart-workers.ts';

/**
 * A hart's worker keeps next to nothing: what it allocates is garbage at once. Left alone, the engine gives each of them
 * several times as much memory in the course of time, for nothing.
 */
const YOUNG_MB = 4;

/** `entry` is the built workers/node/hart.ts. */
export function nodeWorkers(entry: URL): HartWorkerFactory {
  return {
    hart(init, lost) {
      const worker = new Worker(entry, {
        workerData: init,
        name: `hart ${init.hart}`,
        resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
      });
      let ended = false;
      const lose = (reason: string): void => {
        if (ended) return;
        ended = true;
        lost(reason);
      };
      worker.on('error', (error: Error) => lose(error.stack ?? error.message));
      worker.on('exit', (code) => lose(`the worker ended with code ${code}`));
      return {
        terminate: async () => {
          ended = true;
          await worker.terminate();
          return true;
        },
      };
    },
  };
}
