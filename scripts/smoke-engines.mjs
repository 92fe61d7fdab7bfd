/**
 * `npm run smoke:engines`: the first conversation with the playground in three browser engines, in a tab and in a frame.
 *
 *   chromium   as the end-to-end tests find it
 *   firefox    Debian's firefox-esr
 *   webkit     Debian's webkit2gtk-driver, with MiniBrowser of libwebkit2gtk-4.1-0, and xvfb
 *
 * `npm run smoke:engines -- firefox webkit` takes some of them. As root on Debian it installs what is missing. In each:
 * the default scenario boots, core 2 is dragged to beta, `ping beta 3` is answered: once in a tab of a server that sends
 * the isolation headers (Parallel mode), once in a frame of a page without them (Repeatable mode), once in a tab of a
 * server that sends none, below another path, where the service worker adds them.
 *
 * Exit codes: 0 all held, 1 something did not hold or an engine is missing, 2 no such engine.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { canInstall, install } from './lib/apt.mjs';
import { installPackages, requireNode } from './lib/setup.mjs';

const ENGINES = ['chromium', 'firefox', 'webkit'];
/** Milliseconds for each thing that is waited for. */
const LIMIT_MS = 60_000;
const LOOK_EVERY_MS = 100;
const WEBDRIVER_PORT = 4197;

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !ENGINES.includes(name));
if (unknown.length > 0) {
  console.error(`no such engine: ${unknown.join(', ')}; there are ${ENGINES.join(', ')}`);
  process.exit(2);
}
if (typeof WebSocket === 'undefined') {
  // Node 20 has it behind a flag, and Firefox is spoken to over it.
  const args = ['--experimental-websocket', fileURLToPath(import.meta.url), ...asked];
  process.exit(spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1);
}
requireNode();
installPackages();
const { buildIfStale, root } = await import('./lib/build.mjs');
const { click, drag, type } = await import('./lib/engine-gestures.mjs');
const { ISOLATION, serveFolder } = await import('./lib/static-server.mjs');

/** First path that is there, after installing the packages if need be; throws what is missing. */
function find(what, paths, packages) {
  const there = () => paths.find((path) => existsSync(path));
  if (there() === undefined && canInstall()) packages.forEach(install);
  const found = there();
  if (found === undefined)
    throw new Error(`${what} is not here; on Debian: apt-get install ${packages.join(' ')}`);
  return found;
}

const OPEN = {
  async chromium() {
    const { findChromium } = await import('./lib/chromium.mjs');
    const { chromium } = await import('@playwright/test');
    const executablePath = findChromium() ?? find('Chromium', ['/usr/bin/chromium'], ['chromium']);
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    const page = await browser.newPage({ viewport: { width: 1280, height: 680 } });
    return {
      open: (url) => page.goto(url),
      evaluate: (expression) => page.evaluate(expression),
      act: (actions) => perform(page, actions),
      close: () => browser.close(),
    };
  },
  async firefox() {
    const { openFirefox } = await import('./lib/bidi-browser.mjs');
    return openFirefox(find('Firefox', ['/usr/bin/firefox-esr', '/usr/bin/firefox'], ['firefox-esr']));
  },
  async webkit() {
    const { openWebKit } = await import('./lib/webdriver-browser.mjs');
    const libraries = ['x86_64-linux-gnu', 'aarch64-linux-gnu'];
    return openWebKit({
      driver: find('WebKitWebDriver', ['/usr/bin/WebKitWebDriver'], ['webkit2gtk-driver']),
      binary: find(
        'MiniBrowser',
        libraries.map((library) => `/usr/lib/${library}/webkit2gtk-4.1/MiniBrowser`),
        ['libwebkit2gtk-4.1-0'],
      ),
      display: find('Xvfb', ['/usr/bin/Xvfb'], ['xvfb']),
      port: WEBDRIVER_PORT,
    });
  },
};

/** WebDriver's actions by Playwright. */
async function perform(page, [{ actions }]) {
  for (const { type: kind, x, y, value, duration = 0 } of actions) {
    if (kind === 'pointerMove') await page.mouse.move(x, y);
    else if (kind === 'pointerDown') await page.mouse.down();
    else if (kind === 'pointerUp') await page.mouse.up();
    else if (kind === 'keyDown') await page.keyboard.down(value === '\uE007' ? 'Enter' : value);
    else if (kind === 'keyUp') await page.keyboard.up(value === '\uE007' ? 'Enter' : value);
    if (duration > 0) await new Promise((settle) => setTimeout(settle, duration));
  }
}

/** Waits until an expression is true; says what it was about and what the page showed. */
async function until(browser, what, expression) {
  let last;
  for (const end = performance.now() + LIMIT_MS; performance.now() < end;) {
    // A page that loads itself anew has no answer meanwhile.
    last = await browser.evaluate(expression).catch((error) => error.message);
    if (last === true) return;
    await new Promise((settle) => setTimeout(settle, LOOK_EVERY_MS));
  }
  const shown = await browser.evaluate('document.body.innerText.slice(0, 1500)').catch(String);
  throw new Error(`${what}: not within ${LIMIT_MS / 1000} s (${last})\n${shown}`);
}

const FRAME = 'document.querySelector("iframe")';

/** The conversation, in the page or in its frame. */
async function converse(browser, framed, mode) {
  const window = framed ? `${FRAME}.contentWindow` : 'window';
  const inPage = (body) =>
    `(({ document, archipelago: page } = {}) => ${body})(${framed ? `${FRAME}?.contentWindow ?? {}` : 'globalThis'})`;
  const middle = async (selector) => {
    const place = framed ? `((frame) => [frame.x, frame.y])(${FRAME}.getBoundingClientRect())` : '[0, 0]';
    const text = await browser.evaluate(
      `JSON.stringify((([x, y], box) => ({ x: x + box.x + box.width / 2, y: y + box.y + box.height / 2 }))(${place}, ${window}.document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect()))`,
    );
    return JSON.parse(text);
  };
  const began = performance.now();
  await until(
    browser,
    'both kernels boot and beat',
    inPage(`['alpha', 'beta'].every((name) => page?.beats(name) > 3)`),
  );
  const booted = performance.now() - began;
  await until(
    browser,
    `${mode} mode`,
    inPage(`(document.querySelector('[data-testid=plain-badge]') !== null) === ${mode === 'repeatable'}`),
  );
  await browser.act(
    drag(
      await middle('[data-testid=column-free] [data-testid=core-2]'),
      await middle('[data-testid=column-beta] [data-testid=state-beta]'),
    ),
  );
  await until(
    browser,
    'core 2 is moved to beta',
    inPage(`document.querySelector('[data-testid=column-beta] [data-testid=core-2]') !== null`),
  );
  await until(
    browser,
    'beta has taken core 2',
    inPage(`document.querySelector('[data-testid=kerf-log]').textContent.includes('hart 2 joined beta')`),
  );
  await browser.act(click(await middle('[data-testid=console-alpha] .xterm-screen')));
  await browser.act(type('ping beta 3\uE007'));
  await until(
    browser,
    'three replies to a ping',
    inPage(`(page.consoleText('alpha').match(/reply from beta/g) ?? []).length === 3`),
  );
  return booted;
}

const built = join(root, 'dist');
const LECTURE = `<!doctype html><html lang="en"><title>Lecture</title><body style="margin: 0">
  <iframe src="/?embed" title="Archipelago" width="1250" height="640" style="border: 0"></iframe></body></html>`;
await buildIfStale('page', () => console.log('Building the page …'));
const isolated = await serveFolder(built, '/', { headers: ISOLATION });
const plain = await serveFolder(built, '/', { pages: { '/lecture.html': LECTURE } });
const below = await serveFolder(built, '/some/path/');

const PLACES = [
  { name: 'tab', url: isolated.address, framed: false, mode: 'parallel' },
  { name: 'frame without isolation', url: `${plain.address}lecture.html`, framed: true, mode: 'repeatable' },
  { name: 'tab, no headers, below a path', url: below.address, framed: false, mode: 'parallel' },
];

let failed = 0;
for (const engine of asked.length > 0 ? asked : ENGINES) {
  let browser;
  try {
    browser = await OPEN[engine]();
    console.log(`${engine}: ${await browser.evaluate('navigator.userAgent')}`);
    for (const { name, url, framed, mode } of PLACES) {
      try {
        await browser.open(url);
        const booted = await converse(browser, framed, mode);
        console.log(
          `  ${name}: ${mode}; both beat after ${Math.round(booted)} ms, core moved, ping answered`,
        );
      } catch (error) {
        failed += 1;
        console.log(`  ${name}: FAILED: ${error.message}`);
      }
    }
  } catch (error) {
    failed += 1;
    console.log(`${engine}: FAILED: ${error.message}`);
  } finally {
    await browser?.close();
  }
}
await Promise.all([isolated, plain, below].map((server) => server.close()));
console.log(failed === 0 ? 'all held' : `${failed} did not hold`);
process.exit(failed === 0 ? 0 : 1);
