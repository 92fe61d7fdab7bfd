/** Builds the page and the headless runner when their sources are newer. */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isStale } from './freshness.mjs';

export const root = join(import.meta.dirname, '../..');

const SHARED = ['src', 'workers', 'package-lock.json', 'tsconfig.json', 'tsconfig.base.json'];
const TARGETS = {
  page: {
    folder: 'dist',
    built: 'index.html',
    config: 'vite.config.ts',
    sources: [...SHARED, 'vite.config.ts', 'index.html', 'public'],
  },
  cli: {
    folder: 'dist-cli',
    built: 'main.js',
    config: 'vite.cli.config.ts',
    sources: [...SHARED, 'vite.cli.config.ts'],
  },
};

/**
 * Builds what is stale, silently; another process never sees half of it. Returns whether it built.
 * @param {'page' | 'cli'} target
 */
export async function buildIfStale(target) {
  const { folder, built, config, sources } = TARGETS[target];
  const output = join(root, folder);
  if (
    !isStale(
      join(output, built),
      sources.map((source) => join(root, source)),
    )
  )
    return false;
  const fresh = join(root, 'build', `${folder}.${process.pid}`);
  const old = `${fresh}.old`;
  const { build } = await import('vite');
  try {
    await build({
      root,
      configFile: join(root, config),
      logLevel: 'error',
      build: { outDir: fresh, emptyOutDir: true },
    });
    if (existsSync(output)) renameSync(output, old);
    renameSync(fresh, output);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    rmSync(old, { recursive: true, force: true });
  }
  return true;
}
