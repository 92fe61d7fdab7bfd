import type { ConnectedMachine } from '../../store/connected-machine.ts';
import type { RequestRefusal } from '../../store/kerf-steps.ts';
import { text } from '../text.ts';

/** What stopped a dialog: a refused kerf line, or a file that cannot be read, which has no line. */
export type Refusal = Omit<RequestRefusal, 'line'> & { readonly line: string | null };

/**
 * Hands the chosen file to the machine, then does what needs it. The file is read anew: it may have been built again.
 * Null: done, or the machine's services are gone, which is reported elsewhere.
 */
export async function withImage(
  machine: ConnectedMachine,
  image: File | null,
  act: () => Promise<Refusal | null>,
): Promise<Refusal | null> {
  if (image) {
    let bytes: Uint8Array;
    try {
      bytes = new Uint8Array(await image.arrayBuffer());
    } catch (error) {
      const { code, reason, hint } = text.create.unreadable;
      const detail = error instanceof Error ? error.message : String(error);
      return { line: null, error: { code, reason: reason(image.name, detail), hint } };
    }
    if (!(await machine.addFile(image.name, bytes))) return null;
  }
  return act();
}
