/** Entry of the headless runner. Its workers are built beside it (vite.cli.config.ts). */
import { fileURLToPath } from 'node:url';
import { dispatch } from './dispatch.ts';
import { nodeWorkers } from './node-workers.ts';

const status = await dispatch(process.argv.slice(2), {
  workers: nodeWorkers(new URL('./hart.js', import.meta.url)),
  publicFolder: fileURLToPath(new URL('../public/', import.meta.url)),
  say: (line) => void process.stdout.write(`${line}\n`),
  complain: (line) => void process.stderr.write(`${line}\n`),
});
// Standard input may still be open, and an abandoned step may still wait.
process.exit(status);
