/**
 * Vite plugin: `virtual:scenario-index` tells of every scenario of a folder what a gallery shows (protocol/scenario-index.ts):
 * each is read and checked when the page is built, so that the pictures are what the scenarios make.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';
import { indexScenario } from '../../src/session/index-scenario.ts';
import { parseScenario } from '../../src/session/scenario-file.ts';

const ID = 'virtual:scenario-index';
const RESOLVED = `\0${ID}`;

export function scenarioIndex(folder: string): Plugin {
  return {
    name: 'scenario-index',
    resolveId: (id) => (id === ID ? RESOLVED : null),
    load(id) {
      if (id !== RESOLVED) return null;
      const index = readdirSync(folder)
        .filter((file) => file.endsWith('.yaml'))
        .map((file) => {
          const path = join(folder, file);
          this.addWatchFile(path);
          const parsed = parseScenario(readFileSync(path, 'utf8'), file);
          if (!parsed.ok) return this.error(parsed.error.reason);
          const indexed = indexScenario(parsed.value);
          return indexed.ok ? indexed.value : this.error(`${file}: ${indexed.error.reason}`);
        })
        .filter((indexed) => indexed !== null);
      return `export default ${JSON.stringify(index)};`;
    },
  };
}
