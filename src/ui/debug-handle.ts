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
  /** Text of a kernel's console with its scrollback, without trailing blank lines; null when there is no such console. */
  consoleText(name: string): string | null;
}

declare global {
  interface Window {
    archipelago: DebugHandle;
  }
}

export function installDebugHandle(): void {
  window.archipelago = {
    get services() {
      return useMachine.getState().machine?.services ?? null;
    },
    consoleText,
  };
}
