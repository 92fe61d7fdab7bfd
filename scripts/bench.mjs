/**
 * `npm run bench`: the measurements of bench/main.ts, all or those named (`npm run bench -- speed idle`). Figures are of
 * this host at this moment: measure while it does nothing else. Ends with status 1 when a limit was missed.
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

const MEASUREMENTS = ['speed', 'idle', 'kill', 'page', 'page-load'];
const names = process.argv.slice(2);
const unknown = names.filter((name) => !MEASUREMENTS.includes(name));
if (unknown.length > 0) {
  console.error(`there is no measurement "${unknown[0]}": ${MEASUREMENTS.join(', ')}`);
  process.exit(2);
}
await buildIfStale('cli');
await buildIfStale('page');
const server = await preview({ root, logLevel: 'error', preview: { host: '127.0.0.1', port: 4190 } });
const executablePath = findChromium();
const { bench } = await import(pathToFileURL(join(root, 'dist-cli/bench.js')).href);
const held = await bench({
  names,
  page:
    executablePath === null
      ? null
      : {
          url: server.resolvedUrls.local[0],
          executablePath,
          generator: await pageScript('bench/trace-load.ts'),
        },
});
process.exit(held ? 0 : 1);
