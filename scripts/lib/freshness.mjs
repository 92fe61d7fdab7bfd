/** Tells whether something built is older than what it is built from. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Time of the latest change of a file under `paths` (files or folders), in ms since 1970; 0 when there is none.
 * @param {string[]} paths
 * @returns {number}
 */
function newestChange(paths) {
  let newest = 0;
  for (const path of paths) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) continue;
    // A folder's own time changes when a file in it goes away.
    newest = Math.max(newest, stat.mtimeMs);
    if (!stat.isDirectory()) continue;
    newest = Math.max(newest, newestChange(readdirSync(path).map((name) => join(path, name))));
  }
  return newest;
}

/**
 * True when `built` (a file) is missing or older than a file under `sources`.
 * @param {string} built
 * @param {string[]} sources
 */
export function isStale(built, sources) {
  const stat = statSync(built, { throwIfNoEntry: false });
  return stat === undefined || stat.mtimeMs < newestChange(sources);
}
