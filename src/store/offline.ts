/**
 * The page's side of its service worker (workers/service-worker.ts): where the server sends no isolation headers, the page
 * loads itself once more through it; and it keeps the files for a visit without a network.
 *
 * On a page that this computer's own server isolates (`npm start`) there is none: its files are here anyway, and other
 * programs have the same address at other times.
 */
import type { OfflineAnswer, OfflineAsk } from '../protocol/offline.ts';

/** In the storage of the tab: that the page has loaded itself again already. */
const TRIED_KEY = 'archipelago-isolating';
/** Milliseconds that a service worker has to come into being; then the page goes on without shared memory. */
const PATIENCE_MS = 4000;
/** Addresses of this computer. */
const LOCAL = /^(localhost|127(\.\d+){3}|\[::1\])$/;

export interface Preflight {
  /** Whether the page has shared memory. */
  readonly isolated: boolean;
  readonly hostCores: number;
  /**
   * Whether the page opens without a network: all its files are kept; they lie on this computer; they are being kept;
   * or they cannot be, since the browser has no service worker for this address.
   */
  readonly offline: 'ready' | 'local' | 'on-its-way' | 'never';
}

/** A page inside another one shares that one's fate, and many browsers give it no storage. */
const mayHave = (): boolean => 'serviceWorker' in navigator && window.top === window;
const isLocal = (): boolean =>
  crossOriginIsolated && LOCAL.test(location.hostname) && !(mayHave() && navigator.serviceWorker.controller);

const register = (): Promise<ServiceWorkerRegistration> =>
  navigator.serviceWorker.register(new URL('service-worker.js', document.baseURI), {
    updateViaCache: 'none',
  });

const patience = (ms: number): Promise<null> => new Promise((settle) => setTimeout(() => settle(null), ms));

/**
 * Whether a service worker came to answer requests: `ready` comes when it begins to activate, and Firefox has been seen to
 * leave workers' scripts without an answer when the page loads again before the activation has ended.
 */
const activated = (worker: ServiceWorker): Promise<boolean> =>
  new Promise((settle) => {
    const look = (): void => {
      if (worker.state === 'activated' || worker.state === 'redundant') settle(worker.state === 'activated');
    };
    worker.addEventListener('statechange', look);
    look();
  });

/** Whether this tab has tried before; a tab without storage must not try without end. */
function triedBefore(): boolean {
  try {
    return sessionStorage.getItem(TRIED_KEY) !== null;
  } catch {
    return true;
  }
}

/** Keeps or forgets that this tab has tried. False: the browser does not let the page. */
function note(tried: boolean): boolean {
  try {
    if (tried) sessionStorage.setItem(TRIED_KEY, '1');
    else sessionStorage.removeItem(TRIED_KEY);
    return true;
  } catch {
    return false;
  }
}

/**
 * Loads the page again if that makes it isolated: resolves with true when it is on its way. Once in a tab, until it has
 * worked.
 */
export async function loadIsolated(): Promise<boolean> {
  if (crossOriginIsolated) {
    // Next time is a first time again.
    if (mayHave()) note(false);
    return false;
  }
  if (!mayHave() || !isSecureContext || triedBefore()) return false;
  const active = async (): Promise<boolean> => {
    await register();
    const { active: worker } = await navigator.serviceWorker.ready;
    return worker !== null && (await activated(worker));
  };
  const there = await Promise.race([active().catch(() => false), patience(PATIENCE_MS)]);
  if (there !== true || !note(true)) return false;
  location.reload();
  return true;
}

/** Has all files kept. Its only trace when it fails is what `preflight` says. */
export async function keepForOffline(): Promise<void> {
  if (!mayHave() || isLocal()) return;
  try {
    await register();
    await ask({ ask: 'keep' });
  } catch {
    // No service worker for this address.
  }
}

async function ask(words: OfflineAsk): Promise<OfflineAnswer | null> {
  const { active } = await navigator.serviceWorker.ready;
  if (!active) return null;
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise<OfflineAnswer>((settle) => {
    port1.onmessage = (event: MessageEvent<OfflineAnswer>) => settle(event.data);
  });
  active.postMessage(words, [port2]);
  return answer;
}

async function offlineState(): Promise<Preflight['offline']> {
  if (isLocal()) return 'local';
  if (!mayHave() || !isSecureContext) return 'never';
  const registered = await navigator.serviceWorker.getRegistration(document.baseURI).catch(() => undefined);
  if (!registered) return 'never';
  const answer = await Promise.race([ask({ ask: 'state' }), patience(PATIENCE_MS)]);
  return answer && 'kept' in answer && answer.kept >= answer.files ? 'ready' : 'on-its-way';
}

/** What a teacher wants to know before the lecture. */
export async function preflight(): Promise<Preflight> {
  return {
    isolated: crossOriginIsolated,
    hostCores: navigator.hardwareConcurrency,
    offline: await offlineState(),
  };
}
