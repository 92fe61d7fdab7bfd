/** The last words of each kernel's console, kept when the kernel ends: what comes after them is the next boot's. */
import type { MachineView } from '../protocol/machine-view.ts';

/** Bytes. */
export const TAIL = 4096;

export class ConsoleTails {
  private readonly tails = new Map<number, string>();
  private active: ReadonlySet<number> = new Set();

  /** Looks which kernels have ended; `tailOf` is asked for what the console of such a one has said up to now. */
  note(view: MachineView, tailOf: (instance: number) => Uint8Array): void {
    const active = new Set(view.instances.filter(({ state }) => state === 'active').map(({ id }) => id));
    for (const id of this.active) {
      // A first character that is cut in two is left out with its replacement character.
      if (!active.has(id)) this.tails.set(id, new TextDecoder().decode(tailOf(id)).replace(/^\ufffd+/, ''));
    }
    this.active = active;
  }

  of(instance: number): string {
    return this.tails.get(instance) ?? '';
  }
}
