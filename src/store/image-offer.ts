/** An image that somebody brought to the page, by a drop or a link, and that nobody has confirmed yet. */
import { create } from 'zustand';
import type { ColumnId } from './core-moves.ts';

/** Bytes: the largest memory that the page's dialogs offer. A file is read as a whole, by the page and its workers. */
export const LARGEST_IMAGE = 128 * 0x10_0000;

export interface ImageOffer {
  /** Another for each offer of the page's life. */
  readonly key: number;
  readonly file: File;
  /** The kernel that is to boot it; `new`: one that is made for it. */
  readonly column: Exclude<ColumnId, 'free'> | 'new';
}

export const useImageOffer = create<{ readonly offer: ImageOffer | null }>()(() => ({ offer: null }));

let offers = 0;

export function offerImage(file: File, column: ImageOffer['column']): void {
  offers += 1;
  useImageOffer.setState({ offer: { key: offers, file, column } });
}

export const closeImageOffer = (): void => useImageOffer.setState({ offer: null });

/** Characters of a name at most; its end tells what the file is. */
const NAME_LENGTH = 60;

/**
 * The name of a file for kerf and for people. What would break a line or turn its direction round is replaced: the kerf
 * line that is shown is the one that is carried out.
 */
export function imageName(file: { readonly name: string }): string {
  const name = file.name.replaceAll(/[\p{C}\p{Z}"\\]+/gu, '_').slice(-NAME_LENGTH);
  return name === '' ? 'image' : name;
}

/** Bytes that tell an image from a text. */
const LOOKED_AT = 4096;

/**
 * Whether a file is meant as a kernel's image: it bears the name of bare code, or is no text. A scenario is named as one
 * and is told what is wrong with it as one.
 */
export async function isMeantAsImage(file: File): Promise<boolean> {
  if (/\.(ya?ml|json)$/i.test(file.name)) return false;
  if (file.name.endsWith('.bin') || file.size === 0) return true;
  const head = new Uint8Array(await file.slice(0, LOOKED_AT).arrayBuffer());
  if (head.includes(0)) return true;
  try {
    // A character may be cut off at the end.
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return false;
  } catch {
    return true;
  }
}
