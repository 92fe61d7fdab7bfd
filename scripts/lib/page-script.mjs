/** Scripts of bench/ that are put into the page. */
import { join } from 'node:path';
import { build } from 'vite';
import { root } from './build.mjs';

/**
 * The text of one script with everything that the file (relative to the checkout) imports.
 * @param {string} entry
 * @returns {Promise<string>}
 */
export async function pageScript(entry) {
  const [{ output }] = await build({
    root,
    configFile: false,
    publicDir: false,
    logLevel: 'error',
    build: {
      write: false,
      target: 'es2024',
      lib: { entry: join(root, entry), formats: ['iife'], name: 'pageScript' },
    },
  });
  return output[0].code;
}
