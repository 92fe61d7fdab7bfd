/** The last words of kernels that panicked, as lines of a terminal. */
import { lastWordsLines } from '../multikernel/last-words-text.ts';
import type { ServicesApi } from '../protocol/services-api.ts';

/** What each kernel that is in panic now has left; no lines when there is none. */
export async function wordsOfPanics(
  services: Pick<ServicesApi, 'view' | 'lastWords'>,
): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const { id, name, state, reason } of (await services.view()).instances) {
    if (state === 'active' || !reason.startsWith('panic')) continue;
    const words = await services.lastWords(id);
    if (words) lines.push(...lastWordsLines(name, words));
  }
  return lines;
}
