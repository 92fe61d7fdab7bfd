import { defineConfig } from 'vite';
import react from '@vitejs/plugin-react';
import { join } from 'node:path';
import { offlineFiles } from './scripts/lib/offline-files.ts';
import { lessonIndex } from './scripts/lib/lesson-index.ts';
import { scenarioIndex } from './scripts/lib/scenario-index.ts';
import { openingScenario } from './scripts/lib/opening-scenario.ts';

/** Shared memory needs a cross-origin isolated page. */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

export default defineConfig({
  // Relative paths: the built folder works under any path of any static host.
  base: './',
  plugins: [
    react(),
    openingScenario(join(import.meta.dirname, 'public/scenarios/sixty-seconds.yaml')),
    scenarioIndex(join(import.meta.dirname, 'public/scenarios')),
    lessonIndex(join(import.meta.dirname, 'public/lessons')),
    offlineFiles(join(import.meta.dirname, 'public')),
  ],
  server: { headers: isolation },
  preview: { headers: isolation },
  worker: { format: 'es' },
  // Atomics.waitAsync, WebAssembly threads and top-level await are needed anyway.
  build: {
    target: 'es2024',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
    rolldownOptions: {
      input: { index: 'index.html', 'service-worker': 'workers/service-worker.ts' },
      output: {
        // A service worker reaches no further than the folder it lies in, and is found by its name.
        entryFileNames: ({ name }) => (name === 'service-worker' ? '[name].js' : 'assets/[name]-[hash].js'),
      },
    },
  },
});
