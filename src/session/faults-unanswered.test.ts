/**
 * Requests that a kernel never answers, each at a kernel that had what it is asked for and then wedged (Repeatable mode,
 * real guests); and one that it answers when it is too late. `faults-wedged` has kill, and what one hart more would need.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { PAGE_OWNER, PAGE_SIZE } from '../protocol/layout.ts';
import { tryKerf } from './faults.testkit.ts';
import { startGuests, type Guests } from './guests.testkit.ts';

const folder = fileURLToPath(new URL('../../public/guests/', import.meta.url));
const readImage = async (name: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await readFile(folder + name));

let guests: Guests;
afterEach(() => guests.machine.dispose());

/** Alpha on hart 0, beta and gamma on those given. */
async function start(beta: string, gamma: string, harts: number): Promise<void> {
  guests = await startGuests(readImage, harts, [
    { name: 'alpha', cpus: '0', commandLine: 'beat' },
    { name: 'beta', cpus: beta, commandLine: 'beat', peers: ['alpha'] },
    { name: 'gamma', cpus: gamma, commandLine: 'beat', peers: ['alpha', 'beta'] },
  ]);
}

async function wedge(name: string): Promise<void> {
  await guests.type(name, 'wedge still');
  await guests.pass(10);
}

const owners = (): Uint8Array =>
  new Uint8Array(guests.machine.memory.buffer).slice(PAGE_OWNER, PAGE_OWNER + (64 * 2 ** 20) / PAGE_SIZE);

/** What the partition is: who has which harts, memory and devices, and in what state each is. */
async function partition(): Promise<unknown> {
  const { instances, devices } = await guests.machine.services.view();
  return [
    instances.map(({ name, state, bootId, harts, memory, addedMemory }) => ({
      name,
      state,
      bootId,
      harts,
      memory,
      addedMemory,
    })),
    devices.map(({ name, owner }) => ({ name, owner })),
  ];
}

test.each([
  [
    'memory that it does not give',
    'update beta --memory +2M',
    'update beta --memory -2M',
    'mem-remove-failed',
  ],
  [
    'a device that it does not give',
    'update beta --devices +rng0',
    'update beta --devices -rng0',
    'device-remove-failed',
  ],
  ['a device that it does not take', null, 'update beta --devices +rng0', 'device-add-failed'],
  ['a hart that it does not take', null, 'update beta --cpus +3', 'cpu-add-failed'],
])(
  '%s: given up after five seconds, and everybody has what they had',
  { timeout: 300_000 },
  async (_, before, line, code) => {
    await start('1', '2', 4);
    if (before !== null) await guests.kerf(before);
    const [had, pages] = [await partition(), owners()];
    await wedge('beta');
    const began = guests.host.time();
    const { error } = await tryKerf(guests, line);
    expect(error?.code).toBe(code);
    expect(error?.reason).toContain('beta did not acknowledge it in 5 s');
    expect((guests.host.time() - began) / 10_000_000).toBeCloseTo(5, 0);
    expect([await partition(), owners()]).toEqual([had, pages]);
    for (const name of ['alpha', 'gamma']) expect(guests.status(name, 'missed')).toBe(0);
    expect(await guests.ask('alpha', 'ping gamma 2')).toMatch(/(reply from gamma: n=\d.*\n){2}/);
  },
);
