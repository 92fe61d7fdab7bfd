/** What a scenario's steps run on when they run in the page: the services behind comlink and the page's own timers. */
import type { ScenarioHost } from '../session/scenario-host.ts';
import type { MachineHandle } from '../protocol/services-api.ts';
import { TICKS_PER_SECOND, type MachineReader } from './machine-reader.ts';
import { useMachine } from './machine-store.ts';

/** How often a condition is looked at, milliseconds. */
const LOOK_EVERY = 25;

/** Resolves with true when `condition` holds, or with false after so many ticks of host time. */
export function pageUntil(condition: () => boolean, ticks: number): Promise<boolean> {
  const end = performance.now() + (ticks / TICKS_PER_SECOND) * 1000;
  return new Promise((resolve) => {
    const look = (): void => {
      if (condition()) resolve(true);
      else if (performance.now() >= end) resolve(false);
      else setTimeout(look, LOOK_EVERY);
    };
    look();
  });
}

/**
 * The same in Repeatable mode, whose time is not the host's: `ticks` are of machine time, and of host time while the
 * machine is paused, so that a pause holds nothing up for ever.
 */
function machineUntil(condition: () => boolean, ticks: number, reader: MachineReader): Promise<boolean> {
  let left = ticks;
  let [time, now] = [reader.time(), performance.now()];
  const over = (): boolean => {
    const [laterTime, laterNow] = [reader.time(), performance.now()];
    const paused = useMachine.getState().view?.run === 'paused';
    left -= paused ? ((laterNow - now) / 1000) * TICKS_PER_SECOND : laterTime - time;
    [time, now] = [laterTime, laterNow];
    return left <= 0;
  };
  return new Promise((resolve) => {
    const look = (): void => {
      if (condition()) resolve(true);
      else if (over()) resolve(false);
      else setTimeout(look, LOOK_EVERY);
    };
    look();
  });
}

export function pageHost(
  handle: Pick<MachineHandle, 'services' | 'memory'>,
  reader: MachineReader,
): ScenarioHost {
  return {
    services: handle.services,
    memory: handle.memory,
    time: () => reader.time(),
    until: (condition, ticks) =>
      reader.mode === 'repeatable' ? machineUntil(condition, ticks, reader) : pageUntil(condition, ticks),
  };
}
