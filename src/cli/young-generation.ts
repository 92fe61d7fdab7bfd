/**
 * V8 gives the young generation of each thread more room as long as more objects outlive a collection, up to 16 MiB, and on
 * a busy host that goes on for hundreds of rounds. It is room, and not what a program holds: where growth is judged, the
 * young generation has its full size from the start.
 */
import { spawn } from 'node:child_process';

export const FULL_YOUNG_GENERATION = '--min-semi-space-size=16';

/** Runs this very command line in a process of that kind. Null: this is one; else the exit status of the other. */
export function inFullYoungGeneration(): Promise<number> | null {
  if (process.execArgv.includes(FULL_YOUNG_GENERATION)) return null;
  const args = [FULL_YOUNG_GENERATION, ...process.execArgv, ...process.argv.slice(1)];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: 'inherit' });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}
