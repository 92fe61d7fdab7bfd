/** Repeatable mode behind the face that both modes share: the machine moves while somebody waits. */
import { TICKS_PER_MS } from '../machine/clock.ts';
import type { Engine } from './engine.ts';
import { SLICE_TICKS, SoloMachine } from './solo-machine.ts';

/** Machine time is whole ticks; what is left of a limit need not be a whole one as a floating-point number. */
const ticksOf = (ms: number): number => Math.round(ms * TICKS_PER_MS);

export function createSoloEngine(
  memory: WebAssembly.Memory,
  interpreter: WebAssembly.Module,
  options: { harts: number; seed: number; heard: () => void; paced: boolean },
): Engine {
  const solo = new SoloMachine(memory, interpreter, {
    harts: options.harts,
    seed: options.seed,
    afterRound: options.heard,
    paced: options.paced,
  });
  const stopPace = options.paced ? keepPace(solo) : () => undefined;
  return {
    clock: solo.clock,
    until: (condition, timeoutMs) => solo.until(condition, ticksOf(timeoutMs)),
    untilKernel: (condition, timeoutMs) => solo.until(condition, ticksOf(timeoutMs), true),
    // All harts share this thread, and each looks at its stop word after each turn: none hangs or dies by itself.
    replaceWorker: (hart) => {
      solo.replace(hart);
      return Promise.resolve();
    },
    crash: (hart) => {
      solo.lose(hart);
      return Promise.resolve(true);
    },
    lossReason: () => 'the worker was terminated',
    dispose: () => {
      stopPace();
      solo.dispose();
      return Promise.resolve();
    },
  };
}

/**
 * Lets the machine move at the pace of the host's clock, or slower when the host is slower. Host time decides only how
 * many whole slices it runs. Returns how to stop that.
 */
function keepPace(solo: SoloMachine): () => void {
  const sliceMs = SLICE_TICKS / TICKS_PER_MS;
  let given = performance.now();
  const timer = setInterval(() => {
    const slices = Math.floor((performance.now() - given) / sliceMs);
    given += slices * sliceMs;
    if (slices > 0) solo.allow(slices);
  }, sliceMs);
  return () => clearInterval(timer);
}
