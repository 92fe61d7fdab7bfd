/**
 * Vite plugin: `virtual:opening-scenario` is the scenario that the page opens by itself, read and checked when the page is
 * built. So the first visit loads no reader of scenarios; other scenarios are read as text (src/store/launch.ts).
 */
import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';
import { parseScenario } from '../../src/session/scenario-file.ts';

const ID = 'virtual:opening-scenario';
const RESOLVED = `\0${ID}`;

/** `file`: path of the scenario. Only its setup goes along: the page runs no more of it. */
export function openingScenario(file: string): Plugin {
  return {
    name: 'opening-scenario',
    resolveId: (id) => (id === ID ? RESOLVED : null),
    load(id) {
      if (id !== RESOLVED) return null;
      this.addWatchFile(file);
      const parsed = parseScenario(readFileSync(file, 'utf8'), file);
      if (!parsed.ok) return this.error(parsed.error.reason);
      const { name, description, machine, files, setup } = parsed.value;
      const scenario = { name, description, machine, files, setup, steps: [] };
      // A regular expression does not pass as JSON: it would arrive as an empty object.
      const json = JSON.stringify(scenario, (_, value: unknown) =>
        value instanceof RegExp ? this.error(`${file}: the setup expects a pattern; use text`) : value,
      );
      return `export default ${json};`;
    },
  };
}
