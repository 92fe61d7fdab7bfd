/** What `npm start` and `npm test` need before anything else: a Node that is new enough, and the packages. */
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** Ends the process with a sentence when this Node is older than package.json asks for. */
export function requireNode() {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const needed = /(\d+)\.(\d+)/.exec(engines.node);
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [, needMajor, needMinor] = (needed ?? []).map(Number);
  if (major > needMajor || (major === needMajor && minor >= needMinor)) return;
  console.error(
    `Archipelago needs Node ${needMajor}.${needMinor} or newer; this is Node ${process.versions.node}.`,
  );
  process.exit(1);
}

/**
 * Installs the packages of the lock file with `npm ci` unless node_modules is as new. Ends the process when that fails.
 * npm's own output goes to standard error.
 */
export function installPackages() {
  const changed = (path) => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (changed('node_modules/.package-lock.json') >= changed('package-lock.json')) return;
  console.error('Installing the packages of package-lock.json …');
  const npm = process.env.npm_execpath;
  const [command, args] = npm ? [process.execPath, [npm]] : ['npm', []];
  const result = spawnSync(command, [...args, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: !npm && process.platform === 'win32',
  });
  if (result.status === 0) return;
  console.error('npm ci failed; its message is above.');
  process.exit(1);
}
