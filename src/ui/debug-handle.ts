/**
 * `window.archipelago`: the machine on the page for the browser's console and for tests. Read it after the page shows a
 * machine; after a reset it belongs to the new one.
 */
import type { ServicesApi } from '../protocol/services-api.ts';
import { useMachine } from '../store/machine-store.ts';
import { consoleText } from './console/console-texts.ts';

interface DebugHandle {
  /** Everything that the page can ask of the machine; null before it is there. */
  readonly services: ServicesApi | null;
  /** Opens another scenario in the place of the machine: its address, relative to the page. */
  open(scenario: string): void;
  /** The one memory (protocol/layout.ts); null before it is there. */
  readonly memory: WebAssembly.Memory | null;
  /** Machine time, ticks of 100 ns; 0 before there is a machine. */
  time(): number;
  /** Text of a kernel's console with its scrollback, without trailing blank lines; null when there is no such console. */
  consoleText(name: string): string | null;
  /** Beats that a kernel says it has published; 0 when there is no such kernel. */
  beats(name: string): number;
}

declare global {
  interface Window {
    archipelago: DebugHandle;
  }
}

export function installDebugHandle(open: (scenario: string) => void): void {
  window.archipelago = {
    open,
    get services() {
      return useMachine.getState().machine?.services ?? null;
    },
    get memory() {
      return useMachine.getState().machine?.memory ?? null;
    },
    time: () => useMachine.getState().machine?.reader.time() ?? 0,
    consoleText,
    beats(name) {
      const { machine, view } = useMachine.getState();
      const status = view?.instances.find((instance) => instance.name === name)?.status ?? null;
      return machine === null || status === null ? 0 : machine.reader.beats(status);
    },
  };
}
