/**
 * Entry of a hart's worker in a browser: it says that its script runs and hears one message; after that there are only
 * words in the one memory.
 */
import { runHart, type HartWorkerInit } from '../src/machine/hart-loop.ts';

self.addEventListener('message', (event: MessageEvent<HartWorkerInit>) => runHart(event.data), {
  once: true,
});
// Sent before the message above can be heard: its loop blocks this thread.
self.postMessage('loaded');
