/** The machine is paused while a command is under way: the command waits, for as long as that takes, and goes on after it. */
import { beforeEach, expect, it } from 'vitest';
import { SYSTEM } from '../protocol/channel.ts';
import { EXIT_SHUTDOWN, HEADER } from '../protocol/layout.ts';
import type { UpdatePhase } from '../protocol/machine-view.ts';
import { kernelImage } from './test-image.ts';
import { TestMachine } from './test-machine.ts';

const MIB = 2 ** 20;
/** Longer than any limit on a kernel, host time. */
const LONG_MS = 35_000;

let machine: TestMachine;

beforeEach(async () => {
  machine = new TestMachine({ harts: 6, memory: 64 * MIB, devices: ['disk0'] });
  machine.files.set('kernel', kernelImage([0x11]));
  await machine.kerf('create alpha --cpus 0-2 --memory 4M', 'create beta --cpus 3 --memory 4M');
  for (const name of ['alpha', 'beta']) await machine.kerf(`load ${name} --kernel kernel`, `exec ${name}`);
  await machine.settle();
});

const pause = (on: 0 | 1): number => Atomics.store(machine.words, HEADER.PAUSED >> 2, on);

/** Pauses at the instant at which `reached` holds first, and resumes much later by host time. */
async function pauseOnce(reached: () => boolean): Promise<void> {
  let paused = false;
  machine.controller.onChange(() => {
    if (paused || !reached()) return;
    paused = true;
    pause(1);
  });
  expect(await machine.until(() => paused, 60_000)).toBe(true);
  const stood = machine.ticks;
  await machine.until(() => false, LONG_MS);
  expect(machine.ticks).toBe(stood);
  pause(0);
}

const PAUSES: readonly [string, readonly UpdatePhase[]][] = [
  [
    'update beta --cpus +2 --from alpha',
    ['cpu-remove', 'migrating', 'stopped', 'ownership', 'cpu-add', 'starting'],
  ],
  ['update beta --cpus +4', ['ownership', 'cpu-add', 'starting']],
  ['update alpha --cpus -1', ['cpu-remove', 'stopped', 'ownership']],
  ['update beta --memory +2M', ['ownership', 'mem-add']],
  ['update beta --devices +disk0', ['ownership', 'device-add']],
];

for (const [line, phases] of PAUSES) {
  it.each(phases)(`${line}: in %s`, async (phase) => {
    const reply = machine.kerf(line);
    await pauseOnce(() => machine.controller.view().phases.some((each) => each.phase === phase));
    expect(await reply).toMatchObject({ exitCode: 0 });
    expect([machine.replaced, machine.controller.view().phases]).toEqual([[], []]);
  });
}

it('kill: before the kernel has read the request', async () => {
  machine.mannersOf.set(2, { deaf: true });
  const reply = machine.kerf('kill beta');
  await machine.until(() => false, 1_000);
  pause(1);
  await machine.until(() => false, LONG_MS);
  pause(0);
  machine.mannersOf.delete(2);
  expect(await reply).toMatchObject({ exitCode: 0, output: 'beta is loaded: killed' });
});

it('kill: before its harts have stopped', async () => {
  machine.mannersOf.set(2, { stubborn: true });
  machine.behaviour.system = (_kernel, subtype) => {
    if (subtype === SYSTEM.SHUTDOWN) pause(1);
  };
  const reply = machine.kerf('kill beta');
  await machine.until(() => false, LONG_MS);
  pause(0);
  await machine.until(() => false, 1_000);
  machine.exit(2, EXIT_SHUTDOWN);
  expect(await reply).toMatchObject({ exitCode: 0, output: 'beta is loaded: killed' });
});

it('a kernel that does not answer is given up after as much machine time as ever', async () => {
  machine.mannersOf.set(2, { deaf: true });
  const began = machine.ticks;
  const reply = machine.kerf('update beta --cpus +4');
  await machine.until(() => false, 1_000);
  pause(1);
  await machine.until(() => false, LONG_MS);
  pause(0);
  expect((await reply).error?.reason).toContain('did not acknowledge it in 5 s');
  expect((machine.ticks - began) / 10_000).toBeLessThan(6_000);
});
