/** Workers of the harts in Node: threads of this process. */
import { Worker } from 'node:worker_threads';
import type { HartWorkerFactory } from '../session/hart-workers.ts';

/** `entry` is the built workers/node/hart.ts. */
export function nodeWorkers(entry: URL): HartWorkerFactory {
  return {
    hart(init, lost) {
      const worker = new Worker(entry, { workerData: init, name: `hart ${init.hart}` });
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
