/** Repeatable mode behind the face that both modes share: the machine moves while somebody waits. */
import { TICKS_PER_MS } from '../machine/clock.ts';
import type { Engine } from './engine.ts';
import { SoloMachine } from './solo-machine.ts';

export function createSoloEngine(
  memory: WebAssembly.Memory,
  interpreter: WebAssembly.Module,
  options: { harts: number; seed: number; heard: () => void },
): Engine {
  const solo = new SoloMachine(memory, interpreter, {
    harts: options.harts,
    seed: options.seed,
    afterRound: options.heard,
  });
  return {
    clock: solo.clock,
    until: (condition, timeoutMs) => solo.until(condition, timeoutMs * TICKS_PER_MS),
    // All harts share this thread: none can be lost alone, and every one looks at its stop word after each turn.
    replaceWorker: () => Promise.resolve(),
    crash: () => Promise.resolve(false),
    lossReason: () => '',
    dispose: () => Promise.resolve(),
  };
}
