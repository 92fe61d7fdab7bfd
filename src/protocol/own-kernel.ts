/** Between `archipelago serve` and the page that it serves: a kernel whose image is under development. */

/** Path below the page of the server-sent events; each is an `OwnNews` as JSON. The present state comes first. */
export const OWN_CHANGES = 'own/changes';

/** In the page's query: it is to follow the changes. */
export const OWN_FOLLOW = 'follow';

export interface OwnNews {
  /** Name of the kernel that the image boots in. */
  readonly kernel: string;
  /** The image's path below the page, which is its name for `kerf load`, too. */
  readonly file: string;
  /** SHA-256 of the image that is there to be fetched. */
  readonly hash: string;
  /** Bytes. */
  readonly size: number;
  /** Why the file as it is on the disk now is no image; null: it is the one above. */
  readonly refused: { readonly code: string; readonly reason: string; readonly hint: string } | null;
}
