/** Entry of the headless runner. Its workers are built beside it (vite.cli.config.ts). */
import { fileURLToPath } from 'node:url';
import { dispatch } from './dispatch.ts';
import { nodeWorkers } from './node-workers.ts';

/** The built folder lies beside ours, and is built by a script of the sources. */
async function builtPage(): Promise<string> {
  const script = new URL('../scripts/lib/build.mjs', import.meta.url).href;
  const { buildIfStale } = (await import(/* @vite-ignore */ script)) as {
    readonly buildIfStale: (target: 'page', onBuild: () => void) => Promise<boolean>;
  };
  await buildIfStale('page', () => void process.stdout.write('Building the page …\n'));
  return fileURLToPath(new URL('../dist', import.meta.url));
}

const status = await dispatch(process.argv.slice(2), {
  workers: nodeWorkers(new URL('./hart.js', import.meta.url)),
  publicFolder: fileURLToPath(new URL('../public/', import.meta.url)),
  builtPage,
  say: (line) => void process.stdout.write(`${line}\n`),
  complain: (line) => void process.stderr.write(`${line}\n`),
});
// Standard input may still be open, and an abandoned step may still wait.
process.exit(status);
