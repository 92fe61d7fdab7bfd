/** Parallel mode: a worker for each hart, host time. */
import { HostClock } from '../machine/clock.ts';
import type { Engine } from './engine.ts';
import { HartWorkers, type HartWorkerFactory } from './hart-workers.ts';
import { Waiters } from './waiters.ts';
import { WakeListener } from './wake-listener.ts';

export function createParallelEngine(
  memory: WebAssembly.Memory,
  interpreter: WebAssembly.Module,
  options: { harts: number; workers: HartWorkerFactory; heard: () => void },
): Engine {
  const waiters = new Waiters(memory);
  const until = (condition: () => boolean, timeoutMs: number): Promise<boolean> =>
    waiters.until(condition, timeoutMs);
  const workers = new HartWorkers(memory, interpreter, options.workers, until);
  const listener = new WakeListener(memory, () => {
    options.heard();
    waiters.look();
  });
  for (let hart = 0; hart < options.harts; hart++) workers.start(hart);
  return {
    clock: new HostClock(memory),
    until,
    untilKernel: (condition, timeoutMs) => waiters.until(condition, timeoutMs, true),
    replaceWorker: (hart) => workers.replace(hart),
    crash: async (hart) => {
      await workers.crash(hart);
      return true;
    },
    lossReason: (hart) => workers.lossReason(hart),
    dispose: async () => {
      listener.dispose();
      const ended = workers.dispose();
      // After the workers know: whoever goes on because its wait is over must not make another one.
      waiters.dispose();
      await ended;
    },
  };
}
