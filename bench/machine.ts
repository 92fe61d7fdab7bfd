/** A machine for measurements in Node, and waiting for what its consoles say. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeWorkers } from '../src/cli/node-workers.ts';
import { startMachine } from '../src/session/start-machine.ts';
import type { LocalMachine } from '../src/session/make-machine.ts';

/** The folder of the checkout: the bundle runs in dist-cli/. */
export const root = join(import.meta.dirname, '..');

/** A machine in Parallel mode with `harts` harts and these files, under the names after the last slash. */
export async function machineWith(harts: number, files: readonly string[]): Promise<LocalMachine> {
  const machine = startMachine({
    config: { harts, memory: 128 * 2 ** 20, isolation: 'enforced', mode: 'parallel', seed: 0 },
    workers: nodeWorkers(new URL('./hart.js', import.meta.url)),
  });
  for (const file of files) {
    await machine.services.addFile(file.slice(file.lastIndexOf('/') + 1), await readFile(join(root, file)));
  }
  return machine;
}

/** Carries out kerf lines; one that is refused ends the benchmark. */
export async function kerf(machine: LocalMachine, ...lines: readonly string[]): Promise<void> {
  for (const line of lines) {
    const reply = await machine.services.kerf(line);
    if (reply.exitCode !== 0) throw new Error(`kerf ${line}: ${reply.error?.reason ?? reply.output}`);
  }
}

/** Waits until the console of an instance has said something that matches; the first match. */
export async function heard(
  machine: LocalMachine,
  instance: number,
  pattern: RegExp,
): Promise<RegExpExecArray> {
  let text = '';
  await machine.services.onConsole((id, bytes) => {
    if (id === instance) text += new TextDecoder().decode(bytes);
  });
  await machine.services.engine.until(() => pattern.test(text), 60_000);
  const match = pattern.exec(text);
  if (match === null) {
    throw new Error(
      `the console of instance ${instance} never said ${pattern.source}; it said: ${text.slice(-400)}`,
    );
  }
  return match;
}
