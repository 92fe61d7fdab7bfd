import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { askedImage, fetchImage } from './image-link.ts';
import type { ImageLink } from './image-offer.ts';

const PAGE = 'https://page.example/play/index.html';
const HASH = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const codeOf = (query: string): string | null => {
  const asked = askedImage(query, PAGE);
  return asked === null ? null : asked.ok ? 'ok' : asked.error.code;
};

test.each([
  ['', null],
  ['?scenario=x', null],
  ['?kernel=', 'bad-address'],
  ['?kernel=http://', 'bad-address'],
  ['?kernel=data:,x', 'address-scheme'],
  ['?kernel=javascript:alert(1)', 'address-scheme'],
  ['?kernel=JaVaScRiPt:alert(1)', 'address-scheme'],
  ['?kernel=%09javascript:alert(1)', 'address-scheme'],
  ['?kernel=blob:https://page.example/x', 'address-scheme'],
  ['?kernel=file:///etc/passwd', 'address-scheme'],
  ['?kernel=https://user@page.example/k', 'address-credentials'],
  ['?kernel=https://:secret@page.example/k', 'address-credentials'],
  ['?kernel=k.img&sha256=', 'bad-hash'],
  [`?kernel=k.img&sha256=${HASH}0`, 'bad-hash'],
  [`?kernel=k.img&sha256=g${HASH.slice(1)}`, 'bad-hash'],
  ['?kernel=k.img', 'ok'],
  [`?kernel=k.img&sha256=${HASH.toUpperCase()}`, 'ok'],
])('%s: %s', (query, code) => {
  expect(codeOf(query)).toBe(code);
});

test('a relative address counts from the page, and another server is told apart', () => {
  const read = (query: string): ImageLink => {
    const asked = askedImage(query, PAGE);
    if (!asked?.ok) throw new Error('refused');
    return asked.value;
  };
  expect(read(`?kernel=own/k.img%23part&sha256=${HASH.toUpperCase()}`)).toMatchObject({
    url: new URL('https://page.example/play/own/k.img'),
    foreign: false,
    hash: HASH,
  });
  expect(read('?kernel=//other.example/k.img')).toMatchObject({ foreign: true, hash: null });
});

test('what a link says is not repeated at length, nor with what turns a line round', () => {
  const asked = askedImage(`?kernel=x%E2%80%AE${'y'.repeat(5000)}:`, 'about:blank');
  if (asked === null || asked.ok) throw new Error('accepted');
  expect(asked.error.reason.length).toBeLessThan(200);
  expect(asked.error.reason).not.toMatch(/\u202e/);
});

let server: Server | null = null;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** An address at which a server of this machine answers like that. */
async function served(answer: RequestListener, hash: string | null = null): Promise<ImageLink> {
  server = createServer(answer);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: new URL(`http://127.0.0.1:${port}/a/my%2Fk%3Cb%3E.img`), foreign: true, hash };
}

async function fetched(link: ImageLink, signal = new AbortController().signal) {
  const seen: (readonly [number, number | null])[] = [];
  const result = await fetchImage(link, { signal, onProgress: (come, all) => seen.push([come, all]) });
  return { seen, result, code: result === null ? 'given up' : result.ok ? 'ok' : result.error.code };
}

test('a file with the hash of the link comes, with a name for kerf', async () => {
  const { result, seen } = await fetched(await served((_, answer) => void answer.end('abc'), HASH));
  if (!result?.ok) throw new Error('refused');
  expect(result.value.name).toBe('my_k<b>.img');
  expect(await result.value.text()).toBe('abc');
  expect(seen.at(-1)?.[0]).toBe(3);
});

test('a file with another hash is refused with both', async () => {
  const { result } = await fetched(await served((_, answer) => void answer.end('abd'), HASH));
  if (!result || result.ok) throw new Error('accepted');
  expect(result.error.code).toBe('hash-mismatch');
  expect(result.error.reason).toContain(HASH);
  expect(result.error.reason).toContain('a52d159f262b2c6ddb724a61840befc36eb30c88877a4030b65cbe86298449c9');
});

test('what another server gives in the place of the one that is named is taken with its hash alone', async () => {
  const { url } = await served((request, answer) => {
    if (request.url === '/there') answer.end('abc');
    else answer.writeHead(302, { location: `http://localhost:${url.port}/there` }).end();
  });
  expect((await fetched({ url, foreign: false, hash: null })).code).toBe('leads-elsewhere');
  expect((await fetched({ url, foreign: false, hash: HASH })).code).toBe('ok');
});

test.each<[string, RequestListener]>([
  ['not-found', (_, answer) => void answer.writeHead(404).end()],
  ['server-refused', (_, answer) => void answer.writeHead(503).end()],
  // It only says so: nothing of it is waited for.
  ['file-too-large', (_, answer) => void answer.writeHead(200, { 'content-length': 2 ** 31 }).write('x')],
  ['cross-origin', (request) => void request.socket.destroy()],
])('%s', async (code, answer) => {
  expect((await fetched(await served(answer))).code).toBe(code);
});

test('a fetch that is given up ends at once, and tells how far it was before', async () => {
  const controller = new AbortController();
  const link = await served((_, answer) => {
    answer.writeHead(200, { 'content-length': 1000 });
    answer.write('half');
  });
  const seen: (number | null)[] = [];
  const result = await fetchImage(link, {
    signal: controller.signal,
    onProgress: (...progress) => {
      seen.push(...progress);
      controller.abort();
    },
  });
  expect(result).toBeNull();
  expect(seen).toEqual([4, 1000]);
});
