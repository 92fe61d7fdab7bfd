/**
 * A kernel's file under development: told when it is another one, and whole. A linker writes for a while, and a build may
 * remove the file first, so a change counts when two looks in a row have found the same file, and the loaders take it.
 */
import { readFile, stat } from 'node:fs/promises';
import type { Refusal } from '../base/result.ts';
import { sha256 } from '../base/sha256.ts';
import { describeImage } from '../machine/loaders/load.ts';
import { isFlat } from '../multikernel/controller-load.ts';
import type { ImageDescription } from '../protocol/image-report.ts';

/** Bytes: a file that is larger is not read. */
export const LARGEST_FILE = 128 * 2 ** 20;

export interface WatchedImage {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** SHA-256. */
  readonly hash: string;
  readonly description: ImageDescription;
}

export type Look =
  | { readonly kind: 'same' }
  | { readonly kind: 'changed'; readonly image: WatchedImage }
  /** It has been the same for a while, and is no image. */
  | { readonly kind: 'refused'; readonly error: Refusal };

/** Looks in a row that find the same file refused before that is told: whoever writes it may have paused. */
const PATIENCE = 4;

const SAME: Look = { kind: 'same' };

export class ImageWatch {
  readonly #path: string;
  /** The file at the last look, and at the last one that was told of; '': there was none. */
  #seen = '';
  #told = '';
  #hash: string;
  #refusals = 0;

  /** `hash`: of what is known already. */
  constructor(path: string, hash: string) {
    this.#path = path;
    this.#hash = hash;
  }

  async look(): Promise<Look> {
    const found = await stamp(this.#path);
    const isStill = found === this.#seen;
    this.#seen = found;
    if (!isStill) this.#refusals = 0;
    if (!isStill || found === '' || found === this.#told) return SAME;
    const read = await readImage(this.#path);
    // Written on while it was read: the next look finds it changed.
    if ((await stamp(this.#path)) !== found) return SAME;
    if ('error' in read) {
      this.#refusals += 1;
      if (this.#refusals < PATIENCE) return SAME;
      this.#told = found;
      return { kind: 'refused', error: read.error };
    }
    this.#told = found;
    if (read.hash === this.#hash) return SAME;
    this.#hash = read.hash;
    return { kind: 'changed', image: read };
  }
}

/** What tells a file from an older one of the same name. */
async function stamp(path: string): Promise<string> {
  const found = await stat(path).catch(() => null);
  return found === null ? '' : [found.ino, found.size, found.mtimeMs].join(' ');
}

/** The file as an image. Refused: `file-unreadable`, `file-too-large`, and what the loaders refuse. */
export async function readImage(path: string): Promise<WatchedImage | { readonly error: Refusal }> {
  try {
    const { size } = await stat(path);
    if (size > LARGEST_FILE) {
      const reason = `${path} has ${size} bytes, and ${LARGEST_FILE} are read at most`;
      return { error: { code: 'file-too-large', reason, hint: 'name the kernel itself, without a disk' } };
    }
    const bytes = new Uint8Array(await readFile(path));
    const description = describeImage(bytes, { flat: isFlat(path) });
    if (!description.ok) return { error: description.error };
    return { bytes, hash: await sha256(bytes), description: description.value };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      error: {
        code: 'file-unreadable',
        reason: `${path} cannot be read: ${why}`,
        hint: 'name a file that is there and that you may read',
      },
    };
  }
}
