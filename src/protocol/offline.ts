/** What the page asks of its service worker (workers/service-worker.ts), with a port for the one answer. */

export interface OfflineAsk {
  /** `keep`: keep all files first; `state`: tell what is kept. */
  readonly ask: 'keep' | 'state';
}

export type OfflineAnswer = { readonly kept: number; readonly files: number } | { readonly failed: string };
