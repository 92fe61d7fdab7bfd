/** Installs a Debian package where that is ours to do: as root, with apt-get. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Milliseconds that one call of apt-get may take. */
const LIMIT_MS = 180_000;

/** True when this process may install Debian packages. */
export const canInstall = () =>
  process.getuid?.() === 0 && existsSync('/etc/debian_version') && existsSync('/usr/bin/apt-get');

/**
 * Installs the package; true when apt-get says that it is there now.
 * @param {string} name
 */
export function install(name) {
  if (!canInstall()) return false;
  console.log(`Installing the Debian package ${name} …`);
  const apt = (...args) =>
    spawnSync('apt-get', args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
      timeout: LIMIT_MS,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  const get = () => apt('install', '-y', '--no-install-recommends', name);
  if (get().status === 0) return true;
  // The lists of a fresh image may be missing or old.
  const lists = apt('update');
  const again = get();
  if (again.status === 0) return true;
  console.error(`apt-get could not install ${name}:\n${lists.stderr ?? ''}${again.stderr ?? ''}`.trimEnd());
  return false;
}
