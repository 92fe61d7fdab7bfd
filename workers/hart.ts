/** Entry of a hart's worker in a browser: one message, and after it only words in the one memory. */
import { runHart, type HartWorkerInit } from '../src/machine/hart-loop.ts';

self.addEventListener('message', (event: MessageEvent<HartWorkerInit>) => runHart(event.data), {
  once: true,
});
