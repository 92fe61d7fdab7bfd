/** The entry of the workers of harts, built as the headless runner has it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';

export interface BuiltHarts {
  /** For `nodeWorkers`. */
  readonly entry: URL;
  /** Deletes what was built. */
  readonly remove: () => Promise<void>;
}

export async function buildHarts(): Promise<BuiltHarts> {
  const folder = await mkdtemp(join(tmpdir(), 'hart-'));
  const input = fileURLToPath(new URL('../../workers/node/hart.ts', import.meta.url));
  await build({
    configFile: false,
    logLevel: 'silent',
    publicDir: false,
    build: {
      ssr: true,
      outDir: folder,
      rolldownOptions: { input, external: /^node:/, output: { format: 'es', entryFileNames: 'hart.mjs' } },
    },
  });
  return {
    entry: pathToFileURL(join(folder, 'hart.mjs')),
    remove: () => rm(folder, { recursive: true }),
  };
}
