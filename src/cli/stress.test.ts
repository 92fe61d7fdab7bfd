/** The quiet kernels of the stress run on a machine that loses nothing, and on firmware that loses doorbells. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import { done, EXTENSION } from '../machine/firmware/sbi.ts';
import { startMachine } from '../session/start-machine.ts';
import {
  createLine,
  loadLine,
  QUIET,
  type QuietName,
  STRESS_FILE,
  STRESS_HARTS,
  STRESS_RAM,
} from './stress-kernels.ts';
import { StressQuiet } from './stress-quiet.ts';

const image = fileURLToPath(new URL('../../public/guests/stress.img', import.meta.url));

/** Says of each call of the IPI extension, from 1, whether the firmware forgets it. */
let forgets: (call: number) => boolean = () => false;
let calls = 0;

// The firmware as it is, but for the calls that it answers with success and forgets.
vi.mock('../machine/firmware/extensions.ts', async (importOriginal) => {
  const real = await importOriginal<typeof import('../machine/firmware/extensions.ts')>();
  const functionOf: typeof real.functionOf = (extension, fid) => {
    const carriedOut = real.functionOf(extension, fid);
    if (extension !== EXTENSION.IPI || carriedOut === undefined) return carriedOut;
    return (call) => (forgets((calls += 1)) ? done : carriedOut(call));
  };
  return { ...real, functionOf };
});

afterEach(() => {
  forgets = () => false;
  calls = 0;
});

const BALL = ['east', 'west'] as const;
const TOKEN = ['centre'] as const;

/** What these quiet kernels come to; no others are there, so that the machine is at rest when they are. */
async function run(names: readonly QuietName[]): Promise<string> {
  const machine = startMachine({
    config: { harts: STRESS_HARTS, memory: STRESS_RAM, isolation: 'enforced', mode: 'repeatable', seed: 3 },
    workers: {
      hart: () => {
        throw new Error('no workers in Repeatable mode');
      },
    },
  });
  await machine.services.addFile(STRESS_FILE, await readFile(image));
  for (const line of [...names.map(createLine), ...names.flatMap((name) => [loadLine(name), `exec ${name}`])])
    expect(await machine.services.kerf(line)).toMatchObject({ exitCode: 0 });
  const quiet = new StressQuiet(machine);
  // A ball is thrown by one and thrown back by the other; a second look goes on where the first ended.
  const problem = (await quiet.problem(names)) || (await quiet.problem(names));
  await machine.dispose();
  return problem;
}

test('on a machine that loses nothing, balls and token go round', async () => {
  expect(await run(QUIET)).toBe('');
});

test.each<[string, readonly QuietName[], typeof forgets]>([
  ['every doorbell', BALL, () => true],
  ['every 20th doorbell', BALL, (call) => call % 20 === 0],
  ['the 300th doorbell', BALL, (call) => call === 300],
  ['the 300th IPI', TOKEN, (call) => call === 300],
])('firmware that forgets %s is found', async (_, names, rule) => {
  forgets = rule;
  expect(await run(names)).toContain('a wake-up was lost');
});
