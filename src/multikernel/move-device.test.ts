import { describe, expect, it } from 'vitest';
import { readBlob } from '../machine/device-tree/read-blob.ts';
import { HART, HEADER, RAM_BASE, RAM_HOST } from '../protocol/layout.ts';
import { UPDATE_PHASES } from '../protocol/machine-view.ts';
import { POOL_DEVICES, type PoolDeviceName } from '../protocol/pool-devices.ts';
import { TRACE_KIND } from '../protocol/trace.ts';
import { DeviceWords, INTERRUPT, WORD } from '../machine/devices/virtio/device-words.ts';
import { Plic, PLIC_BASE } from '../machine/devices/plic.ts';
import { Guest } from '../machine/devices/devices.testkit.ts';
import { createTraceReader } from '../machine/trace-reader.ts';
import { kernelImage } from './test-image.ts';
import { TestMachine } from './test-machine.ts';

const SLOT_0 = 0x1000_1000;
const SLOT_1 = 0x1000_2000;
const SEIP = 1 << 9;

async function twoKernels(): Promise<TestMachine> {
  const machine = new TestMachine({
    harts: 4,
    memory: 64 << 20,
    devices: POOL_DEVICES.map(({ name }) => name),
  });
  machine.files.set('k.img', kernelImage([0x01, 0x02]));
  const made = await machine.kerf(
    'create alpha --cpus 0-1 --memory 8M --devices rng0,disk0',
    'create beta --cpus 2 --memory 8M',
    'load alpha --kernel k.img',
    'load beta --kernel k.img',
    'exec alpha',
    'exec beta',
  );
  if (made.error) throw new Error(made.error.reason);
  return machine;
}

const wordsOf = (machine: TestMachine, name: PoolDeviceName): DeviceWords =>
  new DeviceWords(
    machine.words,
    POOL_DEVICES.findIndex((device) => device.name === name),
  );
const whoHas = (machine: TestMachine) =>
  Object.fromEntries(
    machine.controller
      .view()
      .devices.map(({ name, owner, window }) => [name, window ? [owner, window.base] : null]),
  );

/** What a call says: the phases since the last one, each with its instance. */
function phasesOf(machine: TestMachine): () => string[] {
  const reader = createTraceReader(machine.memory);
  return () =>
    reader
      .drain()
      .records.filter(({ kind }) => kind === TRACE_KIND.PHASE)
      .map(({ a, c }) => `${c} ${UPDATE_PHASES[Number(a)]}`);
}

describe('a device of a running kernel', () => {
  it('goes to the pool when the kernel has let go of it, and to another that is told where it is', async () => {
    const machine = await twoKernels();
    expect(whoHas(machine)).toEqual({ rng0: [1, SLOT_0], disk0: [1, SLOT_1], rng1: null });
    expect(await machine.kerf('update alpha --devices -rng0')).toMatchObject({
      exitCode: 0,
      output: 'alpha gives rng0 back: its devices are disk0',
    });
    expect(machine.requests).toEqual([`1 DEVICE_REMOVE ${SLOT_0}`]);
    expect(await machine.kerf('update beta --devices +rng0')).toMatchObject({
      output: 'beta gets rng0: its devices are rng0',
    });
    expect(machine.requests.slice(1)).toEqual([`2 DEVICE_ADD ${SLOT_0}`]);
    expect(whoHas(machine)).toEqual({ rng0: [2, SLOT_0], disk0: [1, SLOT_1], rng1: null });
  });

  it('takes the lowest free slot', async () => {
    const machine = await twoKernels();
    await machine.kerf('update alpha --devices -rng0', 'update alpha --devices +rng1');
    expect(whoHas(machine)).toMatchObject({ rng1: [1, SLOT_0], disk0: [1, SLOT_1] });
  });

  it('comes from another kernel in one command, and rollback brings it back', async () => {
    const machine = await twoKernels();
    const moved = await machine.kerf('update beta --devices +rng0 --from alpha');
    expect(moved.output).toBe('beta gets rng0 from alpha: its devices are rng0');
    expect(machine.requests).toEqual([`1 DEVICE_REMOVE ${SLOT_0}`, `2 DEVICE_ADD ${SLOT_0}`]);
    const transactions = JSON.parse((await machine.kerf('show --overlays --format json')).output) as {
      dts: string;
    }[];
    expect(transactions.at(-1)?.dts).toContain('device-remove');
    await machine.kerf('rollback tx_3');
    expect(whoHas(machine)).toMatchObject({ rng0: [1, SLOT_0] });
  });

  it('goes through phases of the kernel that is asked, and of the one that is told', async () => {
    const machine = await twoKernels();
    const phases = phasesOf(machine);
    await machine.kerf('update beta --devices +rng0 --from alpha');
    const away = ['1 device-remove', '1 ownership', '1 free'];
    expect(phases()).toEqual([...away, '2 ownership', '2 device-add', '2 online']);
    machine.mannersOf.set(2, { deviceStatus: { add: 0n, remove: -1n } });
    await machine.kerf('update beta --devices -rng0');
    expect(phases()).toEqual(['2 device-remove', '2 failed']);
    expect(machine.controller.view().phases).toMatchObject([{ hart: -3, instance: 2, phase: 'failed' }]);
    machine.mannersOf.clear();
    await machine.kerf('kill beta --force', 'update alpha --devices +rng0 --from beta');
    expect(phases()).toEqual(['1 ownership', '1 device-add', '1 online']);
  });

  it('is set as a whole', async () => {
    const machine = await twoKernels();
    const reply = await machine.kerf('update alpha --devices disk0,rng1');
    expect(reply.output).toBe('alpha gives rng0 back and gets rng1: its devices are rng1, disk0');
    expect((await machine.kerf('update alpha --devices disk0,rng1')).output).toBe('alpha has that already');
    await machine.kerf('update alpha --devices=');
    expect(whoHas(machine)).toEqual({ rng0: null, rng1: null, disk0: null });
  });

  it('stays when the kernel refuses, and when it does not answer: then it is told to keep it', async () => {
    const machine = await twoKernels();
    machine.manners.deviceStatus = { add: 0n, remove: -1n };
    const refused = await machine.kerf('update alpha --devices -rng0');
    expect(refused.error).toMatchObject({
      code: 'device-remove-failed',
      reason: 'rng0 stays with alpha: alpha answered with error -1',
    });
    machine.manners.silent = true;
    const silent = await machine.kerf('update alpha --devices -rng0');
    expect(silent.error?.reason).toBe('rng0 stays with alpha: alpha did not acknowledge it in 5 s');
    await machine.settle();
    expect(machine.requests.slice(-2)).toEqual([`1 DEVICE_REMOVE ${SLOT_0}`, `1 DEVICE_ADD ${SLOT_0}`]);
    expect(whoHas(machine)).toMatchObject({ rng0: [1, SLOT_0] });
  });

  it('goes back when the kernel that was to get it refuses', async () => {
    const machine = await twoKernels();
    machine.mannersOf.set(2, { deviceStatus: { add: -4n, remove: 0n } });
    const refused = await machine.kerf('update beta --devices +rng0 --from alpha');
    expect(refused.error).toMatchObject({
      code: 'device-add-failed',
      reason: 'rng0 was given back to alpha: beta answered with error -4',
    });
    expect(machine.requests).toEqual([
      `1 DEVICE_REMOVE ${SLOT_0}`,
      `2 DEVICE_ADD ${SLOT_0}`,
      `1 DEVICE_ADD ${SLOT_0}`,
    ]);
    const pool = await machine.kerf('update beta --devices +rng1');
    expect(pool.error?.reason).toBe('rng1 was taken back to the pool: beta answered with error -4');
    expect(whoHas(machine)).toMatchObject({ rng0: [1, SLOT_0], rng1: null });
  });

  it('takes back what went before it when it cannot move', async () => {
    const machine = await twoKernels();
    machine.manners.deviceStatus = { add: -1n, remove: 0n };
    const refused = await machine.kerf('update beta --cpus +3 --devices +rng1');
    expect(refused.error?.reason).toContain('rng1 was taken back to the pool');
    expect(refused.error?.reason).toContain('hart 3 was moved back');
    expect(machine.ownership.hartOwner(3)).toBeNull();
  });

  it('leaves no interrupt, and no register of the last driver', async () => {
    const machine = await twoKernels();
    const plic = new Guest(machine.memory, 0, 1, new Plic(machine.memory));
    plic.write(PLIC_BASE + 4, 1n);
    plic.write(PLIC_BASE + 0x2080, 2n);
    const rng = wordsOf(machine, 'rng0');
    rng.interrupt(INTERRUPT.USED, 0);
    expect(machine.hartWord(0, HART.MIP) & SEIP).toBe(SEIP);
    await machine.kerf('update alpha --devices -rng0');
    expect(machine.hartWord(0, HART.MIP) & SEIP).toBe(0);
    expect(plic.read(PLIC_BASE + 0x1000)).toBe(0n);
    expect(plic.read(PLIC_BASE + 0x20_1004)).toBe(0n);
    expect(machine.view.getBigUint64(rng.at + 0x20, true)).toBe(0n);
  });

  it('is in the device tree of the next start, at reset, and free when its instance is deleted', async () => {
    const machine = await twoKernels();
    wordsOf(machine, 'rng0').interrupt(INTERRUPT.USED, 0);
    await machine.kerf('kill alpha --force', 'exec alpha');
    await machine.settle();
    const started = machine.starts.at(-1)?.opaque ?? 0;
    const tree = readBlob(new Uint8Array(machine.memory.buffer, RAM_HOST + started - RAM_BASE));
    if (!tree.ok) throw new Error(tree.error.reason);
    const soc = tree.value.children.find(({ name }) => name === 'soc');
    expect(soc?.children.map(({ name }) => name).filter((name) => name.startsWith('virtio'))).toEqual([
      'virtio_mmio@10001000',
      'virtio_mmio@10002000',
    ]);
    expect(wordsOf(machine, 'rng0').load(WORD.INTERRUPT)).toBe(0);
    await machine.kerf('kill alpha --force', 'unload alpha', 'delete alpha');
    expect(whoHas(machine)).toEqual({ rng0: null, rng1: null, disk0: null });
  });

  it('comes and goes without a message while no kernel runs', async () => {
    const machine = await twoKernels();
    await machine.kerf('kill alpha --force', 'update alpha --devices -disk0', 'update alpha --devices +rng1');
    expect(machine.requests).toEqual([]);
    expect(whoHas(machine)).toMatchObject({ rng0: [1, SLOT_0], rng1: [1, SLOT_1], disk0: null });
  });

  it('is in show, as text and as source, and its moves are in the trace', async () => {
    const machine = await twoKernels();
    const shown = (await machine.kerf('show')).output;
    expect(shown).toContain('devices  rng0 with alpha, rng1 free, disk0 with alpha');
    expect(shown).toContain('devices  rng0 at 0x10001000, interrupt 1, disk0 at 0x10002000,');
    const one = JSON.parse((await machine.kerf('show alpha --format json')).output) as {
      devices: { name: string }[];
    };
    expect(one.devices.map(({ name }) => name)).toEqual(['rng0', 'disk0']);
    const source = (await machine.kerf('show --format dts')).output;
    expect(source).toContain('devices = "rng0", "disk0";');
    expect(source).toContain('compatible = "virtio,device4";');
    const records = createTraceReader(machine.memory).drain().records;
    const moves = records.filter(({ kind }) => kind === TRACE_KIND.DEVICE_OWNER);
    expect(moves.map(({ a, b, c }) => [a, b, c])).toEqual([
      [0n, 2n, 0],
      [2n, 2n, 0],
    ]);
    expect(new Uint8Array(machine.memory.buffer)[HEADER.HART_OWNER]).toBe(2);
  });
});
