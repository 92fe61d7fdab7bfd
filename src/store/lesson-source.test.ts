import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { fetchLesson, fileAddressOf, lessonAddress } from './lesson-source.ts';

const BASE = 'https://page.example/play/';
const OWN = readFileSync('public/lessons/1-two-kernels.md', 'utf8');

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('what ?lesson= asks for', () => {
  it.each([
    ['1-two-kernels', 'https://page.example/play/lessons/1-two-kernels.md'],
    ['lessons/mine.md', 'https://page.example/play/lessons/mine.md'],
    ['/course/one.md', 'https://page.example/course/one.md'],
    ['https://teacher.example/a%20b.md?v=2#top', 'https://teacher.example/a%20b.md?v=2'],
    ['//teacher.example/one.md', 'https://teacher.example/one.md'],
  ])('%s is at %s', (asked, address) => {
    const read = lessonAddress(asked, BASE);
    expect(read.ok && read.value.href).toBe(address);
  });

  it.each([
    ['javascript:alert(1)', 'javascript'],
    [' JaVaScRiPt:alert(1)', 'javascript'],
    ['data:text/markdown,x', 'data'],
    ['blob:https://page.example/x', 'blob'],
    ['file:///etc/passwd', 'file'],
    ['https://user:secret@page.example/x.md', 'no password'],
    ['https://user@page.example/x.md', 'no user'],
    ['http://', 'no address'],
    ['', 'no address'],
    [`${'a'.repeat(3000)}.md`, 'more than 2000 characters'],
  ])('%s is refused', (asked, why) => {
    const read = lessonAddress(asked, BASE);
    expect(read).toMatchObject({ ok: false, error: { code: 'bad-lesson-address' } });
    expect(!read.ok && read.error.reason).toContain(why);
  });
});

describe('a lesson that is fetched', () => {
  const answer = (response: Response | Error, url = `${BASE}x.md`): Promise<unknown> => {
    if (response instanceof Response) Object.defineProperty(response, 'url', { value: url });
    vi.stubGlobal('fetch', () =>
      response instanceof Error ? Promise.reject(response) : Promise.resolve(response),
    );
    return fetchLesson(new URL(`${BASE}x.md`));
  };
  const refusal = (reason: RegExp, code = 'unreadable'): object => ({
    ok: false,
    error: { code, reason: expect.stringMatching(reason) as string },
  });

  it('is read', async () => {
    expect(await answer(new Response(OWN))).toMatchObject({
      ok: true,
      value: { title: 'Two kernels, one machine' },
    });
  });

  it('is that of now, not one that the browser has kept', async () => {
    const asked: unknown[] = [];
    vi.stubGlobal('fetch', (_: URL, how: RequestInit) => {
      asked.push(how.cache);
      return Promise.resolve(new Response(OWN));
    });
    await fetchLesson(new URL(`${BASE}x.md`));
    expect(asked).toEqual(['no-cache']);
  });

  it('is refused with the line of its mistake', async () => {
    expect(await answer(new Response(OWN.replace('### Do', '### Done')))).toMatchObject(
      refusal(/x\.md:\d+: "### Done" is no part of a step/, 'bad-lesson'),
    );
  });

  it('that is not there, or may not be read, is refused with the reason', async () => {
    expect(await answer(new Response('', { status: 404, statusText: 'Not Found' }))).toMatchObject(
      refusal(/404 Not Found/),
    );
    expect(
      await answer(new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } })),
    ).toMatchObject(refusal(/it is a web page/));
    const failed = await answer(new TypeError('Failed to fetch'));
    expect(failed).toMatchObject(refusal(/Failed to fetch/));
    expect(failed).toMatchObject({ error: { hint: expect.stringContaining('CORS') as string } });
  });

  it('is not read from a server that nobody has agreed to', async () => {
    expect(await answer(new Response(OWN), 'https://elsewhere.example/x.md')).toMatchObject(
      refusal(/leads on to https:\/\/elsewhere\.example/),
    );
  });

  it('without an end is not read to its end', async () => {
    let given = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        given += 1;
        controller.enqueue(new Uint8Array(64 * 1024).fill(0x61));
      },
    });
    expect(await answer(new Response(endless))).toMatchObject(refusal(/far larger than a lesson/));
    expect(given).toBeLessThan(32);
  });
});

it('its files lie beside it, except for the guests of the page', () => {
  const address = fileAddressOf('https://teacher.example/course/one.md');
  expect(address('guests/islet.img')).toBe('guests/islet.img');
  expect(address('images/mine.img')).toBe('https://teacher.example/course/images/mine.img');
  expect(fileAddressOf(null)('images/mine.img')).toBe('images/mine.img');
});
