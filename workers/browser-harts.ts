/**
 * Makes the workers of the harts in a browser, as workers of the services worker: one after another, each when the one
 * before has loaded its script or failed. Firefox (153) has been seen to block for ever in `new Worker()` of a worker
 * while a service worker still fetches the script of another one.
 */
import type { HartWorkerInit } from '../src/machine/hart-loop.ts';
import type { HartWorkerFactory } from '../src/session/hart-workers.ts';

/** Resolves when a further worker may be made; never rejects. */
let mayMake: Promise<void> = Promise.resolve();

/** The worker, and what resolves when its script runs or never will. */
function make(init: HartWorkerInit, lost: (reason: string) => void): [Worker, Promise<void>] {
  const worker = new Worker(new URL('./hart.ts', import.meta.url), {
    type: 'module',
    name: `hart ${init.hart}`,
  });
  const loaded = new Promise<void>((settle) => {
    worker.addEventListener('message', () => settle(), { once: true });
    worker.addEventListener('error', (event) => {
      // Its loop has ended with the error, or never began; the thread itself would stay.
      worker.terminate();
      settle();
      lost(event.message || 'the worker could not be started');
    });
  });
  worker.postMessage(init);
  return [worker, loaded];
}

export const browserHarts: HartWorkerFactory = {
  hart: (init, lost) => {
    let worker: Worker | null = null;
    let settleTurn = (): void => {};
    let isEnded = false;
    mayMake = mayMake.then(() => {
      if (isEnded) return undefined;
      const turn = new Promise<void>((settle) => {
        settleTurn = settle;
      });
      try {
        const [made, loaded] = make(init, lost);
        worker = made;
        void loaded.then(settleTurn);
      } catch (error) {
        settleTurn();
        lost(error instanceof Error ? error.message : String(error));
      }
      return turn;
    });
    return {
      terminate: () => {
        isEnded = true;
        worker?.terminate();
        // Nobody hears of its script any more.
        settleTurn();
        // A browser does not say when one has ended, and may let it run on for seconds.
        return Promise.resolve(worker === null);
      },
    };
  },
};
