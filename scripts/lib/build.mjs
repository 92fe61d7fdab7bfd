/** Builds the page and the headless runner when their sources are newer. */
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isStale } from './freshness.mjs';
import { requireWritable } from './setup.mjs';

export const root = join(import.meta.dirname, '../..');

const SHARED = ['src', 'workers', 'package-lock.json', 'tsconfig.json', 'tsconfig.base.json'];
const TARGETS = {
  page: {
    folder: 'dist',
    built: 'index.html',
    config: 'vite.config.ts',
    sources: [
      ...SHARED,
      'vite.config.ts',
      'scripts/lib/lesson-index.ts',
      'scripts/lib/opening-scenario.ts',
      'scripts/lib/scenario-index.ts',
      'index.html',
      'public',
    ],
  },
  cli: {
    folder: 'dist-cli',
    built: 'main.js',
    config: 'vite.cli.config.ts',
    sources: [...SHARED, 'bench', 'vite.cli.config.ts'],
  },
};

/**
 * Builds what is stale, silently; another process never sees half of it. Returns whether it built.
 * @param {'page' | 'cli'} target
 * @param {() => void} onBuild called when a build begins
 */
export async function buildIfStale(target, onBuild = () => {}) {
  const { folder, built, config, sources } = TARGETS[target];
  const output = join(root, folder);
  const paths = sources.map((source) => join(root, source));
  if (!isStale(join(output, built), paths)) return false;
  requireWritable();
  onBuild();
  const fresh = join(root, 'build', `${folder}.${process.pid}`);
  const { build } = await import('vite');
  try {
    await build({
      root,
      configFile: join(root, config),
      logLevel: 'error',
      build: { outDir: fresh, emptyOutDir: true },
    });
    replace(output, fresh);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return true;
}

/** Puts the folder `fresh` in the place of `output`, while other processes may be doing the same. */
function replace(output, fresh) {
  const old = `${fresh}.old`;
  for (;;) {
    try {
      renameSync(output, old);
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
    rmSync(old, { recursive: true, force: true });
    try {
      return renameSync(fresh, output);
    } catch (error) {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    }
  }
}
