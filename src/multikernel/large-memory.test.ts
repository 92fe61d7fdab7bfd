/** Instances whose memory lies at the end of the largest machine, where host addresses need all 32 bits. */
import { expect, it } from 'vitest';
import { MAX_RAM } from '../protocol/layout.ts';
import { kernelImage } from './test-image.ts';
import { TestMachine } from './test-machine.ts';

it('are created, started, updated, talked to, and give everything back', async () => {
  const machine = new TestMachine({ harts: 4, memory: MAX_RAM });
  machine.files.set('kernel', kernelImage([0x11]));
  const free = machine.controller.view().freeMemory;
  const lines = [
    'create alpha --cpus 0,1 --memory 4M --memory-base 0x13e000000',
    'create beta --cpus 2 --memory 4M --memory-base 0x13f000000 --peer alpha',
    ...['alpha', 'beta'].flatMap((name) => [`load ${name} --kernel kernel`, `exec ${name}`]),
    'update beta --cpus +3',
    'update beta --cpus +1 --from alpha',
    // The ring that alpha goes on sending in is made empty while it runs.
    'kill beta --force',
    'exec beta',
    ...['alpha', 'beta'].flatMap((name) => [`kill ${name}`, `unload ${name}`, `delete ${name}`]),
  ];
  for (const line of lines) expect(await machine.kerf(line), line).toMatchObject({ exitCode: 0 });
  await machine.settle();
  expect(machine.requests.slice(0, 3)).toEqual(['2 CPU_ADD 3', '1 CPU_REMOVE 1', '2 CPU_ADD 1']);
  // Beta is told, in a ring at the end of the memory, which ring at the end of the memory is gone.
  expect(machine.requests[3]).toMatch(/^2 PEER_REMOVE 53\d{8}$/);
  expect([machine.controller.view().freeMemory, machine.ownership.hartsOf(null)]).toEqual([
    free,
    [0, 1, 2, 3],
  ]);
});
