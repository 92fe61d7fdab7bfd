/** The services worker's face to the page: `start` first, then everything of ServicesApi. */
import type { MachineConfig } from '../protocol/machine-view.ts';
import type { ServicesApi } from '../protocol/services-api.ts';
import { TICKS_PER_MS } from '../machine/clock.ts';
import type { HartWorkerFactory } from './hart-workers.ts';
import { startMachine, type LocalMachine } from './start-machine.ts';

/** Host milliseconds between two helpings of machine time in Repeatable mode on a page. */
const PACE_MS = 10;

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
      machine = startMachine({ config, workers: { hart } });
      if (config.mode === 'repeatable') keepPace(machine);
      return machine.memory;
    },
    services() {
      if (machine === null) throw new Error('start() comes first');
      return machine.services;
    },
  };
}

/** Repeatable mode on a page: the machine moves at the pace of the host's clock, or slower when the host is slower. */
function keepPace(machine: LocalMachine): void {
  const { clock } = machine.services.engine;
  const beganAt = performance.now() - clock.time() / TICKS_PER_MS;
  const more = async (): Promise<void> => {
    const due = (performance.now() - beganAt) * TICKS_PER_MS;
    const behind = Math.min(due - clock.time(), PACE_MS * TICKS_PER_MS);
    if (behind > 0) await machine.services.engine.until(() => false, behind / TICKS_PER_MS);
    setTimeout(() => void more(), PACE_MS);
  };
  void more();
}
