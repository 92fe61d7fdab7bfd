/**
 * Entry of the one worker of a machine in Repeatable mode in a browser: its services, and its harts, which take turns at
 * the pace of the host's clock. Needs no shared memory.
 */
import { makeMachine } from '../src/session/make-machine.ts';
import { serveMachine } from '../src/session/serve-machine.ts';
import { createSoloEngine } from '../src/session/solo-engine.ts';
import { pageFiles } from './page-files.ts';

serveMachine((config, page) =>
  makeMachine(
    config,
    (memory, interpreter, heard) =>
      createSoloEngine(memory, interpreter, { harts: config.harts, seed: config.seed, heard, paced: true }),
    pageFiles(page),
  ),
);
