import { ok, refuse, type Result } from '../../base/result.ts';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import { imageName, LARGEST_IMAGE } from '../../store/image-offer.ts';
import type { RequestRefusal } from '../../store/kerf-steps.ts';
import { imageText } from '../image-text.ts';
import { fileSize } from '../file-size.ts';
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
    const bytes = await readImage(image);
    if (!bytes.ok) return { line: null, error: bytes.error };
    if (!(await machine.addFile(imageName(image), bytes.value))) return null;
  }
  return act();
}

/** All of the file. Refused: `file-too-large`, before it is read; `file-unreadable`. */
export async function readImage(image: File): Promise<Result<Uint8Array<ArrayBuffer>>> {
  if (image.size > LARGEST_IMAGE) {
    const { code, reason, hint } = imageText.tooLarge;
    return refuse(code, reason(imageName(image), fileSize(image.size), fileSize(LARGEST_IMAGE)), hint);
  }
  try {
    return ok(new Uint8Array(await image.arrayBuffer()));
  } catch (error) {
    const { code, reason, hint } = text.create.unreadable;
    const detail = error instanceof Error ? error.message : String(error);
    return refuse(code, reason(imageName(image), detail), hint);
  }
}
