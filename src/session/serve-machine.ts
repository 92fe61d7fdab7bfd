/** The services worker's face to the page: `start` first, then everything of ServicesApi. */
import type { MachineConfig } from '../protocol/machine-view.ts';
import type { ServicesApi } from '../protocol/services-api.ts';
import type { HartWorkerFactory } from './hart-workers.ts';
import { startMachine, type LocalMachine } from './start-machine.ts';

export interface MachineServer {
  /** Makes the machine. Once only. The answer is its memory, shared with the caller if it can be. */
  start(config: MachineConfig): WebAssembly.Memory;
  /** The services of the machine that was started; the entry point wraps them for the border it serves. */
  services(): ServicesApi;
}

export function serveMachine(hart: HartWorkerFactory['hart']): MachineServer {
  let machine: LocalMachine | null = null;
  return {
    start(config) {
      if (machine !== null) throw new Error('start() was called already');
      machine = startMachine({ config, workers: { hart }, paced: true });
      return machine.memory;
    },
    services() {
      if (machine === null) throw new Error('start() comes first');
      return machine.services;
    },
  };
}
