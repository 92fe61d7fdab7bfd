/** An image that somebody brought to the page, by a drop or a link, and that nobody has confirmed yet. */
import { create } from 'zustand';
import type { Result } from '../base/result.ts';
import type { ColumnId } from './core-moves.ts';

/** An image that the page's address names (image-link.ts). */
export interface ImageLink {
  /** `http:` or `https:`, without credentials. */
  readonly url: URL;
  /** Of another server than the page. */
  readonly foreign: boolean;
  /** SHA-256 that the file must have, as 64 small hexadecimal digits; null: the link names none. */
  readonly hash: string | null;
}

/** Bytes: the largest memory that the page's dialogs offer. A file is read as a whole, by the page and its workers. */
export const LARGEST_IMAGE = 128 * 0x10_0000;

export interface ImageOffer {
  /** Another for each offer of the page's life. */
  readonly key: number;
  readonly file: File;
  /** The kernel that is to boot it; `new`: one that is made for it. */
  readonly column: Exclude<ColumnId, 'free'> | 'new';
  /** The link that it came by; null: it came from this computer. */
  readonly from: ImageLink | null;
}

interface Offers {
  readonly offer: ImageOffer | null;
  /** A link whose image has not come yet, or why it cannot be followed. */
  readonly link: Result<ImageLink> | null;
}

const NOTHING: Offers = { offer: null, link: null };

export const useImageOffer = create<Offers>()(() => NOTHING);

let offers = 0;

export function offerImage(file: File, column: ImageOffer['column'], from: ImageOffer['from'] = null): void {
  offers += 1;
  useImageOffer.setState({ offer: { key: offers, file, column, from }, link: null });
}

export const offerLink = (link: Result<ImageLink>): void => useImageOffer.setState({ ...NOTHING, link });

export const closeImageOffer = (): void => useImageOffer.setState(NOTHING);

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
  const head = await file
    .slice(0, LOOKED_AT)
    .arrayBuffer()
    .then(
      (bytes) => new Uint8Array(bytes),
      () => null,
    );
  // A folder, or a file that has gone: who reads it as a scenario tells why it cannot be read.
  if (head === null) return false;
  if (head.includes(0)) return true;
  try {
    // A character may be cut off at the end.
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return false;
  } catch {
    return true;
  }
}
