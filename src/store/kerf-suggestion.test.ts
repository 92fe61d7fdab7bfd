import { expect, test } from 'vitest';
import { startMachine } from '../session/start-machine.ts';
import { kerfSuggestion } from './kerf-suggestion.ts';

test('each suggestion is a line that the machine takes', async () => {
  const machine = startMachine({
    config: { harts: 2, memory: 0x400_0000, isolation: 'enforced', mode: 'repeatable', seed: 1 },
    workers: {
      hart: () => {
        throw new Error('no workers in Repeatable mode');
      },
    },
  });
  const taken: string[] = [];
  for (let round = 0; round < 3; round++) {
    const line = kerfSuggestion(await machine.services.view());
    expect(await machine.services.kerf(line)).toMatchObject({ exitCode: 0 });
    taken.push(line);
  }
  expect(taken).toEqual(['create alpha --cpus 0 --memory 16M', 'update alpha --cpus +1', 'show']);
  await machine.dispose();
});
