/** The face to the page of the worker in which a machine's services live: `start` first, then everything of ServicesApi. */
import * as Comlink from 'comlink';
import { isShared } from '../base/shared-memory.ts';
import type { MachineConfig } from '../protocol/machine-view.ts';
import type { ServicesApi } from '../protocol/services-api.ts';
import { buffersOf, type TimelineQuery, type TimelineWindow } from '../protocol/timeline.ts';
import type { LocalMachine } from './make-machine.ts';
import { packMirror, type MirrorPacket } from './memory-mirror.ts';

export interface MachineServer {
  /**
   * Makes the machine. Once only. `page`: address of the page, below which its files lie; a worker's own address tells
   * nothing about that. The answer is its memory, shared with the caller; null: it cannot be shared, and the caller asks
   * for what it wants to read of it.
   */
  start(config: MachineConfig, page: string): WebAssembly.Memory | null;
  /** The services of the machine that was started, as what passes the border by reference. */
  services(): ServicesApi;
  /** What a page reads of the memory at machine speed, as it is now. */
  mirror(): Promise<MirrorPacket>;
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
      return isShared(machine.memory) ? machine.memory : null;
    },
    services() {
      if (machine === null) throw new Error('start() comes first');
      return Comlink.proxy(machine.services);
    },
    async mirror() {
      if (machine === null) throw new Error('start() comes first');
      const packet = packMirror(machine.memory, machine.config, await machine.services.view());
      return Comlink.transfer(packet, [packet.places.buffer, packet.bytes.buffer]);
    },
    async timeline(query) {
      if (machine === null) throw new Error('start() comes first');
      const window = await machine.services.timeline(query);
      return Comlink.transfer(window, buffersOf(window));
    },
  };
  Comlink.expose(server, endpoint);
}
