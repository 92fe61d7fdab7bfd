/** Where a lesson comes from: the page's own, one at an address, or a file of this computer. Its text is only ever data. */
import { ok, refuse, type Result } from '../base/result.ts';
import type { Lesson } from '../protocol/lesson.ts';
import { parseLesson } from '../session/lesson-file.ts';
import { isServedFile } from '../session/scenario-document.ts';

/** As the lessons of the page are named: the file without its ending. */
const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;
/** Characters of an address. */
const LONGEST = 2000;
/** Bytes: the characters that a lesson may have (lesson-file.ts), as long as they get. */
const MOST_READ = 2 ** 20;
/** Milliseconds that a server may take. */
const PATIENCE = 20_000;

/**
 * The address that `?lesson=` asks for: the name of one of the page's own, or an address of the web, relative to the page
 * (`base`). Refused as `bad-lesson-address`: any other scheme, and what names a user.
 */
export function lessonAddress(asked: string, base: string): Result<URL> {
  const bad = (reason: string): Result<URL> =>
    refuse(
      'bad-lesson-address',
      reason,
      'ask for a file of the web that ends in .md, or choose a lesson here',
    );
  if (asked.length > LONGEST) return bad(`The address of the lesson has more than ${LONGEST} characters.`);
  const relative = NAME.test(asked) ? `lessons/${asked}.md` : asked;
  if (asked.trim() === '' || !URL.canParse(relative, base)) return bad('This is no address of a lesson.');
  const address = new URL(relative, base);
  if (address.protocol !== 'https:' && address.protocol !== 'http:')
    return bad(`A lesson is fetched by https or http, and not by ${address.protocol.slice(0, -1)}.`);
  if (address.username !== '' || address.password !== '')
    return bad('The address of a lesson names no user and no password.');
  address.hash = '';
  return ok(address);
}

/** Fetches and reads a lesson. Refused: `unreadable`, or `bad-lesson` with the line of each mistake. */
export async function fetchLesson(address: URL): Promise<Result<Lesson>> {
  const unreadable = (reason: string): Result<Lesson> =>
    refuse('unreadable', `${address.href} cannot be read: ${reason}`, CORS_HINT);
  try {
    // One who writes a lesson opens it again after each change: what is kept of it is asked after.
    const response = await fetch(address, { signal: AbortSignal.timeout(PATIENCE), cache: 'no-cache' });
    if (!response.ok)
      return unreadable(`the server answers ${response.status} ${response.statusText}`.trim());
    // What was agreed to is this server, and no other.
    if (response.url !== '' && new URL(response.url).origin !== address.origin)
      return unreadable(`its server leads on to ${new URL(response.url).origin}; ask for the address there`);
    if (/^text\/html\b/i.test(response.headers.get('content-type') ?? ''))
      return unreadable('it is a web page, and no Markdown; where a page shows a file, ask for the raw file');
    const text = await textOf(response);
    if (text === null) return unreadable('it is far larger than a lesson');
    return parseLesson(text, decodedName(address));
  } catch (error) {
    return unreadable(error instanceof Error ? error.message : String(error));
  }
}

const CORS_HINT =
  'look whether the address is right, and whether its server lets other pages read it (CORS: Access-Control-Allow-Origin)';

/** Null: there is too much of it. No more is read than tells so. */
async function textOf({ body }: Response): Promise<string | null> {
  const reader = body?.getReader();
  if (!reader) return '';
  const decoder = new TextDecoder();
  let [text, size] = ['', 0];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.length;
    if (size > MOST_READ) {
      void reader.cancel();
      return null;
    }
    text += decoder.decode(value, { stream: true });
  }
}

/** The file's own name, for messages. */
function decodedName({ pathname }: URL): string {
  const last = pathname.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

/** Reads a lesson of this computer; refused as above. */
export async function readLessonFile(file: File): Promise<Result<Lesson>> {
  try {
    return parseLesson(await file.slice(0, MOST_READ).text(), file.name);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return refuse('unreadable', `${file.name} cannot be read: ${detail}`, 'choose it again');
  }
}

/** Guests come with the page; any other file lies beside the lesson. */
export const fileAddressOf =
  (lesson: string | null) =>
  (name: string): string =>
    lesson === null || isServedFile(name) ? name : new URL(name, lesson).href;
