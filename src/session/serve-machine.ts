/** The face to the page of the worker in which a machine's services live: `start` first, then everything of ServicesApi. */
import * as Comlink from 'comlink';
import type { MachineConfig } from '../protocol/machine-view.ts';
import type { ServicesApi } from '../protocol/services-api.ts';
import { buffersOf, type TimelineQuery, type TimelineWindow } from '../protocol/timeline.ts';
import type { LocalMachine } from './make-machine.ts';

export interface MachineServer {
  /**
   * Makes the machine. Once only. `page`: address of the page, below which its files lie; a worker's own address tells
   * nothing about that. The answer is its memory, shared with the caller if it can be.
   */
  start(config: MachineConfig, page: string): WebAssembly.Memory;
  /** The services of the machine that was started, as what passes the border by reference. */
  services(): ServicesApi;
  /** `ServicesApi.timeline`, with the arrays of the answer passed on instead of copied. */
  timeline(query: TimelineQuery): Promise<TimelineWindow>;
}

/** Offers a machine, made by `make` when it is asked for, over comlink. */
export function serveMachine(
  make: (config: MachineConfig, page: string) => LocalMachine,
  endpoint?: Comlink.Endpoint,
): void {
  let machine: LocalMachine | null = null;
  const server: MachineServer = {
    start(config, page) {
      if (machine !== null) throw new Error('start() was called already');
      machine = make(config, page);
      return machine.memory;
    },
    services() {
      if (machine === null) throw new Error('start() comes first');
      return Comlink.proxy(machine.services);
    },
    async timeline(query) {
      if (machine === null) throw new Error('start() comes first');
      const window = await machine.services.timeline(query);
      return Comlink.transfer(window, buffersOf(window));
    },
  };
  Comlink.expose(server, endpoint);
}
