/**
 * `npm start`: serves the playground, on a fresh clone too. Installs the packages, builds the page when its sources are
 * newer, and ends by printing the address. `--port N` asks for a port (5173; a busy one gives way to the next, unless
 * `--strict-port`).
 */
import { parseArgs } from 'node:util';
import { installPackages, requireNode } from './lib/setup.mjs';

requireNode();
const { values } = parseArgs({
  options: { port: { type: 'string', default: '5173' }, 'strict-port': { type: 'boolean', default: false } },
});
const port = /^\d{1,5}$/.test(values.port) ? Number(values.port) : NaN;
if (!(port > 0 && port < 65_536)) {
  console.error(`--port ${values.port} is not a port number`);
  process.exit(2);
}
installPackages();

const { buildIfStale, root } = await import('./lib/build.mjs');
const { preview } = await import('vite');
await buildIfStale('page');
const server = await preview({
  root,
  logLevel: 'error',
  preview: { host: '127.0.0.1', port, strictPort: values['strict-port'] },
});
const [address] = server.resolvedUrls?.local ?? [];
console.log(`Archipelago is at ${address}`);
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(0));
