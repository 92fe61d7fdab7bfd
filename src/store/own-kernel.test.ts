import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { sha256 } from '../base/sha256.ts';
import type { OwnNews } from '../protocol/own-kernel.ts';
import { launch } from './launch.ts';
import { kerf, scenarioOf, starting } from './launch.testkit.ts';
import { forgetMachine, useMachine } from './machine-store.ts';
import { newsTaker } from './own-kernel.ts';

const PAGE = 'http://127.0.0.1:5173/?scenario=own-kernel&follow';
const FILE = 'own/k.img';

/** What the server has, and how often it was asked. */
let onServer: Uint8Array<ArrayBuffer>;
let fetched: string[];
let take: (news: OwnNews) => Promise<void>;

/** `j .` over and over: a kernel that hears nothing and ends by force alone. */
function image(length: number, imageSize = 0x2000): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x6f, true);
  view.setUint32(16, imageSize, true);
  view.setUint32(32, 2, true);
  view.setUint32(56, 0x0543_5352, true);
  return bytes;
}

beforeEach(async () => {
  vi.stubGlobal('crossOriginIsolated', true);
  onServer = image(100);
  fetched = [];
  vi.stubGlobal('fetch', (address: URL | string) => {
    fetched.push(String(address));
    return Promise.resolve(new Response(onServer));
  });
  take = newsTaker(PAGE);
  await launch({
    scenario: scenarioOf({
      files: [FILE],
      setup: [
        kerf('create own --cpus 0 --memory 8M'),
        kerf(`load own --kernel ${FILE} --cmdline "a b"`),
        kerf('exec own'),
      ],
    }),
    start: starting(),
  });
  fetched = [];
});
afterEach(() => {
  useMachine.getState().machine?.dispose();
  forgetMachine();
  vi.unstubAllGlobals();
});

async function news(bytes: Uint8Array<ArrayBuffer>, refused: OwnNews['refused'] = null): Promise<OwnNews> {
  return { kernel: 'own', file: FILE, hash: await sha256(bytes), size: bytes.length, refused };
}
/** What was printed since the setup's three lines. */
const printed = (): string[] =>
  useMachine
    .getState()
    .kerfLog.slice(3)
    .map(({ reply }) => reply.line || reply.output);
const own = () => useMachine.getState().view?.instances.find(({ name }) => name === 'own');

test('a file that has changed is booted in its kernel, with its command line, and that is printed', async () => {
  await take(await news(onServer));
  expect(printed()).toEqual([]);
  onServer = image(120);
  await take(await news(onServer));
  expect(fetched).toEqual(['http://127.0.0.1:5173/own/k.img']);
  expect(printed()).toEqual([
    expect.stringMatching(/^k\.img has changed: 120 bytes, SHA-256 [0-9a-f]{64}\. own ends, and boots it\.$/),
    'kerf kill own --force',
    'kerf unload own',
    'kerf load own --kernel own/k.img --cmdline "a b"',
    'kerf exec own',
  ]);
  expect(own()).toMatchObject({ state: 'active', bootId: 2 });
});

test('what is no image, or does not fit, is said, and the kernel goes on', async () => {
  await take(await news(onServer));
  await take(await news(onServer, { code: 'too-short', reason: 'it has 1 byte', hint: 'add some' }));
  onServer = image(120, 0x100_0000);
  await take(await news(onServer));
  expect(printed()).toEqual([
    'k.img is another file now, and no image. Refused (too-short): it has 1 byte; add some.',
    expect.stringMatching(/own goes on with the one before\. Refused \(image-too-large\): /),
  ]);
  expect(own()).toMatchObject({ state: 'active', bootId: 1 });
});

test('of changes that come while one is carried out, only the last is booted', async () => {
  await take(await news(onServer));
  onServer = image(140);
  const old = [await news(image(120)), await news(image(130))];
  // It had changed again when it was fetched.
  await take(await news(image(110)));
  expect(printed()).toEqual([]);
  await Promise.all([...old, await news(onServer)].map((each) => take(each)));
  expect(fetched).toHaveLength(2);
  expect(printed().filter((line) => line.includes('exec'))).toHaveLength(1);
  expect(printed()[0]).toContain('140 bytes');
});

test('what could not be fetched is booted when the server is there again', async () => {
  await take(await news(onServer));
  onServer = image(150);
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no server')));
  await take(await news(onServer));
  expect(printed()).toEqual([]);
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(onServer)));
  await take(await news(onServer));
  expect(printed()).toHaveLength(5);
});

test('without its kernel nothing is done, and that is said', async () => {
  await take(await news(onServer));
  const { machine } = useMachine.getState();
  for (const line of ['kill own --force', 'unload own', 'delete own']) await machine?.kerf(`kerf ${line}`);
  onServer = image(120);
  await take(await news(onServer));
  expect(printed().at(-1)).toContain('There is no kernel own to boot it');
});
