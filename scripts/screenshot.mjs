/** `npm run screenshot`: docs/playground.png, the README's picture, from the production build after a few seconds. */
import { join } from 'node:path';
import { installPackages, requireNode } from './lib/setup.mjs';

requireNode();
installPackages();
const { buildIfStale, root } = await import('./lib/build.mjs');
const { findChromium } = await import('./lib/chromium.mjs');
const { preview } = await import('vite');
const { chromium } = await import('@playwright/test');

const executablePath = findChromium();
if (executablePath === null) {
  console.error('no Chromium found: install one, or set CHROMIUM to its path');
  process.exit(1);
}
await buildIfStale('page');
const server = await preview({ root, logLevel: 'error', preview: { host: '127.0.0.1', port: 4191 } });
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
const page = await browser.newPage({ viewport: { width: 1280, height: 680 }, colorScheme: 'dark' });
await page.goto(server.resolvedUrls.local[0]);
await page.waitForFunction(() => ['alpha', 'beta'].every((name) => window.archipelago.beats(name) > 20));
const type = (name, text) =>
  page.evaluate(
    async ([kernel, line]) => {
      const { services } = window.archipelago;
      const { instances } = await services.view();
      const id = instances.find((instance) => instance.name === kernel).id;
      await services.type(id, new TextEncoder().encode(line));
    },
    [name, text],
  );
await type('alpha', 'ping beta 3\n');
await page.waitForFunction(() => window.archipelago.consoleText('alpha').includes('n=3'));
await type('beta', 'cores\n');
await page.waitForFunction(() => window.archipelago.consoleText('beta').includes('core 3'));
await page.screenshot({ path: join(root, 'docs/playground.png') });
await browser.close();
process.exit(0);
