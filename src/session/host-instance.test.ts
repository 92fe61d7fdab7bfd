/** Instance 0 manages the others from its own shell (real islets, Repeatable mode). */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { InstanceView } from '../protocol/machine-view.ts';
import { MK_VERBS } from '../protocol/mk.ts';
import { startHostMachine, type HostMachine } from './host-instance.testkit.ts';

const readImage = (name: string): Promise<Uint8Array<ArrayBuffer>> =>
  readFile(fileURLToPath(new URL(`../../public/guests/${name}`, import.meta.url)));

let m: HostMachine;
beforeEach(async () => {
  m = await startHostMachine(readImage, '0-1');
});
afterEach(() => m.machine.dispose());

const instance = async (name: string): Promise<InstanceView | undefined> =>
  (await m.machine.services.view()).instances.find((each) => each.name === name);

/** A tenth of a second of machine time: what kernels and controller still have to tell each other is told. */
const settled = (): Promise<boolean> => m.host.until(() => false, 1_000_000);

/** From the host's shell, up to beta's prompt. */
async function startBeta(): Promise<void> {
  await m.ask('host', 'kerf create beta --cpus 2-3 --memory 8M');
  await m.ask('host', 'kerf load beta --kernel islet.img --cmdline "beat"');
  await m.ask('host', 'kerf exec beta');
  await m.said('beta', 'beta> ');
}

describe("from the host's shell alone", () => {
  test('the files of the RAM disk are listed with their sizes', async () => {
    const said = await m.ask('host', 'ls');
    const islet = await readImage('islet.img');
    expect(said).toContain(`${islet.length}  islet.img\n`);
    expect(said).toMatch(/^ +\d+ {2}metronome\.img\n +\d+ {2}stress\.img\n/m);
  });

  test('a second kernel is created, loaded, started, moved a hart to, killed and deleted', async () => {
    expect(await m.ask('host', 'kerf create beta --cpus 2-3 --memory 8M')).toContain(
      'beta is ready: instance 1',
    );
    expect(await m.ask('host', 'kerf load beta --kernel islet.img --cmdline "beat"')).toContain(
      'loaded islet.img',
    );
    expect(await m.ask('host', 'kerf exec beta')).toContain('beta is active: boot hart 2');
    await m.said('beta', 'islet on beta: cores 2 3, 8 MB');
    await m.said('beta', 'beta> ');
    expect(await m.ask('host', 'kerf update beta --cpus +4')).toContain('hart 4 joined beta');
    expect(await m.ask('beta', 'cores')).toMatch(/^core 4 +online/m);
    expect(await m.ask('host', 'kerf kill beta')).toContain('beta is loaded: killed');
    expect(await m.ask('host', 'kerf unload beta')).toContain('beta is ready');
    expect(await m.ask('host', 'kerf delete beta')).toContain('beta is deleted');
    expect(await instance('beta')).toBeUndefined();
    expect(m.replies.map(({ line, from, exitCode }) => [from, exitCode, line])).toEqual([
      ['host', 0, 'kerf create beta --cpus 2-3 --memory 8M'],
      ['host', 0, 'kerf load beta --kernel islet.img --cmdline "beat"'],
      ['host', 0, 'kerf exec beta'],
      ['host', 0, 'kerf update beta --cpus +4'],
      ['host', 0, 'kerf kill beta'],
      ['host', 0, 'kerf unload beta'],
      ['host', 0, 'kerf delete beta'],
    ]);
  });

  test('it talks to a kernel that it has made, and gives the channel up when that is deleted', async () => {
    const free = (await m.machine.services.view()).freeMemory;
    await startBeta();
    expect(await m.ask('host', 'peers')).toMatch(/^beta +core 2 /m);
    expect(await m.ask('host', 'ping beta 3')).toContain('reply from beta: n=3');
    await m.said('beta', 'beta> ');
    expect(await m.ask('beta', 'ping host')).toContain('reply from host: n=1');
    for (const line of ['kill', 'unload', 'delete']) await m.ask('host', `kerf ${line} beta`);
    expect(await m.ask('host', 'ping beta')).toContain('no peer beta');
    expect(await m.ask('host', 'peers')).toContain('no peers');
    await settled();
    const view = await m.machine.services.view();
    expect([view.channels, view.freeMemory]).toEqual([[], free]);
  });

  test("a service is handed over to a kernel beside, and to the next one in place, from the host's shell", async () => {
    await startBeta();
    await m.ask('host', 'kerf create gamma --cpus 4 --memory 8M --peer host,beta');
    await m.ask('host', 'kerf load gamma --kernel islet.img');
    await m.ask('host', 'kerf exec gamma');
    await m.said('gamma', 'gamma> ');
    await m.ask('beta', 'serve on 2');
    await m.ask('host', 'request beta 10');
    expect(await m.ask('host', 'kerf handover beta gamma --hold')).toContain('gamma is ready to take over');
    expect(await m.ask('host', 'kerf handover beta gamma --commit')).toContain(
      'gamma serves instead of beta',
    );
    await m.ask('host', 'kerf load gamma --kernel islet.img');
    expect(await m.ask('host', 'kerf exec gamma --kho')).toContain('state: counter 10, hash');
    await m.said('gamma', 'gamma> ');
    expect(await m.ask('host', 'request gamma 10')).toContain('sent 10, answered 10');
    expect(await m.ask('gamma', 'serve status')).toContain('serve on: counter 20');
    expect(m.replies.find(({ line }) => line.includes('--commit'))).toMatchObject({
      from: 'host',
      exitCode: 0,
    });
  });

  test('every verb of kerf is known in the shell', async () => {
    for (const verb of Object.keys(MK_VERBS))
      expect(await m.ask('host', `kerf ${verb} "`)).toMatch(/^exit [123]$|^usage: /m);
    // Without a verb it is help that is asked for: the line says which command each number has become.
    expect(m.replies.map(({ line }) => line.split(' ')[1])).toEqual(Object.keys(MK_VERBS));
  });

  test('the host gives a hart of its own away and takes it back, while it waits for the answer', async () => {
    for (let round = 0; round < 3; round += 1) {
      expect(await m.ask('host', 'kerf update host --cpus -1')).toContain('hart 1 left host');
      expect((await instance('host'))?.harts).toEqual([0]);
      expect(await m.ask('host', 'kerf update host --cpus +1')).toContain('hart 1 joined host');
    }
    expect(await m.ask('host', 'cores')).toMatch(/^core 1 +online/m);
  });

  test('kernels come and go more often than there is room for peers', async () => {
    const free = (await m.machine.services.view()).freeMemory;
    for (let round = 0; round < 17; round += 1) {
      await startBeta();
      expect(await m.ask('host', 'ping beta')).toContain('reply from beta');
      for (const line of ['kill --force', 'unload', 'delete']) {
        const [verb, flag = ''] = line.split(' ');
        expect(await m.ask('host', `kerf ${verb} beta ${flag}`)).not.toContain('exit');
      }
    }
    await settled();
    expect((await m.machine.services.view()).freeMemory).toBe(free);
  }, 60_000);
});
