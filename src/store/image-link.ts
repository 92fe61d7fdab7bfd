/** `?kernel=ADDRESS&sha256=HEX`: an image that a link names. It is fetched and checked; nothing boots it but a person. */
import { ok, refuse, type Refusal, type Result } from '../base/result.ts';
import { sha256 } from '../base/sha256.ts';
import { imageName, LARGEST_IMAGE, offerLink, type ImageLink } from './image-offer.ts';

/** What the page's query asks for; null: no image. `page`: address of the page, from which a relative address counts. */
export function askedImage(query: string, page: string): Result<ImageLink> | null {
  const asked = new URLSearchParams(query);
  const address = asked.get('kernel');
  if (address === null) return null;
  const url = URL.canParse(address, page) && address !== '' ? new URL(address, page) : null;
  if (url === null)
    return refuse('bad-address', `the link’s kernel= is no address: "${shortened(address)}"`, ADDRESS_HINT);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return refuse(
      'address-scheme',
      `the link’s kernel= is an address of the scheme ${shortened(url.protocol)}; an image comes over https: or http: alone`,
      ADDRESS_HINT,
    );
  }
  if (url.username !== '' || url.password !== '')
    return refuse(
      'address-credentials',
      'the link’s kernel= has a user name or a password in it',
      ADDRESS_HINT,
    );
  const hash = asked.get('sha256')?.toLowerCase() ?? null;
  if (hash !== null && !/^[0-9a-f]{64}$/.test(hash)) {
    return refuse(
      'bad-hash',
      `the link’s sha256= is no SHA-256: "${shortened(hash)}"`,
      'a SHA-256 has 64 hexadecimal digits; sha256sum FILE prints it',
    );
  }
  url.hash = '';
  return ok({ url, foreign: url.origin !== new URL(page).origin, hash });
}

/** Shows what the page's address asks for; what it is and where it boots is asked when it has come. */
export function offerAsked(query: string, page: string): void {
  const asked = askedImage(query, page);
  if (asked) offerLink(asked);
}

const ADDRESS_HINT = 'ask whoever made the link for one with ?kernel=https://…';
/** Of what a link says, as much as is worth reading. */
const shortened = (text: string): string =>
  text.length <= 80 ? imageName({ name: text }) : `${imageName({ name: text.slice(0, 60) })}…`;

export interface FetchOptions {
  readonly signal: AbortSignal;
  /** Bytes that have come, and how many there are to come in all, if the server says so. */
  readonly onProgress: (come: number, all: number | null) => void;
}

/** The file, if it has the hash that the link says. Null: given up by the signal. */
export async function fetchImage(link: ImageLink, options: FetchOptions): Promise<Result<File> | null> {
  const { signal } = options;
  try {
    const answer = await fetch(link.url, {
      signal,
      credentials: 'same-origin',
      referrerPolicy: 'no-referrer',
      cache: 'no-cache',
    });
    // What the page says of it is whose link it was. With a hash it may come from anywhere.
    if (link.hash === null && answer.url !== '' && new URL(answer.url).origin !== link.url.origin) {
      await answer.body?.cancel();
      return refuse(
        'leads-elsewhere',
        `${link.url.origin} leads on to ${new URL(answer.url).origin}, and the link says no SHA-256 of the file`,
        'ask whoever made the link for one to the file itself, or with &sha256=',
      );
    }
    const bytes = await bodyOf(answer, options);
    if (!bytes.ok) return bytes;
    const hash = link.hash === null ? null : await sha256(bytes.value);
    if (hash !== link.hash) {
      return refuse(
        'hash-mismatch',
        `the file that came has SHA-256 ${hash}, and the link says ${link.hash}`,
        'it is not the file that was meant: ask whoever made the link, and do not boot it',
      );
    }
    return ok(new File([bytes.value], nameOf(link.url)));
  } catch (error) {
    if (signal.aborted) return null;
    return { ok: false, error: notReached(link, error) };
  }
}

async function bodyOf(answer: Response, options: FetchOptions): Promise<Result<Uint8Array<ArrayBuffer>>> {
  const length = Number(answer.headers.get('content-length') ?? NaN);
  if (!answer.ok || length > LARGEST_IMAGE) {
    await answer.body?.cancel();
    if (answer.ok) return tooLarge(`${length} bytes`);
    return refuse(
      answer.status === 404 ? 'not-found' : 'server-refused',
      `the server answered ${`${answer.status} ${answer.statusText}`.trimEnd()}`,
      'the file may have moved: ask whoever made the link',
    );
  }
  // Of a body that is packed for the way the length is another one.
  const all = length > 0 && !answer.headers.has('content-encoding') ? length : null;
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let come = 0;
  const reader = answer.body?.getReader();
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done) break;
    come += value.length;
    if (come > LARGEST_IMAGE) {
      await reader?.cancel();
      return tooLarge(`more than ${LARGEST_IMAGE} bytes`);
    }
    pieces.push(value);
    options.onProgress(come, all);
  }
  return ok(new Uint8Array(await new Blob(pieces).arrayBuffer()));
}

const tooLarge = (size: string) =>
  refuse(
    'file-too-large',
    `the file has ${size}, and ${LARGEST_IMAGE} are fetched at most`,
    'link to the kernel itself, without a disk or debug information beside it',
  );

/** A browser does not tell a page whether another server was not reached, or did not let it read the answer. */
function notReached({ url, foreign }: ImageLink, error: unknown): Refusal {
  const why = error instanceof Error ? error.message : String(error);
  return foreign
    ? refuse(
        'cross-origin',
        `${url.origin} was not reached, or does not let this page read the file (${why})`,
        'a server of another address must answer with Access-Control-Allow-Origin; or fetch the file yourself, and drop it here',
      ).error
    : refuse('server-not-reached', `the page’s server was not reached: ${why}`, 'try again').error;
}

/** Name of the file for kerf: the last part of the address. */
function nameOf({ pathname }: URL): string {
  const last = pathname.split('/').at(-1) ?? '';
  try {
    return imageName({ name: decodeURIComponent(last) }).replaceAll('/', '_');
  } catch {
    // A lone percent sign.
    return imageName({ name: last });
  }
}
