/**
 * Entry of the services worker in a browser: makes the machine, starts the workers of its harts (as workers of its own)
 * and offers `ServicesApi` over comlink. The same entry serves Repeatable mode, in which the harts take turns here.
 */
import * as Comlink from 'comlink';
import { serveMachine } from '../src/session/serve-machine.ts';

const server = serveMachine((init, lost) => {
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
});

Comlink.expose({
  start: (config: Parameters<typeof server.start>[0]) => server.start(config),
  services: () => Comlink.proxy(server.services()),
});
