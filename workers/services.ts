/**
 * Entry of the services worker in a browser, Parallel mode: makes the machine, starts the workers of its harts (as workers
 * of its own) and offers `ServicesApi` over comlink. Repeatable mode has solo.ts.
 */
import type { HartWorkerFactory } from '../src/session/hart-workers.ts';
import { makeMachine } from '../src/session/make-machine.ts';
import { createParallelEngine } from '../src/session/parallel-engine.ts';
import { serveMachine } from '../src/session/serve-machine.ts';
import { pageFiles } from './page-files.ts';

const workers: HartWorkerFactory = {
  hart: (init, lost) => {
    const worker = new Worker(new URL('./hart.ts', import.meta.url), {
      type: 'module',
      name: `hart ${init.hart}`,
    });
    worker.addEventListener('error', (event) => {
      // Its loop has ended with the error, or never began; the thread itself would stay.
      worker.terminate();
      lost(event.message || 'the worker could not be started');
    });
    worker.postMessage(init);
    return {
      terminate: () => {
        worker.terminate();
        // A browser does not say when it has ended, and may let it run on for seconds.
        return Promise.resolve(false);
      },
    };
  },
};

serveMachine((config, page) =>
  makeMachine(
    config,
    (memory, interpreter, heard) =>
      createParallelEngine(memory, interpreter, { harts: config.harts, workers, heard }),
    pageFiles(page),
  ),
);
