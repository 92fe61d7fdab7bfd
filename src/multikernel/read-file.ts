/** Files that a command names: from the session, as bytes or as the refusal that says why not. */
import type { ControllerContext } from './controller-context.ts';
import { refuseFile, type FileRefusal } from './kerf-outcome.ts';

/** A file that is there and cannot be had. */
interface Unreadable {
  /** Why, as the end of a sentence. */
  readonly unreadable: string;
}

/** What a session gives for a name; null: there is no such file. */
export type FileContent = Uint8Array | Unreadable | null;

/**
 * The file's bytes. `refusal` begins the sentence when there are none, and `kind` is what should have been named.
 * Refused: `no-such-file`, `file-unreadable`.
 */
export async function readNamed(
  context: ControllerContext,
  file: string,
  refusal: string,
  kind: string,
): Promise<{ readonly ok: true; readonly value: Uint8Array } | FileRefusal> {
  const content = await context.env.readFile(file);
  if (content instanceof Uint8Array) return { ok: true, value: content };
  if (content === null) {
    return refuseFile({
      code: 'no-such-file',
      reason: refusal === '' ? `there is no file "${file}"` : `${refusal}there is no file of that name`,
      hint: `name ${kind} that was added to the machine`,
    });
  }
  return refuseFile({
    code: 'file-unreadable',
    reason: `${refusal === '' ? `"${file}" cannot be read: ` : refusal}${content.unreadable}`,
    hint: 'try again, or add the file to the machine',
  });
}
