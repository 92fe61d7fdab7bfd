/**
 * `npm start`: serves the playground, on a fresh clone too. Installs the packages, builds the page when its sources are
 * newer, and ends by printing the address. `--port N` asks for a port (5173; a busy one gives way to the next, unless
 * `--strict-port`).
 */
import { installPackages, requireNode } from './lib/setup.mjs';

requireNode();
const { parseArgs } = await import('node:util');
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
await buildIfStale('page', () => console.log('Building the page …'));
const server = await preview({
  root,
  logLevel: 'error',
  preview: { host: '127.0.0.1', port, strictPort: values['strict-port'] },
}).catch((error) => {
  console.error(`port ${port} cannot be served: ${error.message}`);
  console.error('another one: npm start -- --port N');
  process.exit(1);
});
// Behind a busy port the server took a later one by itself.
const [address = ''] = server.resolvedUrls?.local ?? [];
if (Number(new URL(address).port || 80) !== port) console.log(`Port ${port} is in use by another program.`);
console.log(`Archipelago is at ${address}`);
console.log('Ctrl-C ends it.');
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(0));
