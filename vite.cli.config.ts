import { readdirSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { basename, join } from 'node:path';
import { defineConfig } from 'vite';

/**
 * The Node bundle: the headless runner and the entry points of its workers, which it finds beside itself by name
 * (`hart.js` for workers/node/hart.ts).
 */
const root = import.meta.dirname;
const workers = readdirSync(join(root, 'workers/node')).filter((file) => file.endsWith('.ts'));

export default defineConfig({
  publicDir: false,
  build: {
    ssr: true,
    target: 'node20',
    outDir: 'dist-cli',
    emptyOutDir: true,
    sourcemap: true,
    rolldownOptions: {
      input: {
        main: join(root, 'src/cli/main.ts'),
        bench: join(root, 'bench/main.ts'),
        'page-soak': join(root, 'bench/page-soak.ts'),
        ...Object.fromEntries(
          workers.map((file) => [basename(file, '.ts'), join(root, 'workers/node', file)]),
        ),
      },
      external: [...builtinModules, /^node:/, '@playwright/test'],
      output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
    },
  },
  ssr: { noExternal: true, target: 'node' },
});
