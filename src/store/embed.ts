/** The page in a frame of another one: `?embed`. The frame's address is read and never written. */

/** Whether the query asks for the page without what only its author needs. */
export const isEmbedded = (query: string): boolean => new URLSearchParams(query).has('embed');

/** The same machine at an address of its own. */
export function withoutEmbed(address: string): string {
  const url = new URL(address);
  url.searchParams.delete('embed');
  return url.href;
}

/**
 * The HTML of a frame with the machine of a link. `allow` has no effect where the page around is not cross-origin isolated
 * itself; where it is, a frame of another origin has shared memory only with it.
 */
export function embedCode(link: string, title: string): string {
  const { origin, pathname, hash } = new URL(link);
  const src = `${origin}${pathname}?embed${hash}`;
  return `<iframe src="${attribute(src)}" title="${attribute(title)}" width="100%" height="680" style="border: 0" allow="cross-origin-isolated; clipboard-write" loading="lazy"></iframe>`;
}

const attribute = (value: string): string => value.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
