/**
 * Entry of the services worker in a browser, Parallel mode: makes the machine, starts the workers of its harts (as workers
 * of its own) and offers `ServicesApi` over comlink. Repeatable mode has solo.ts.
 */
import { makeMachine } from '../src/session/make-machine.ts';
import { createParallelEngine } from '../src/session/parallel-engine.ts';
import { serveMachine } from '../src/session/serve-machine.ts';
import { browserHarts } from './browser-harts.ts';
import { pageFiles } from './page-files.ts';

serveMachine((config, page) =>
  makeMachine(
    config,
    (memory, interpreter, heard) =>
      createParallelEngine(memory, interpreter, { harts: config.harts, workers: browserHarts, heard }),
    pageFiles(page),
  ),
);
