/**
 * What `npm start` and `npm test` need before anything else: a Node that is new enough, and the packages. This file, and
 * what the scripts import before `requireNode`, has to load in an older Node: no `import.meta.dirname`, for one.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Ends the process with a sentence when this Node is older than package.json asks for. */
export function requireNode() {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const needed = /(\d+)\.(\d+)/.exec(engines.node);
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [, needMajor, needMinor] = (needed ?? []).map(Number);
  if (major > needMajor || (major === needMajor && minor >= needMinor)) return;
  console.error(
    `Archipelago needs Node ${needMajor}.${needMinor} or newer; this is Node ${process.versions.node}. See https://nodejs.org/.`,
  );
  process.exit(1);
}

/** Ends the process with a sentence when nothing can be written into the project's folder. */
export function requireWritable() {
  try {
    accessSync(root, constants.W_OK);
  } catch (error) {
    const why = error.code === 'EROFS' ? 'its file system is read-only' : 'you may not write there';
    console.error(
      `Packages and builds go into ${root}, and ${why}: use a copy of the project in a folder of yours.`,
    );
    process.exit(1);
  }
}

/**
 * Installs the packages of the lock file with `npm ci` unless node_modules is as new. Ends the process when that fails.
 * npm's own output goes to standard error.
 * @param {{ limitMs?: number }} options `limitMs`: how long npm may take; without it, as long as it takes
 */
export function installPackages({ limitMs } = {}) {
  const changed = (path) => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (changed('node_modules/.package-lock.json') >= changed('package-lock.json')) return;
  requireWritable();
  console.error('Installing the packages of package-lock.json …');
  const npm = process.env.npm_execpath;
  const [command, args] = npm ? [process.execPath, [npm]] : ['npm', []];
  // Without a network npm would wait for more than a minute between its tries, in silence.
  const patience = ['--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=10000'];
  const result = spawnSync(
    command,
    [...args, 'ci', '--no-audit', '--no-fund', '--loglevel=error', ...patience],
    {
      cwd: root,
      stdio: ['ignore', 2, 2],
      shell: !npm && process.platform === 'win32',
      timeout: limitMs,
    },
  );
  if (result.status === 0) return;
  if (result.error?.code === 'ETIMEDOUT') {
    console.error(
      `The packages were not there after ${limitMs / 1000} s. Run npm ci, which has no limit, and then this again.`,
    );
    process.exit(1);
  }
  console.error(
    result.error
      ? `npm cannot be run (${result.error.message}): it comes with Node, and has to be on PATH.`
      : 'The packages could not be installed; what npm said is above. They come over the network: if there is no ' +
          'connection, or only one through a proxy (npm config set proxy …), mend that and run this again.',
  );
  process.exit(1);
}
