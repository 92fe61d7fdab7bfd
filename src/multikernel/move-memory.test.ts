/** Memory joins and leaves an instance, running or not: what the kernel is told, and what stays as it was. */
import { beforeEach, describe, expect, it } from 'vitest';
import { readBlob } from '../machine/device-tree/read-blob.ts';
import {
  EXIT_PANIC,
  HART,
  OWNER_POOL,
  PAGE_OWNER,
  PAGE_SIZE,
  RAM_BASE,
  RAM_HOST,
} from '../protocol/layout.ts';
import type { InstanceView, KerfReply } from '../protocol/machine-view.ts';
import { kernelImage } from './test-image.ts';
import { TestMachine } from './test-machine.ts';

const MIB = 2 ** 20;

let machine: TestMachine;

beforeEach(async () => {
  machine = new TestMachine({ harts: 4, memory: 64 * MIB });
  machine.files.set('kernel', kernelImage([0x11]));
  await machine.kerf('create alpha --cpus 0,1 --memory 4M', 'load alpha --kernel kernel', 'exec alpha');
  await machine.kerf('create beta --cpus 3 --memory 4M');
  await machine.settle();
  machine.requests.length = 0;
});

const instance = (name: string): InstanceView => {
  const found = machine.controller.view().instances.find((each) => each.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
};
const added = (name: string): string =>
  instance(name)
    .addedMemory.map(({ base, size }) => `${base.toString(16)}+${size / MIB}M`)
    .join(' ');
/** Owner bytes of a range. */
const owners = (base: number, size: number): number[] => [
  ...new Set(
    new Uint8Array(machine.memory.buffer, PAGE_OWNER + (base - RAM_BASE) / PAGE_SIZE, size / PAGE_SIZE),
  ),
];
const ram = (base: number, size: number): Uint8Array =>
  new Uint8Array(machine.memory.buffer, RAM_HOST + base - RAM_BASE, size);
const why = (reply: KerfReply): string => `${reply.error?.code}: ${reply.error?.reason}`;
const BASE = 0x8080_0000;

describe('memory of a running kernel', () => {
  it('is granted, then announced; and is asked for, then taken, fenced and cleared', async () => {
    const free = machine.controller.view().freeMemory;
    ram(BASE, 4 * MIB).fill(0xee);
    expect(await machine.kerf('update alpha --memory +4M')).toMatchObject({
      exitCode: 0,
      output: 'alpha gets memory 0x80800000-0x80bfffff',
    });
    expect([added('alpha'), owners(BASE, 4 * MIB)]).toEqual(['80800000+4M', [2]]);
    expect(ram(BASE, 4 * MIB).every((byte) => byte === 0)).toBe(true);
    ram(BASE, 4 * MIB).fill(0xee);
    const fences = [0, 3].map((hart) => machine.hartWord(hart, HART.FENCE_REQUEST));
    expect(await machine.kerf('update alpha --memory -4M')).toMatchObject({
      output: 'alpha gives back memory 0x80800000-0x80bfffff',
    });
    [0, 3].forEach((hart, index) =>
      expect(machine.hartWord(hart, HART.FENCE_REQUEST)).toBeGreaterThan(fences[index] ?? 0),
    );
    expect([added('alpha'), owners(BASE, 4 * MIB)]).toEqual(['', [OWNER_POOL]]);
    expect(ram(BASE, 4 * MIB).every((byte) => byte === 0)).toBe(true);
    expect(machine.controller.view().freeMemory).toBe(free);
    expect(machine.requests).toEqual([`1 MEM_ADD ${BASE}`, `1 MEM_REMOVE ${BASE}`]);
  });

  it('goes in parts, from the middle too', async () => {
    await machine.kerf('update alpha --memory +8M', 'update alpha --memory -2M@0x80a00000');
    expect(added('alpha')).toBe('80800000+2M 80c00000+4M');
    await machine.kerf('update alpha --memory -2M');
    expect(added('alpha')).toBe('80800000+2M 80c00000+2M');
    expect(owners(0x80a0_0000, 2 * MIB)).toEqual([OWNER_POOL]);
  });

  it.each([
    ['refuses', { memoryStatus: -1n }, 'alpha answered with error -1'],
    ['does not answer', { deaf: true }, 'alpha did not acknowledge it in 5 s'],
  ])('stays where it was when the kernel %s', async (_what, manners, reason) => {
    await machine.kerf('update alpha --memory +2M');
    ram(BASE, 2 * MIB).fill(0xee);
    machine.mannersOf.set(1, manners);
    expect(why(await machine.kerf('update alpha --memory -2M'))).toBe(
      `mem-remove-failed: memory 0x80800000-0x809fffff stays with alpha: ${reason}`,
    );
    expect(why(await machine.kerf('update alpha --memory +2M'))).toBe(
      `mem-add-failed: memory 0x80a00000-0x80bfffff was taken back to the pool: ${reason}`,
    );
    expect([added('alpha'), owners(BASE, 2 * MIB), owners(0x80a0_0000, 2 * MIB)]).toEqual([
      '80800000+2M',
      [2],
      [OWNER_POOL],
    ]);
    expect(ram(BASE, 2 * MIB).every((byte) => byte === 0xee)).toBe(true);
    expect(machine.controller.view().phases).toMatchObject([{ hart: -1, phase: 'failed' }]);
  });

  it('is told the opposite, should the kernel read the request too late', async () => {
    await machine.kerf('update alpha --memory +2M');
    machine.manners.deaf = true;
    await machine.kerf('update alpha --memory -2M', 'update alpha --memory +2M');
    machine.manners.deaf = false;
    await machine.settle();
    expect(machine.requests.slice(1)).toEqual([
      `1 MEM_REMOVE ${BASE}`,
      `1 MEM_ADD ${BASE}`,
      `1 MEM_ADD 2157969408`,
      `1 MEM_REMOVE 2157969408`,
    ]);
  });

  it('is asked back from a kernel that has read the request, before it is taken', async () => {
    machine.manners.silent = true;
    const began = machine.ticks;
    expect(why(await machine.kerf('update alpha --memory +2M'))).toContain(
      'was taken back to the pool: alpha did not acknowledge it in 5 s',
    );
    // It had as long as for any request to say that it does not use it.
    expect((machine.ticks - began) / 10_000_000).toBeGreaterThanOrEqual(10);
    expect(machine.requests).toEqual([`1 MEM_ADD ${BASE}`, `1 MEM_REMOVE ${BASE}`]);
    expect([added('alpha'), owners(BASE, 2 * MIB)]).toEqual(['', [OWNER_POOL]]);
  });

  it('is the kernel’s when it uses it already, and says so too late', async () => {
    machine.manners.late = true;
    expect(await machine.kerf('update alpha --memory +2M')).toMatchObject({ exitCode: 0 });
    expect(machine.requests).toEqual([`1 MEM_ADD ${BASE}`, `1 MEM_REMOVE ${BASE}`]);
    expect(added('alpha')).not.toBe('');
    machine.manners.late = false;
    expect(await machine.kerf('update alpha --memory -2M')).toMatchObject({ exitCode: 0 });
    expect([added('alpha'), owners(BASE, 2 * MIB)]).toEqual(['', [OWNER_POOL]]);
  });

  it('goes back to the pool when the kernel ends before it has answered', async () => {
    machine.manners.deaf = true;
    const reply = machine.kerf('update alpha --memory +2M');
    await machine.until(() => machine.controller.view().phases[0]?.phase === 'mem-add', 100);
    machine.exit(1, EXIT_PANIC);
    expect(why(await reply)).toContain('mem-add-failed');
    await machine.settle();
    expect([instance('alpha').state, added('alpha'), owners(BASE, 2 * MIB)]).toEqual([
      'loaded',
      '',
      [OWNER_POOL],
    ]);
  });

  it('comes with harts in one transaction: both or none', async () => {
    machine.mannersOf.set(1, { refuses: 2 });
    expect(why(await machine.kerf('update alpha --memory +2M --cpus +2'))).toBe(
      'cpu-add-failed: hart 2 was taken back to the pool: alpha answered with error -3; memory 0x80800000-0x809fffff was moved back',
    );
    expect([added('alpha'), instance('alpha').harts]).toEqual(['', [0, 1]]);
    machine.mannersOf.clear();
    expect(await machine.kerf('update alpha --memory +2M --cpus +2')).toMatchObject({
      output: 'alpha gets memory 0x80800000-0x809fffff and gets 2: it has 0-2',
    });
  });
});

describe('memory of an instance that does not run', () => {
  it('comes and goes without a message, is in the device tree of the next start, and goes with the instance', async () => {
    const free = machine.controller.view().freeMemory;
    await machine.kerf('update beta --memory +2M', 'update beta --memory +2M@0x81000000');
    expect(added('beta')).toBe('80800000+2M 81000000+2M');
    const shown = (await machine.kerf('show beta')).output.replace(/\s+/g, ' ');
    expect(shown).toContain('80800000-0x809fffff (2M), 0x81000000-0x811fffff (2M)');
    await machine.kerf('update beta --memory -2M@0x80800000', 'load beta --kernel kernel', 'exec beta');
    const { memory } = instance('beta');
    const end = (memory?.base ?? 0) + (memory?.size ?? 0);
    const tree = readBlob(ram(end - 0x1_0000, 0x1_0000).slice());
    const names = tree.ok ? tree.value.children.map(({ name }) => name) : [];
    expect(names.filter((name) => name.startsWith('memory'))).toEqual(['memory@80400000', 'memory@81000000']);
    expect(machine.requests).toEqual([]);
    await machine.kerf('kill beta', 'unload beta', 'delete beta');
    expect(owners(0x8100_0000, 2 * MIB)).toEqual([OWNER_POOL]);
    expect(machine.controller.view().freeMemory).toBeGreaterThan(free);
  });

  it('is cleared before each start, and is nobody else’s meanwhile', async () => {
    await machine.kerf('update beta --memory +2M');
    ram(BASE, 2 * MIB).fill(0xee);
    expect(
      (await machine.kerf('create gamma --cpus 2 --memory 2M --memory-base 0x80800000')).error?.code,
    ).toBe('memory-overlap');
    await machine.kerf('load beta --kernel kernel', 'exec beta');
    expect(ram(BASE, 2 * MIB).every((byte) => byte === 0)).toBe(true);
  });
});
