/** Kernels that have no use for memory or a device say so at once, and what they did not take goes back (Repeatable mode). */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { startMachine } from './start-machine.ts';

const image = (name: string): Promise<Buffer> =>
  readFile(new URL(`../../public/guests/${name}.img`, import.meta.url));

test.each([
  ['metronome', '', 'metronome'],
  ['stress', ' --cmdline quiet', 'stress'],
])('%s%s', async (_, flags, file) => {
  const machine = startMachine({
    config: {
      harts: 1,
      memory: 64 * 2 ** 20,
      isolation: 'enforced',
      mode: 'repeatable',
      seed: 1,
      devices: ['rng0'],
    },
    workers: {
      hart: () => {
        throw new Error('no workers in Repeatable mode');
      },
    },
  });
  const { services } = machine;
  await services.addFile('kernel', await image(file));
  for (const line of ['create a --cpus 0 --memory 8M', `load a --kernel kernel${flags}`, 'exec a'])
    expect(await services.kerf(line)).toMatchObject({ exitCode: 0 });
  const { freeMemory } = await services.view();
  const began = services.engine.clock.time();
  expect(await services.kerf('update a --memory +2M')).toMatchObject({
    error: {
      code: 'mem-add-failed',
      reason: expect.stringMatching(/was taken back to the pool: a answered with error -2$/),
    },
  });
  expect(await services.kerf('update a --devices +rng0')).toMatchObject({
    error: {
      code: 'device-add-failed',
      reason: 'rng0 was taken back to the pool: a answered with error -2',
    },
  });
  // Nobody waited for an answer that does not come.
  expect(services.engine.clock.time() - began).toBeLessThan(10_000_000);
  expect(await services.view()).toMatchObject({ freeMemory, devices: [{ name: 'rng0', owner: null }] });
  expect(await services.kerf('kill a')).toMatchObject({ exitCode: 0 });
  await machine.dispose();
});
