/**
 * `npm run soak:page`: kernels started and killed, harts moved and kernels handed over on the page, many times, in a
 * headless Chromium; `npm run soak:page -- --part moves --rounds 200`. Ends with status 0 when nothing failed or grew, 1
 * when something did or there is no Chromium, 2 when it was called wrongly.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installPackages, requireNode } from './lib/setup.mjs';

requireNode();
installPackages();
const { buildIfStale, root } = await import('./lib/build.mjs');
const { findChromium } = await import('./lib/chromium.mjs');
const { pageScript } = await import('./lib/page-script.mjs');
const { preview } = await import('vite');

await buildIfStale('cli');
const soak = await import(pathToFileURL(join(root, 'dist-cli/page-soak.js')).href);
const asked = soak.readPageSoak(process.argv.slice(2));
if (!asked.ok) {
  for (const line of [asked.error.reason, ...soak.usageLines()]) console.error(line);
  process.exit(2);
}
const executablePath = findChromium();
if (executablePath === null) {
  console.error('no Chromium found: install one, or set CHROMIUM to its path');
  process.exit(1);
}
await buildIfStale('page');
const server = await preview({ root, logLevel: 'error', preview: { host: '127.0.0.1', port: 4192 } });
const held = await soak.soakPage(asked.value, {
  url: server.resolvedUrls.local[0],
  executablePath,
  rounds: await pageScript('bench/page-rounds.ts'),
  say: (line) => console.log(line),
  complain: (line) => console.error(line),
});
process.exit(held ? 0 : 1);
