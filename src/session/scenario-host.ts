/** What a scenario runs on: services, and a time to wait in. */
import type { ServicesApi } from '../protocol/services-api.ts';
import { TICKS_PER_MS } from '../machine/clock.ts';
import type { LocalMachine } from './make-machine.ts';

export interface ScenarioHost {
  readonly services: ServicesApi;
  /** The one memory, for what is counted there. */
  readonly memory: WebAssembly.Memory;
  /** Machine time in ticks. */
  time(): number;
  /**
   * Lets the machine run until `condition` holds (true) or `ticks` have gone by (false): of machine time in Repeatable
   * mode, where the condition is looked at after every round and the outcome is the same in every run; of host time of
   * that length in Parallel mode, and while the machine is paused, so that a pause does not hold a scenario up for ever.
   */
  until(condition: () => boolean, ticks: number): Promise<boolean>;
}

/** The host for a machine whose services live in this thread. */
export function localHost(machine: LocalMachine): ScenarioHost {
  const { engine } = machine.services;
  return {
    services: machine.services,
    memory: machine.memory,
    time: () => engine.clock.time(),
    until: (condition, ticks) => engine.until(condition, ticks / TICKS_PER_MS),
  };
}
