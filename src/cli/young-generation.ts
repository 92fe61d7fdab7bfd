/**
 * V8 gives the young generation of each thread more room as long as more objects outlive a collection, up to 16 MiB, and on
 * a busy host that goes on for hundreds of rounds; how much of it is in use when memory is measured is chance. It is room,
 * and not what a program holds: where growth is judged, the young generation is small and stays as it is.
 */
import { spawn } from 'node:child_process';

/** Options of V8. */
export const FIXED_YOUNG_GENERATION = ['--min-semi-space-size=1', '--max-semi-space-size=1'] as const;

/** Runs this very command line in a process of that kind. Null: this is one; else the exit status of the other. */
export function inFixedYoungGeneration(): Promise<number> | null {
  if (FIXED_YOUNG_GENERATION.every((option) => process.execArgv.includes(option))) return null;
  const args = [...FIXED_YOUNG_GENERATION, ...process.execArgv, ...process.argv.slice(1)];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: 'inherit' });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}
