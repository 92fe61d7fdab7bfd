/**
 * The service worker: it adds the isolation headers where the page's server sends none, and keeps the built files, so that
 * the page opens without a network after the first visit.
 *
 * What the build names by its content (assets/) is taken from what is kept; everything else is asked of the server first,
 * so that a page from the network always comes with its own files, and one without network with those of one and the same
 * build. A later version keeps its files beside those of the present one, and takes over when no page is open that came
 * with that; then the older files go.
 */
import type { OfflineAnswer, OfflineAsk } from '../src/protocol/offline.ts';

interface Lasting extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface FetchAsked extends Lasting {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface AskedByPage extends Lasting {
  readonly data: OfflineAsk;
  readonly ports: readonly MessagePort[];
}
interface Scope {
  readonly registration: { readonly scope: string; readonly active: unknown };
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', listener: (event: Lasting) => void): void;
  addEventListener(type: 'fetch', listener: (event: FetchAsked) => void): void;
  addEventListener(type: 'message', listener: (event: AskedByPage) => void): void;
}
const scope = self as unknown as Scope;

/** Put in by the build (scripts/lib/offline-files.ts): paths below the scope, and a hash of all their contents. */
declare const __BUILT__: { readonly version: string; readonly files: readonly string[] };
const { version, files } = __BUILT__;

const PREFIX = `archipelago ${scope.registration.scope} `;
const KEPT = PREFIX + version;
/** Milliseconds that the server has for what is kept as well. */
const PATIENCE_MS = 4000;
const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

const addressOf = (file: string): string => new URL(file, scope.registration.scope).href;

/** Fetches what is not kept yet. Rejects when a file does not come. */
async function keepAll(): Promise<void> {
  const cache = await caches.open(KEPT);
  for (const file of files) {
    const address = addressOf(file);
    if (await cache.match(address)) continue;
    const answer = await fetch(address, { cache: 'no-cache' });
    if (!answer.ok || answer.redirected) throw new Error(`${file}: ${answer.status}`);
    await cache.put(address, answer);
  }
}

async function keptFiles(): Promise<number> {
  const cache = await caches.open(KEPT);
  return (await cache.keys()).length;
}

async function forgetOthers(): Promise<void> {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(PREFIX) && name !== KEPT);
  await Promise.all(old.map((name) => caches.delete(name)));
}

/** The same answer with the isolation headers that it lacks. */
function isolated(answer: Response): Response {
  if (answer.type === 'opaque' || answer.type === 'opaqueredirect' || answer.status === 0) return answer;
  const headers = new Headers(answer.headers);
  for (const [name, value] of Object.entries(ISOLATION)) if (!headers.has(name)) headers.set(name, value);
  const { status, statusText } = answer;
  return new Response([204, 205, 304].includes(status) ? null : answer.body, { status, statusText, headers });
}

/** What is kept of the address; the page itself also without the name of its file and whatever its query. */
async function kept(request: Request): Promise<Response | undefined> {
  const url = new URL(request.url);
  const { pathname } = new URL(scope.registration.scope);
  const isPage = url.pathname === pathname || url.pathname === `${pathname}index.html`;
  const cache = await caches.open(KEPT);
  return cache.match(isPage ? addressOf('index.html') : url.origin + url.pathname);
}

async function answerTo(request: Request): Promise<Response> {
  const own = await kept(request);
  if (own && request.url.startsWith(addressOf('assets/'))) return isolated(own);
  try {
    const patience = own
      ? { signal: AbortSignal.any([request.signal, AbortSignal.timeout(PATIENCE_MS)]) }
      : {};
    const answer = await fetch(request, patience);
    return answer.ok || !own ? isolated(answer) : isolated(own);
  } catch (error) {
    if (own && !request.signal.aborted) return isolated(own);
    throw error;
  }
}

scope.addEventListener('install', (event) => {
  // The first one is wanted at once, for its headers, and keeps files when the page has what it needs. A later one
  // takes over when it has everything.
  event.waitUntil(scope.registration.active === null ? scope.skipWaiting() : keepAll());
});

scope.addEventListener('activate', (event) => {
  event.waitUntil(Promise.all([forgetOthers(), scope.clients.claim()]));
});

scope.addEventListener('fetch', (event) => {
  const { request } = event;
  const ours = request.method === 'GET' && request.url.startsWith(scope.registration.scope);
  // A range is of one file at one time; and what only a cache may answer is not for the server.
  if (!ours || request.headers.has('range') || request.cache === 'only-if-cached') return;
  event.respondWith(answerTo(request));
});

scope.addEventListener('message', (event) => {
  const answer = async (): Promise<OfflineAnswer> => {
    if (event.data.ask === 'keep') await keepAll();
    return { kept: await keptFiles(), files: files.length };
  };
  const answered = answer().catch((error: unknown): OfflineAnswer => ({
    failed: error instanceof Error ? error.message : String(error),
  }));
  event.waitUntil(answered.then((words) => event.ports[0]?.postMessage(words)));
});
