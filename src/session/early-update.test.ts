/** A kernel that has only just been started is given cores: it may have started them before it reads that they are its own. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { KerfReply } from '../protocol/machine-view.ts';
import { startMachine } from './start-machine.ts';

const MIB = 2 ** 20;

test.each(['islet', 'stress'])('%s takes cores at whatever moment of its start', async (image) => {
  const machine = startMachine({
    config: { harts: 4, memory: 64 * MIB, isolation: 'enforced', mode: 'repeatable', seed: 1 },
    workers: {
      hart: () => {
        throw new Error('no workers in Repeatable mode');
      },
    },
    readFile: async (name) =>
      new Uint8Array(await readFile(new URL(`../../public/guests/${name}`, import.meta.url))),
  });
  const replies: KerfReply[] = [];
  try {
    await machine.services.kerf('create alpha --cpus 0 --memory 8M');
    await machine.services.kerf(`load alpha --kernel ${image}.img`);
    // No time passes between the two: the kernel is at its first instruction.
    for (const line of ['exec alpha', 'update alpha --cpus +1,2,3'])
      replies.push(await machine.services.kerf(line));
    expect(replies.map((reply) => [reply.exitCode, reply.error?.reason])).toEqual([
      [0, undefined],
      [0, undefined],
    ]);
    expect((await machine.services.view()).instances[0]?.harts).toEqual([0, 1, 2, 3]);
  } finally {
    await machine.dispose();
  }
});
