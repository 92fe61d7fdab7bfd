import { afterEach, expect, it, vi } from 'vitest';
import { copyText } from './copy-text.ts';

afterEach(() => vi.unstubAllGlobals());

it.each([
  ['puts text on the clipboard', { clipboard: { writeText: () => Promise.resolve() } }, true],
  [
    'says so when the browser does not let it',
    { clipboard: { writeText: () => Promise.reject(new Error()) } },
    false,
  ],
  ['says so where the browser has no clipboard for the page', {}, false],
])('%s', async (_, navigator, done) => {
  vi.stubGlobal('navigator', navigator);
  expect(await copyText('text')).toBe(done);
});
