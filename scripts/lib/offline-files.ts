/**
 * Vite plugin: gives the service worker (workers/service-worker.ts), an entry of the build of its own, the list of the
 * files that the page is made of, and a version that differs when any of them does.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

const NAME = 'service-worker';
const PLACE = '__BUILT__';

export function offlineFiles(publicFolder: string): Plugin {
  return {
    name: 'offline-files',
    apply: 'build',
    generateBundle: {
      // After index.html is in the bundle.
      order: 'post',
      handler(_options, bundle) {
        const worker = bundle[`${NAME}.js`];
        if (worker?.type !== 'chunk') return this.error(`there is no ${NAME}.js in the build`);
        if (worker.imports.length > 0) return this.error(`${NAME}.js has to be one file`);
        const built = Object.values(bundle)
          .filter((output) => output !== worker && !output.fileName.endsWith('.map'))
          .map((output): [string, string | Uint8Array] => [
            output.fileName,
            output.type === 'chunk' ? output.code : output.source,
          ]);
        const copied = readdirSync(publicFolder, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name))
          .map((path): [string, Uint8Array] => [
            path.slice(publicFolder.length + 1).replaceAll('\\', '/'),
            readFileSync(path),
          ]);
        const all = [...built, ...copied].sort(([a], [b]) => (a < b ? -1 : 1));
        const hash = createHash('sha256');
        for (const [file, content] of all) hash.update(file).update('\0').update(content).update('\0');
        const version = hash.digest('hex').slice(0, 16);
        const list = JSON.stringify({ version, files: all.map(([file]) => file) });
        worker.code = worker.code.replaceAll(PLACE, () => list);
      },
    },
  };
}
