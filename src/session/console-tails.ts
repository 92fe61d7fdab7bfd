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
      if (!active.has(id)) this.tails.set(id, plainText(tailOf(id)));
    }
    this.active = active;
  }

  of(instance: number): string {
    return this.tails.get(instance) ?? '';
  }
}

const ESCAPE = '\\u001b\\[[0-9;?]*';
/** A line that is written over from its start, and every other control sequence (ECMA-48, CSI). */
const OVERWRITTEN = new RegExp(`[^\\n]*\\r${ESCAPE}K`, 'g');
const CONTROL = new RegExp(`${ESCAPE}[ -/]*[@-~]`, 'g');

/** What a terminal would show of it, as lines. */
export const plainText = (bytes: Uint8Array): string =>
  new TextDecoder()
    .decode(bytes)
    // A first character that is cut in two.
    .replace(/^\ufffd+/, '')
    .replaceAll(OVERWRITTEN, '')
    .replaceAll(CONTROL, '')
    .replaceAll('\r', '');
