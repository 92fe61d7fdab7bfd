import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startMachine } from '../session/start-machine.ts';
import { moveRounds, MOVES_HARTS } from './moves.ts';
import { soak } from './soak-run.ts';

const islet = fileURLToPath(new URL('../../public/guests/islet.img', import.meta.url));

test('islets under load take harts from each other, and all is right after each move', async () => {
  const machine = startMachine({
    config: { harts: MOVES_HARTS, memory: 64 * 2 ** 20, isolation: 'enforced', mode: 'repeatable', seed: 3 },
    workers: {
      hart: () => {
        throw new Error('no workers in Repeatable mode');
      },
    },
  });
  const result = await soak(machine, moveRounds, {
    rounds: 10,
    seed: 5,
    image: await readFile(islet),
    say: () => undefined,
  });
  await machine.dispose();
  expect(result).toMatchObject({ problem: '', rounds: 10 });
});
