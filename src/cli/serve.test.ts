import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeElf, makeImage } from '../machine/loaders/loaders.testkit.ts';
import { RAM_BASE } from '../protocol/layout.ts';
import type { OwnNews } from '../protocol/own-kernel.ts';
import { parseScenario } from '../session/scenario-file.ts';
import { serve, type ServeOptions } from './serve.ts';

const MIB = 2 ** 20;
let folder: string;
let path: string;
let seconds = 1_000_000;
const said: string[] = [];
let ends: (() => unknown)[] = [];

/** Writes the kernel's file; its time is another one each time, however fast the test is. */
function write(bytes: Uint8Array): void {
  writeFileSync(path, bytes);
  seconds += 1;
  utimesSync(path, seconds, seconds);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'archipelago-serve-'));
  path = join(folder, 'my <kernel>.img');
  mkdirSync(join(folder, 'dist/assets'), { recursive: true });
  writeFileSync(join(folder, 'dist/index.html'), '<!doctype html>');
  writeFileSync(join(folder, 'dist/assets/a.js'), 'export {}');
  writeFileSync(join(folder, 'secret'), 'secret');
  said.length = 0;
  write(makeImage({}, 256));
});
afterEach(async () => {
  for (const end of ends) await end();
  ends = [];
  rmSync(folder, { recursive: true });
});

const ask = (more: Partial<ServeOptions> = {}) =>
  serve(
    { path, port: 0, memory: null, cpus: [0, 1], entry: 's', cmdline: '', ...more },
    { builtPage: () => Promise.resolve(join(folder, 'dist')), say: (line) => said.push(line) },
  );

async function served(more: Partial<ServeOptions> = {}) {
  const result = await ask(more);
  if (!result.ok) throw new Error(result.error.reason);
  ends.push(() => result.value.close());
  const at = (below: string): string => `http://127.0.0.1:${result.value.port}/${below}`;
  return { ...result.value, at };
}

const refused = async (more: Partial<ServeOptions> = {}): Promise<string> => {
  const result = await ask(more);
  if (result.ok) {
    await result.value.close();
    return 'served';
  }
  return `${result.error.code}: ${result.error.reason}`;
};

/** The scenario that the page opens. */
async function scenarioOf(at: (below: string) => string) {
  const parsed = parseScenario(
    await (await fetch(at('scenarios/own-kernel.yaml'))).text(),
    'own-kernel.yaml',
  );
  if (!parsed.ok) throw new Error(parsed.error.reason);
  return parsed.value;
}
const linesOf = async (at: (below: string) => string): Promise<string[]> =>
  (await scenarioOf(at)).setup.map((step) => (step.kind === 'kerf' ? step.line : step.kind));

test('the page comes isolated, and its bare address leads to the kernel', async () => {
  const { at } = await served();
  const bare = await fetch(at(''), { redirect: 'manual' });
  expect(bare.status).toBe(302);
  expect(bare.headers.get('location')).toBe('/?scenario=own-kernel&follow');
  const page = await fetch(at('?scenario=own-kernel&follow'));
  expect(await page.text()).toBe('<!doctype html>');
  for (const each of [bare, page, await fetch(at('assets/a.js')), await fetch(at('none'))]) {
    expect(each.headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(each.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
  }
  expect((await fetch(at('assets/a.js'))).headers.get('content-type')).toBe('text/javascript');
});

test('the scenario boots the file with what was asked for', async () => {
  const { at } = await served({ cmdline: 'say "hi"', cpus: [4], memory: 16 * MIB, entry: 'm' });
  const scenario = await scenarioOf(at);
  expect(scenario.machine.harts).toBe(5);
  expect(scenario.files).toEqual(['own/my__kernel_.img']);
  expect(await linesOf(at)).toEqual([
    'create own --cpus 4 --memory 16777216 --entry m',
    'load own --kernel own/my__kernel_.img --cmdline "say \\"hi\\""',
    'exec own',
  ]);
  const bytes = new Uint8Array(await (await fetch(at('own/my__kernel_.img'))).arrayBuffer());
  expect(bytes).toEqual(makeImage({}, 256));
});

test('an ELF gets its memory where it was linked, and as much as it needs', async () => {
  const linked = BigInt(RAM_BASE + 300 * MIB);
  write(makeElf({ entry: linked, segments: [{ vaddr: linked, memsz: BigInt(100 * MIB) }] }));
  const { at } = await served();
  expect((await scenarioOf(at)).machine.memory).toBe(406 * MIB);
  expect((await linesOf(at))[0]).toBe(`create own --cpus 0,1 --memory ${102 * MIB} --memory-base 0x92c00000`);
});

test.each<[string, Uint8Array | null, Partial<ServeOptions>, RegExp]>([
  ['no file', null, {}, /^file-unreadable: .*my <kernel>\.img.*ENOENT/],
  ['no image', new Uint8Array(100), {}, /^not-a-kernel: .*my <kernel>\.img: /],
  [
    'too little memory',
    makeImage({ imageSize: BigInt(3 * MIB) }),
    { memory: 2 * MIB },
    /^memory-too-small: .*needs 4M/,
  ],
  [
    'an ELF below RAM',
    makeElf({ entry: 0n, segments: [{ vaddr: 0n }] }),
    {},
    /^elf-outside-ram: .*0x0 and up/,
  ],
])('%s is refused before anything is served', async (_, bytes, options, message) => {
  if (bytes === null) rmSync(path);
  else write(bytes);
  expect(await refused(options)).toMatch(message);
});

test('a port that is taken is refused', async () => {
  const { port } = await served();
  expect(await refused({ port })).toBe(`port-not-to-be-had: port ${port} is in use by another program`);
});

/** The status of a request that fetch would tidy up, or would not send. */
const rawStatus = (port: number, target: string, host = `127.0.0.1:${port}`): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const asked = request({ port, host: '127.0.0.1', path: target, headers: { host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asked.once('error', reject);
    asked.end();
  });

test('nothing outside the page is served, nor to a page of another name', async () => {
  const { port, at } = await served();
  for (const target of [
    '/../secret',
    '/%2e%2e/secret',
    '/..%2fsecret',
    '/assets/../../secret',
    '/assets',
    '/..',
  ])
    expect(await rawStatus(port, target), target).toBe(404);
  for (const target of ['/%', '/a%00b']) expect(await rawStatus(port, target), target).toBe(400);
  expect(await rawStatus(port, '/index.html', 'evil.example')).toBe(403);
  expect(await rawStatus(port, '/index.html', `localhost:${port}`)).toBe(200);
  expect((await fetch(at(''), { method: 'POST' })).status).toBe(405);
});

test('open pages are told of a whole new file, and of one that is none; who comes later, too', async () => {
  const { at, look } = await served();
  const first = await listen(at('own/changes'));
  const [before] = await first(1);
  expect(before).toMatchObject({ kernel: 'own', file: 'own/my__kernel_.img', size: 256, refused: null });

  write(makeImage({}, 300));
  await look();
  await look();
  const [changed] = await first(1);
  expect(changed).toMatchObject({ size: 300, refused: null });
  expect(changed?.hash).not.toBe(before?.hash);
  expect(said.join()).toContain('300 bytes');

  write(new Uint8Array(100));
  for (let i = 0; i < 6; i += 1) await look();
  const refusal = { size: 300, hash: changed?.hash, refused: { code: 'not-a-kernel' } };
  expect(await first(1)).toMatchObject([refusal]);
  expect(await (await listen(at('own/changes')))(1)).toMatchObject([refusal]);
  // What is fetched is the last that was whole.
  expect((await (await fetch(at('own/my__kernel_.img'))).arrayBuffer()).byteLength).toBe(300);
});

/** Reads server-sent events: the next so many. */
async function listen(address: string): Promise<(count: number) => Promise<OwnNews[]>> {
  const controller = new AbortController();
  ends.unshift(() => controller.abort());
  const answer = await fetch(address, { signal: controller.signal });
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return async (count) => {
    const news: OwnNews[] = [];
    while (news.length < count) {
      const end = text.indexOf('\n\n');
      if (end >= 0) {
        news.push(JSON.parse(text.slice('data: '.length, end)) as OwnNews);
        text = text.slice(end + 2);
      } else {
        const { done, value } = await reader.read();
        if (done) throw new Error('the events have ended');
        text += value;
      }
    }
    return news;
  };
}
