/** islet's `wild`: random writes into a neighbour's memory, each refused and survived, or none of them. */
import { readFile } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import { INSTANCE, instanceBlock } from '../protocol/layout.ts';
import { startGuests, type Guests } from './guests.testkit.ts';

const read = async (name: string) =>
  new Uint8Array(await readFile(new URL(`../../public/guests/${name}`, import.meta.url)));

let guests: Guests;
afterEach(() => guests.machine.dispose());

/** The two kernels, where beta's memory is, and how many accesses of alpha were refused. */
async function twoKernels() {
  guests = await startGuests(read, 2, [
    { name: 'alpha', cpus: '0' },
    { name: 'beta', cpus: '1' },
  ]);
  const { services, memory } = guests.machine;
  const { instances } = await services.view();
  const [alpha, beta] = ['alpha', 'beta'].map((name) => instances.find((instance) => instance.name === name));
  if (!alpha || !beta?.memory) throw new Error('no kernels');
  const faults = (): number =>
    new DataView(memory.buffer).getUint32(instanceBlock(alpha.id) + INSTANCE.GATE_FAULTS, true);
  return { range: `0x${beta.memory.base.toString(16)} ${beta.memory.size}`, betaId: beta.id, faults };
}

test('enforced: every write is refused, counted once, and beta has what it had', async () => {
  const { range, betaId, faults } = await twoKernels();
  const before = await guests.machine.services.hashMemory(betaId);
  const refused = faults();
  expect(await guests.ask('alpha', `wild 1000 7 ${range}`, 60)).toContain('wild: 1000 writes, 1000 faulted');
  expect(faults() - refused).toBe(1000);
  expect(await guests.machine.services.hashMemory(betaId)).toBe(before);
});

test('cooperative: they land, and the same seed writes the same', async () => {
  const hashes: string[] = [];
  for (const seed of [7, 7, 8]) {
    const { range, betaId } = await twoKernels();
    await guests.machine.services.setIsolation('cooperative');
    const before = await guests.machine.services.hashMemory(betaId);
    expect(await guests.ask('alpha', `wild 20 ${seed} ${range}`)).toContain('wild: 20 writes, 0 faulted');
    const after = await guests.machine.services.hashMemory(betaId);
    expect(after).not.toBe(before);
    hashes.push(after);
    await guests.machine.dispose();
  }
  expect(hashes[1]).toBe(hashes[0]);
  expect(hashes[2]).not.toBe(hashes[0]);
});

test.each([
  'wild',
  'wild 1 1 0x80000001 8',
  'wild 1 1 0x80000000 7',
  'wild 1 1 0x80000000 0x1000000000000000',
])('%s is refused with a sentence, and nothing is written', async (line) => {
  const { faults } = await twoKernels();
  expect(await guests.ask('alpha', line)).toMatch(/wild: a .+, please|wild: a multiple of 8/);
  expect(faults()).toBe(0);
});
