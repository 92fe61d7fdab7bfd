/** What the headless runner says of harts whose workers do not start. */
import { expect, test } from 'vitest';
import { startMachine } from '../session/start-machine.ts';
import { noticeWorkerless } from './worker-notices.ts';

test('each hart without a worker is told once, with the reason and without its stack', async () => {
  const machine = startMachine({
    config: { harts: 2, memory: 64 * 2 ** 20, isolation: 'enforced', mode: 'parallel', seed: 0 },
    workers: {
      hart: () => {
        throw new Error('cannot load\n    at somewhere');
      },
    },
  });
  const lines: string[] = [];
  const all = new Promise<void>((settle) => {
    void noticeWorkerless(machine.services, (line) => {
      lines.push(line);
      if (lines.length === 2) settle();
    });
  });
  await all;
  await machine.services.pause();
  await machine.services.resume();
  expect(lines.sort()).toEqual(
    [0, 1].map((hart) => `hart ${hart} has no worker and does not run: cannot load`),
  );
  await machine.dispose();
});
