/**
 * The files that come with the page, public/guests, for `kerf load --kernel guests/NAME` in a browser. Fetched when they
 * are named, in the services worker and while it carries the command out, which is why neither the size nor the time is
 * left to the server.
 */
import type { FileReader } from '../src/session/services.ts';

/** One name below guests/: no folders, no way out of it, no query. */
const NAME = /^guests\/[\w-][\w.-]*$/;
/** Bytes. The largest that came with the page has less than one hundredth of this. */
const SIZE_LIMIT = 64 * 2 ** 20;
/** Milliseconds. */
const TIME_LIMIT = 30_000;

export interface FileLimits {
  readonly bytes: number;
  readonly ms: number;
}

/** Reads below `page`, the absolute address of the page: it may lie under any path of its server. */
export function pageFiles(
  page: string,
  limits: FileLimits = { bytes: SIZE_LIMIT, ms: TIME_LIMIT },
): FileReader {
  return async (name) => {
    if (!NAME.test(name)) return null;
    try {
      const answer = await fetch(new URL(name, page), { signal: AbortSignal.timeout(limits.ms) });
      // Some servers give their start page for what they do not have.
      const isPage = answer.headers.get('content-type')?.startsWith('text/html') === true;
      if (answer.status === 404 || isPage) {
        await answer.body?.cancel();
        return null;
      }
      if (!answer.ok) {
        await answer.body?.cancel();
        return { unreadable: `the page's server answered ${answer.status} ${answer.statusText}`.trimEnd() };
      }
      return (
        (await bytesOf(answer, limits.bytes)) ?? { unreadable: `it has more than ${limits.bytes} bytes` }
      );
    } catch (error) {
      const isLate = error instanceof DOMException && error.name === 'TimeoutError';
      const why = error instanceof Error ? error.message : String(error);
      return {
        unreadable: isLate
          ? `the page's server did not send all of it in ${limits.ms / 1000} s`
          : `the page's server was not reached: ${why}`,
      };
    }
  };
}

/** The body of an answer; null: it is longer than the limit, and the rest was not waited for. */
async function bytesOf(answer: Response, limit: number): Promise<Uint8Array | null> {
  const reader = answer.body?.getReader();
  if (reader === undefined) return new Uint8Array();
  const pieces: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > limit) {
      await reader.cancel();
      return null;
    }
    pieces.push(value);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
