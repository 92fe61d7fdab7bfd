import { afterEach, beforeEach, expect, test } from 'vitest';
import type { InstanceView } from '../protocol/machine-view.ts';
import { startMachine } from '../session/start-machine.ts';
import type { LocalMachine } from '../session/make-machine.ts';
import { bootSteps, columnActions, loadSteps, nextAction } from './column-actions.ts';
import { carryOut } from './kerf-steps.ts';

/** `1: j 1b` */
const LOOP = new Uint8Array([0x6f, 0, 0, 0]);

let machine: LocalMachine;
beforeEach(async () => {
  machine = startMachine({
    config: { harts: 2, memory: 0x400_0000, isolation: 'enforced', mode: 'repeatable', seed: 1 },
    workers: {
      hart: () => {
        throw new Error('no workers in Repeatable mode');
      },
    },
  });
  await machine.services.addFile('one.bin', LOOP);
  await machine.services.addFile('two.bin', LOOP);
  await kerf('create alpha --cpus 0 --memory 16M');
});
afterEach(() => machine.dispose());

const kerf = (line: string) => machine.services.kerf(line);
async function alpha(): Promise<InstanceView> {
  const [instance] = (await machine.services.view()).instances;
  if (!instance) throw new Error('alpha was created');
  return instance;
}
const offered = async (): Promise<string[]> => columnActions(await alpha()).map(({ id }) => id);

test('each state offers what kerf takes in it, and no more', async () => {
  expect(await offered()).toEqual(['console', 'boot', 'load', 'more', 'delete']);
  await kerf('load alpha --kernel one.bin');
  expect(await offered()).toEqual(['console', 'boot', 'load', 'unload', 'more']);
  await kerf('exec alpha');
  expect(await offered()).toEqual(['console', 'restart', 'kill', 'force', 'image', 'replace', 'more']);
  await kerf('kill alpha --force');
  expect(await offered()).toEqual(['console', 'restart', 'load', 'unload', 'more']);
  const failed = columnActions({ ...(await alpha()), state: 'failed' });
  expect(failed.map(({ id }) => id)).toEqual(['console', 'unload', 'delete']);
});

test('a running kernel can hand its service over to those beside it that run', async () => {
  await kerf('create beta --cpus 1 --memory 16M');
  await kerf('load alpha --kernel one.bin');
  await kerf('exec alpha');
  const handOvers = (instance: InstanceView, running: string[]) =>
    columnActions(instance, running).filter(({ other }) => other !== undefined);
  const running = await alpha();
  expect(handOvers(running, ['alpha'])).toEqual([]);
  expect(handOvers(running, ['alpha', 'beta'])).toEqual([
    { id: 'handover', other: 'beta', lines: ['kerf handover alpha beta'] },
    { id: 'hold', other: 'beta', lines: ['kerf handover alpha beta --hold'] },
  ]);
  expect(handOvers({ ...running, heldFor: 'beta' }, ['alpha', 'beta'])).toEqual([
    { id: 'commit', other: 'beta', lines: ['kerf handover alpha beta --commit'] },
    { id: 'rollback', other: 'beta', lines: ['kerf handover alpha beta --rollback'] },
  ]);
});

test('memory is offered back when some was given, and the lines are accepted', async () => {
  const carry = async (id: string) => {
    const action = columnActions(await alpha()).find((other) => other.id === id);
    for (const line of action?.lines ?? []) expect(await kerf(line)).toMatchObject({ exitCode: 0 });
  };
  await carry('more');
  expect((await alpha()).addedMemory).toHaveLength(1);
  await carry('less');
  expect((await alpha()).addedMemory).toEqual([]);
  expect(await offered()).not.toContain('less');
});

test('only what ends a running kernel is to be asked about', async () => {
  await kerf('load alpha --kernel one.bin');
  expect(columnActions(await alpha()).filter(({ ends }) => ends)).toEqual([]);
  await kerf('exec alpha');
  const ending = columnActions(await alpha()).filter(({ ends }) => ends);
  expect(ending.map(({ id }) => id)).toEqual(['restart', 'kill', 'force']);
});

test('the header offers a boot where there is something to boot', async () => {
  expect(nextAction(await alpha())?.id).toBe('boot');
  await kerf('load alpha --kernel one.bin');
  await kerf('exec alpha');
  expect(nextAction(await alpha())).toBeUndefined();
  await kerf('kill alpha --force');
  // Its image is still there: it is not loaded again.
  expect(nextAction(await alpha())).toMatchObject({ id: 'restart', lines: ['kerf exec alpha'] });
});

test('another image takes the place of the one that is loaded', async () => {
  await kerf('load alpha --kernel one.bin --cmdline "a b"');
  expect(await carryOut(machine.services, loadSteps(await alpha(), 'two.bin', ''))).toBeNull();
  expect(await alpha()).toMatchObject({ state: 'loaded', kernel: 'two.bin', cmdline: '' });
});

test('an image that is refused leaves the one that was loaded', async () => {
  await kerf('load alpha --kernel one.bin --cmdline "a b"');
  const refused = await carryOut(machine.services, loadSteps(await alpha(), 'three.bin', ''));
  expect(refused?.error.code).toBe('no-such-file');
  expect(await alpha()).toMatchObject({ state: 'loaded', kernel: 'one.bin', cmdline: 'a b' });
});

test('an image boots in every state; what ran before is brought back when it is refused', async () => {
  const boot = async (image: string) =>
    carryOut({ kerf: (line) => machine.services.kerf(line) }, bootSteps(await alpha(), image, '', true));
  const now = async () => {
    const { state, kernel } = await alpha();
    return [state, kernel];
  };
  await machine.services.addFile('noise.img', new Uint8Array(80));
  expect(await boot('one.bin')).toBeNull();
  expect(await now()).toEqual(['active', 'one.bin']);

  // It hears no message, so that it has to be stopped by force.
  expect((await boot('noise.img'))?.error.code).toBe('not-a-kernel');
  expect(await now()).toEqual(['active', 'one.bin']);
  await kerf('kill alpha --force');
  expect((await boot('noise.img'))?.error.code).toBe('not-a-kernel');
  expect(await now()).toEqual(['loaded', 'one.bin']);
  expect(await boot('two.bin')).toBeNull();
  expect(await now()).toEqual(['active', 'two.bin']);
});

test('the lines that boot an image are those of each state, and bring the RAM disk back too', async () => {
  await kerf('load alpha --kernel one.bin');
  const loaded = { ...(await alpha()), initrd: 'disk.cpio' };
  const lines = (state: InstanceView['state']) =>
    bootSteps({ ...loaded, state }, 'two.bin', '').map(({ line }) => line.split(' ')[1]);
  expect(lines('ready')).toEqual(['load', 'exec']);
  expect(lines('loaded')).toEqual(['unload', 'load', 'exec']);
  expect(lines('failed')).toEqual(['unload', 'load', 'exec']);
  expect(lines('active')).toEqual(['kill', 'unload', 'load', 'exec']);
  expect(bootSteps({ ...loaded, state: 'active' }, 'two.bin', '').at(-1)?.undo).toEqual([
    'kerf unload alpha',
    'kerf load alpha --kernel one.bin --initrd disk.cpio',
    'kerf exec alpha',
  ]);
});
