import { beforeEach, describe, expect, it } from 'vitest';
import type { DeviceTreeNode } from '../machine/device-tree/node.ts';
import { readBlob } from '../machine/device-tree/read-blob.ts';
import { Plic, setLine } from '../machine/devices/plic.ts';
import { SERVICES } from '../machine/devices/settle.ts';
import { MSG_RESOURCE, RESOURCE, RING, SLOT, STATUS, STATUS_OFFSET } from '../protocol/channel.ts';
import {
  CONTROLLER_END,
  EXIT_PANIC,
  EXIT_REBOOT,
  EXIT_SHUTDOWN,
  HART,
  HSM_STARTED,
  HSM_STOPPED,
  INSTANCE,
  PAGE_SIZE,
  PHASE_RUNNING,
  RAM_BASE,
  RAM_HOST,
} from '../protocol/layout.ts';
import type { InstanceView } from '../protocol/machine-view.ts';
import { NO_RECEIVER_HART } from './channel-region.ts';
import { ringFrom } from './channels.ts';
import { kernelImage } from './test-image.ts';
import { TestMachine } from './test-machine.ts';

const MIB = 2 ** 20;
const ALPHA = 'create alpha --cpus 0,1 --memory 4M';
const BETA = 'create beta --cpus 3 --memory 4M';

let machine: TestMachine;

beforeEach(() => {
  machine = new TestMachine({ harts: 4, memory: 64 * MIB });
  machine.files.set('kernel', kernelImage([0x11, 0x22, 0x33]));
  machine.files.set(
    'text',
    new TextEncoder().encode('not a kernel, only some text that is long enough to be read'),
  );
});

const instance = (name: string): InstanceView => {
  const found = machine.controller.view().instances.find((each) => each.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
};
const ram = (address: number): number => RAM_HOST + (address - RAM_BASE);
const hsm = (hart: number): number => machine.hartWord(hart, HART.HSM);
const ringWord = (from: string, to: string, offset: number): bigint => {
  const channel = machine.channels.between(instance(from).id as never, instance(to).id as never);
  if (!channel) throw new Error('no channel');
  return machine.view.getBigUint64(ringFrom(channel, instance(from).id as never) + offset, true);
};
const refusal = async (line: string): Promise<string> => {
  const reply = await machine.kerf(line);
  return `${reply.exitCode} ${reply.error?.code ?? 'accepted'}`;
};
const start = (...names: string[]): Promise<unknown> =>
  machine.kerf(...names.flatMap((name) => [`load ${name} --kernel kernel`, `exec ${name}`]));

describe('the life of an instance', () => {
  it('goes from create to active and back to nothing', async () => {
    const states: string[] = [];
    machine.controller.onChange(() => states.push(machine.controller.view().instances[0]?.state ?? 'none'));
    for (const line of [
      ALPHA,
      'load alpha --kernel kernel --cmdline "beat=on"',
      'exec alpha',
      'kill alpha',
    ]) {
      expect(await machine.kerf(line)).toMatchObject({ exitCode: 0 });
    }
    expect(instance('alpha')).toMatchObject({
      state: 'loaded',
      reason: 'killed',
      harts: [0, 1],
      bootHart: 0,
      bootId: 1,
      kernel: 'kernel',
      cmdline: 'beat=on',
    });
    await machine.kerf('unload alpha', 'delete alpha');
    expect([...new Set(states)]).toEqual(['ready', 'loaded', 'active', 'none']);
    expect(machine.controller.view()).toMatchObject({ instances: [], channels: [], freeMemory: 64 * MIB });
    expect(machine.ownership.hartsOf(null)).toEqual([0, 1, 2, 3]);
  });

  it('starts the boot hart in S-mode with the device tree, and no other', async () => {
    await machine.kerf('create alpha --cpus 0-2 --boot-cpu 1 --memory 4M');
    await start('alpha');
    await machine.settle();
    expect(machine.starts).toEqual([
      { hart: 1, pc: RAM_BASE, opaque: RAM_BASE + 4 * MIB - 0x1_0000, privilege: 1 },
    ]);
    expect([0, 1, 2].map(hsm)).toEqual([HSM_STOPPED, HSM_STARTED, HSM_STOPPED]);
    expect(machine.view.getUint32(RAM_HOST + 4 * MIB - 0x1_0000, false)).toBe(0xd00d_feed);
    expect(machine.instanceWord(1, INSTANCE.INTERRUPT_HART)).toBe(1);
  });

  it('starts every hart of an M-mode kernel, and warns when hart 0 is not among them', async () => {
    await machine.kerf('create alpha --cpus 1,2 --memory 4M --entry m', 'load alpha --kernel kernel');
    const reply = await machine.kerf('exec alpha');
    expect(reply.output).toContain('warning: hart 0 is not among its harts');
    await machine.settle();
    expect(machine.starts.map(({ hart, privilege }) => [hart, privilege])).toEqual([
      [1, 3],
      [2, 3],
    ]);
    await machine.kerf('create beta --cpus 0 --memory 4M --entry m', 'load beta --kernel kernel');
    expect((await machine.kerf('exec beta')).output).not.toContain('warning');
  });

  it('places the kernel in empty memory at each exec', async () => {
    await machine.kerf(ALPHA);
    await start('alpha');
    const bytes = new Uint8Array(machine.memory.buffer);
    bytes[RAM_HOST] = 0xee;
    bytes[RAM_HOST + MIB] = 0xee;
    await machine.kerf('kill alpha');
    expect([bytes[RAM_HOST], bytes[RAM_HOST + MIB]]).toEqual([0xee, 0xee]);
    await machine.kerf('exec alpha');
    expect([bytes[RAM_HOST], bytes[RAM_HOST + MIB]]).toEqual([kernelImage([])[0], 0]);
    expect(instance('alpha').bootId).toBe(2);
  });

  it('says where a flat image lies, which nothing in the file tells, and of no other', async () => {
    machine.files.set('flat.bin', Uint8Array.of(0x6f, 0, 0, 0));
    await machine.kerf('create alpha --cpus 0 --memory 4M --memory-base 0x81000000');
    const note = 'flat image placed at 0x81000000; an image linked elsewhere needs --memory-base';
    for (const option of [' --dry-run', '']) {
      const reply = await machine.kerf(`load alpha --kernel flat.bin${option}`);
      expect(reply.exitCode).toBe(0);
      expect(reply.output.split('\n')[1]).toBe(note);
    }
    expect((await machine.kerf('load alpha --kernel kernel')).output).not.toContain('flat');
  });

  it('leaves nothing behind after 50 rounds', async () => {
    await machine.kerf(ALPHA, BETA);
    await start('alpha', 'beta');
    await machine.settle();
    const before = JSON.stringify({ ...machine.controller.view(), instances: [] });
    for (let round = 0; round < 50; round += 1) {
      expect(await machine.kerf(round % 2 === 0 ? 'kill beta' : 'kill beta --force')).toMatchObject({
        exitCode: 0,
      });
      expect(await machine.kerf('exec beta')).toMatchObject({ exitCode: 0 });
      await machine.settle();
    }
    expect(JSON.stringify({ ...machine.controller.view(), instances: [] })).toBe(before);
    expect(instance('beta').bootId).toBe(51);
    expect(machine.replaced).toEqual([]);
    expect(ringWord('beta', 'alpha', RING.EPOCH)).toBe(52n);
  });

  it('takes each verb only in its state', async () => {
    await machine.kerf(ALPHA);
    const all = ['load alpha --kernel kernel', 'exec alpha', 'kill alpha', 'unload alpha', 'delete alpha'];
    const taken = async (): Promise<string[]> => {
      const verbs: string[] = [];
      for (const line of all) {
        const reply = await machine.kerf(line.replace('kernel kernel', 'kernel nothing --dry-run'));
        if (reply.error?.code !== 'wrong-state') verbs.push(line.split(' ')[0] ?? '');
        if (reply.exitCode === 0) break;
      }
      return verbs;
    };
    expect(await taken()).toEqual(['load', 'delete']);
    await machine.kerf(ALPHA, 'load alpha --kernel kernel');
    const refused = await machine.kerf('delete alpha');
    expect(refused.error).toEqual({
      code: 'wrong-state',
      reason: 'delete works on an instance that is empty or ready or failed; alpha is loaded',
      hint: 'first: kerf unload alpha',
    });
    expect(await refusal('load alpha --kernel kernel')).toBe('1 wrong-state');
    await machine.kerf('exec alpha');
    for (const line of ['exec alpha', 'unload alpha', 'delete alpha']) {
      expect(await refusal(line)).toBe('1 wrong-state');
    }
    expect((await machine.kerf('delete alpha')).error?.hint).toBe(
      'first: kerf kill alpha, then kerf unload alpha',
    );
  });

  it('answers usage with 2, files with 3, and shows the line', async () => {
    await machine.kerf(ALPHA);
    expect(await machine.kerf('exec')).toMatchObject({
      line: 'kerf exec',
      exitCode: 2,
      error: { code: 'no-name' },
    });
    expect(await refusal('load alpha --kernel missing')).toBe('3 no-such-file');
    expect(await refusal(`load alpha --kernel missing --cmdline ${'x'.repeat(1024)}`)).toBe(
      '1 cmdline-too-long',
    );
    const text = await machine.kerf('  kerf load alpha --kernel text ');
    expect(text).toMatchObject({ line: 'kerf load alpha --kernel text', exitCode: 3 });
    expect(instance('alpha').state).toBe('ready');
    expect(await refusal('exec nobody')).toBe('1 no-such-instance');
  });

  it('changes nothing in a dry run', async () => {
    const lines: string[] = [];
    machine.controller.onKerf((reply) => lines.push(reply.line));
    await machine.kerf(`${ALPHA} --dry-run`);
    expect(machine.controller.view().instances).toEqual([]);
    await machine.kerf(ALPHA, 'load alpha --kernel kernel --dry-run', 'update alpha --cpus 1 --dry-run');
    expect(instance('alpha')).toMatchObject({ state: 'ready', harts: [0, 1] });
    const reply = await machine.kerf('load alpha --kernel kernel', 'exec alpha --dry-run');
    expect(reply.output).toContain('nothing was changed');
    expect(instance('alpha').state).toBe('loaded');
    expect(lines).toHaveLength(6);
  });

  it('refuses to boot without a hart', async () => {
    await machine.kerf(BETA, 'load beta --kernel kernel', 'update beta --cpus -3');
    expect(instance('beta')).toMatchObject({ harts: [], bootHart: -1 });
    expect(await refusal('exec beta')).toBe('1 no-harts');
    expect(await machine.kerf('update beta --cpus +2', 'exec beta')).toMatchObject({ exitCode: 0 });
  });
});

describe('a kernel that ends by itself', () => {
  beforeEach(async () => {
    await machine.kerf(ALPHA, BETA);
    await start('alpha', 'beta');
    await machine.settle();
  });

  it.each([
    [EXIT_SHUTDOWN, 'shutdown'],
    [EXIT_PANIC, 'panic'],
  ])('with exit %i is loaded because of %s, and its peers hear of it', async (exit, reason) => {
    machine.setHartWord(0, HART.MIP, 0);
    machine.exit(2, exit);
    await machine.settle();
    expect(instance('beta')).toMatchObject({ state: 'loaded', reason });
    expect(instance('alpha').state).toBe('active');
    expect(ringWord('beta', 'alpha', RING.DEAD)).toBe(1n);
    expect(ringWord('alpha', 'beta', RING.DEAD)).toBe(0n);
    expect(ringWord('alpha', 'beta', RING.RECEIVER_CPU)).toBe(NO_RECEIVER_HART);
    expect(ringWord('beta', 'alpha', RING.RECEIVER_CPU)).toBe(0n);
    expect(machine.hartWord(0, HART.MIP)).toBe(2);
    expect(machine.instanceWord(2, INSTANCE.ACTIVE)).toBe(0);
    await machine.kerf('exec beta');
    expect(ringWord('beta', 'alpha', RING.DEAD)).toBe(0n);
    expect(ringWord('alpha', 'beta', RING.RECEIVER_CPU)).toBe(3n);
  });

  it('with a reboot starts again under a new boot ID', async () => {
    await machine.until(() => false, 1_000);
    machine.exit(2, EXIT_REBOOT);
    await machine.settle();
    expect(instance('beta')).toMatchObject({ state: 'active', reason: '', bootId: 2 });
    expect(machine.starts.filter((each) => each.hart === 3)).toHaveLength(2);
  });

  it('with a reboot again and again starts once a second', async () => {
    machine.behaviour = {
      boot: (kernel) => {
        if (kernel.instance === 2) machine.exit(2, EXIT_REBOOT);
      },
    };
    machine.exit(2, EXIT_REBOOT);
    const before = instance('beta').bootId;
    await machine.until(() => false, 10_500);
    expect(instance('beta').bootId - before).toBe(10);
  });

  it.each(['kill beta', 'kill beta --force'])('with a reboot does not start again after %s', async (line) => {
    machine.exit(2, EXIT_REBOOT);
    await machine.settle();
    expect(instance('beta')).toMatchObject({ state: 'loaded', reason: 'reboot' });
    expect((await machine.kerf(line)).output).toBe('beta is loaded: killed');
    await machine.until(() => false, 2_000);
    expect(instance('beta')).toMatchObject({ state: 'loaded', reason: 'killed', bootId: 1 });
    expect(await machine.kerf('exec beta')).toMatchObject({ exitCode: 0 });
  });

  it('by the death of a worker has failed, and costs nobody else', async () => {
    await machine.kerf('update alpha --cpus +2');
    machine.lose(2);
    await machine.settle();
    expect(instance('alpha')).toMatchObject({
      state: 'failed',
      reason: 'the worker of hart 2 died: out of memory',
      harts: [0, 1, 2],
    });
    expect(machine.replaced).toEqual([2]);
    expect([0, 1, 2].map(hsm)).toEqual([HSM_STOPPED, HSM_STOPPED, HSM_STOPPED]);
    expect(instance('beta').state).toBe('active');
    expect(await refusal('exec alpha')).toBe('1 wrong-state');
    expect(await machine.kerf('unload alpha', 'load alpha --kernel kernel', 'exec alpha')).toMatchObject({
      exitCode: 0,
    });
  });

  it('whose free hart loses its worker gets a new worker for it', async () => {
    machine.lose(2);
    await machine.settle();
    expect(machine.replaced).toEqual([2]);
    expect(await machine.kerf('update alpha --cpus +2')).toMatchObject({ exitCode: 0 });
  });

  it('is not restarted on a hart that gets no worker any more, but without it', async () => {
    await machine.kerf('kill alpha', 'update alpha --cpus +2', 'exec alpha');
    machine.unstartable.add(2);
    machine.lose(2);
    await machine.settle();
    // Looked at again and again, it is not tried again.
    await machine.settle();
    expect(machine.replaced).toEqual([2]);
    expect(machine.controller.view().harts[2]).toMatchObject({ lost: true, noWorker: 'out of memory' });
    expect((await machine.kerf('show')).output).toContain('hart 2   has no worker: out of memory');
    expect(instance('alpha').state).toBe('failed');
    await machine.kerf('unload alpha', 'load alpha --kernel kernel');
    expect((await machine.kerf('exec alpha')).error).toEqual({
      code: 'hart-no-worker',
      reason: 'alpha cannot run on hart 2: hart 2 has no worker: out of memory',
      hint: 'take it away: kerf update alpha --cpus -2',
    });
    expect(await machine.kerf('update alpha --cpus -2', 'exec alpha')).toMatchObject({ exitCode: 0 });
    expect(await refusal('update alpha --cpus +2')).toBe('1 hart-no-worker');
  });
});

describe('update of a running kernel', () => {
  beforeEach(async () => {
    await machine.kerf(BETA);
    await start('beta');
    await machine.settle();
  });

  const add = 'update beta --cpus +1,2';

  it('adds harts by messages, phase by phase', async () => {
    const phases: string[] = [];
    machine.controller.onChange(() => {
      const { phases: now } = machine.controller.view();
      const text = now.map(({ hart, phase }) => `${hart} ${phase}`).join(', ');
      if (text !== '' && phases.at(-1) !== text) phases.push(text);
    });
    expect(await machine.kerf(add)).toMatchObject({
      exitCode: 0,
      output: 'hart 1-2 joined beta: it has 1-3',
    });
    expect(phases.slice(0, 4)).toEqual(['1 ownership', '1 cpu-add', '1 starting', '1 online']);
    expect(phases.at(-1)).toBe('1 online, 2 online');
    expect(machine.controller.view().phases).toEqual([]);
    expect([1, 2].map(hsm)).toEqual([HSM_STARTED, HSM_STARTED]);
    expect(instance('beta')).toMatchObject({ harts: [1, 2, 3], bootHart: 3 });
    await machine.kerf('kill beta');
    expect([1, 2, 3].map(hsm)).toEqual([HSM_STOPPED, HSM_STOPPED, HSM_STOPPED]);
    expect(instance('beta').bootHart).toBe(1);
  });

  it.each([
    ['does not acknowledge', { deaf: true }, 'beta did not acknowledge it in 5 s'],
    ['answers with an error', { addStatus: -3n }, 'beta answered with error -3'],
    ['pretends', { pretends: true }, 'beta said that hart 1 is online, but it has not started it'],
  ])('is rolled back when the kernel %s', async (_what, manners, why) => {
    Object.assign(machine.manners, manners);
    const reply = await machine.kerf(add);
    expect(reply).toMatchObject({
      exitCode: 1,
      error: { code: 'cpu-add-failed', reason: `hart 1 was taken back to the pool: ${why}` },
    });
    expect(instance('beta')).toMatchObject({ state: 'active', harts: [3] });
    expect(hsm(1)).toBe(HSM_STOPPED);
    expect(machine.controller.view().phases).toMatchObject([{ hart: 1, instance: 1, phase: 'failed' }]);
  });

  it('gives the hart the interrupts of its new kernel, and takes them back with it', async () => {
    const SEIP = 1 << 9;
    const plic = new Plic(machine.memory);
    const write = (offset: number, lo: number): boolean =>
      plic.write({ hart: 3, instance: 1, offset, width: 4, lo, hi: 0 });
    machine.manners.deaf = true;
    const first = machine.kerf(add);
    await machine.until(() => machine.controller.view().phases[0]?.phase === 'cpu-add', 100);
    write(4 * 10, 1);
    // Source 10 for hart 1 in S-mode.
    write(0x2000 + 0x80 * 3, 1 << 10);
    setLine(machine.words, 1, 10, true, SERVICES);
    expect(machine.hartWord(1, HART.MIP)).toBe(SEIP);
    const fences = machine.hartWord(3, HART.FENCE_REQUEST);
    expect(await first).toMatchObject({ error: { code: 'cpu-add-failed' } });
    expect(machine.hartWord(1, HART.MIP)).toBe(0);
    // The kernel's other harts may have been driving it: they are fenced before anybody else can have it.
    expect(machine.hartWord(3, HART.FENCE_REQUEST)).toBeGreaterThan(fences);
    machine.manners.deaf = false;
    expect(await machine.kerf('update beta --cpus +1')).toMatchObject({ exitCode: 0 });
    expect(machine.hartWord(1, HART.MIP)).toBe(SEIP);
  });

  it('is rolled back when the kernel ends meanwhile', async () => {
    machine.manners.deaf = true;
    const reply = machine.kerf(add);
    await machine.until(() => machine.controller.view().phases[0]?.phase === 'cpu-add', 100);
    machine.exit(1, EXIT_PANIC);
    expect((await reply).error?.reason).toContain('beta ended meanwhile');
    await machine.settle();
    expect(instance('beta')).toMatchObject({ state: 'loaded', reason: 'panic', harts: [3] });
    expect(machine.ownership.hartsOf(null)).toEqual([0, 1, 2]);
  });

  it('does not listen to acknowledgements of something else', async () => {
    machine.manners.deaf = true;
    const reply = machine.kerf(add);
    await machine.until(() => machine.controller.view().phases[0]?.phase === 'cpu-add', 100);
    const channel = machine.channels.between(CONTROLLER_END, 1 as never);
    if (!channel) throw new Error('no channel');
    const payload = Uint8Array.from([2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    const ring = ringFrom(channel, 1 as never);
    machine.region.sendMessage(ring, 0, {
      type: MSG_RESOURCE,
      subtype: RESOURCE.CPU_ADD + RESOURCE.ACK,
      id: 1n,
      payload,
    });
    machine.region.sendMessage(ring, 1, {
      type: MSG_RESOURCE,
      subtype: RESOURCE.CPU_ADD + RESOURCE.ACK,
      id: 1n,
      payload: payload.subarray(0, 8),
    });
    expect((await reply).error?.reason).toContain('did not acknowledge');
  });

  it('keeps the hart that it booted on', async () => {
    expect(await refusal('update beta --cpus 1')).toBe('1 boot-hart');
  });
});

describe('update of a kernel that does not run', () => {
  it('moves harts freely', async () => {
    await machine.kerf(ALPHA, BETA, 'update alpha --cpus -1', 'update beta --cpus 1,3');
    expect([instance('alpha').harts, instance('beta').harts]).toEqual([[0], [1, 3]]);
    expect(await machine.kerf('update beta --cpus 1,3')).toMatchObject({
      output: 'beta has these harts already',
    });
  });
});

describe('channels', () => {
  it('outlive a deleted peer for a kernel that runs, and are freed when it stops', async () => {
    await machine.kerf(ALPHA, BETA);
    await start('alpha');
    await machine.kerf('delete beta');
    const view = machine.controller.view();
    expect(view).toMatchObject({ channels: [], instances: [{ name: 'alpha', peers: [] }] });
    const [gone] = machine.channels.list().filter((channel) => channel.a !== CONTROLLER_END);
    expect(gone).toMatchObject({ a: 1 });
    await machine.kerf('create beta --cpus 3 --memory 4M');
    expect(machine.controller.view().channels).toHaveLength(1);
    machine.exit(1, EXIT_SHUTDOWN);
    await machine.settle();
    expect(machine.channels.list()).toHaveLength(3);
    await machine.kerf('unload alpha', 'delete alpha', 'delete beta');
    expect(machine.controller.view().freeMemory).toBe(64 * MIB);
  });

  it('start empty, and not while a running peer is in the middle of sending', async () => {
    await machine.kerf(ALPHA, BETA);
    await start('alpha', 'beta');
    await machine.kerf('kill beta');
    const channel = machine.channels.between(1 as never, 2 as never);
    if (!channel) throw new Error('no channel');
    const ring = ringFrom(channel, 1 as never);
    machine.view.setBigUint64(ring + RING.HEAD, 1n, true);
    const began = machine.ticks;
    const reply = machine.kerf('exec beta');
    await machine.until(() => machine.ticks >= began + 10 * 10_000, 100);
    expect(instance('beta').state).toBe('loaded');
    machine.view.setBigUint64(ring + RING.SLOTS + SLOT.DATA_SIZE, 20n, true);
    expect((await reply).exitCode).toBe(0);
    expect(machine.ticks - began).toBeLessThan(50 * 10_000);
    expect([ringWord('alpha', 'beta', RING.HEAD), ringWord('alpha', 'beta', RING.TAIL)]).toEqual([0n, 0n]);
    expect(machine.region.drainMessages(ring, 0).messages).toEqual([]);
  });

  it('do not wait for ever for a peer that never publishes', async () => {
    await machine.kerf(ALPHA, BETA);
    await start('alpha', 'beta');
    await machine.kerf('kill beta');
    const channel = machine.channels.between(1 as never, 2 as never);
    if (!channel) throw new Error('no channel');
    machine.view.setBigUint64(ringFrom(channel, 1 as never) + RING.HEAD, 1n, true);
    expect(await machine.kerf('exec beta')).toMatchObject({ exitCode: 0 });
    expect(ringWord('alpha', 'beta', RING.HEAD)).toBe(0n);
  });

  it('are in the device tree of each end, each ring with its direction', async () => {
    await machine.kerf(ALPHA, BETA);
    await start('alpha', 'beta');
    const chosen = (name: string): DeviceTreeNode => {
      const { base = 0, size = 0 } = instance(name).memory ?? {};
      const tree = readBlob(
        new Uint8Array(machine.memory.buffer).slice(ram(base + size - 0x1_0000), ram(base + size)),
      );
      const found = tree.ok ? tree.value.children.find((child) => child.name === 'chosen') : undefined;
      if (!found) throw new Error('no /chosen');
      return found;
    };
    const rings = (node: DeviceTreeNode | undefined): bigint[] =>
      ['multikernel,ipi-buffer', 'multikernel,host-ipi-buffer'].map((wanted) => {
        const value = node?.properties.find((property) => property.name === wanted)?.value;
        return value ? new DataView(value.buffer, value.byteOffset).getBigUint64(0) : 0n;
      });
    const ring = (from: number, to: number): bigint => {
      const channel = machine.channels.between(from as never, to as never);
      return channel ? BigInt(ringFrom(channel, from as never) - RAM_HOST + RAM_BASE) : -1n;
    };
    const [alpha, beta] = [chosen('alpha'), chosen('beta')];
    expect(rings(alpha)).toEqual([ring(CONTROLLER_END, 1), ring(1, CONTROLLER_END)]);
    expect(rings(alpha.children.find((child) => child.name === 'peer@2'))).toEqual([ring(2, 1), ring(1, 2)]);
    expect(rings(beta.children.find((child) => child.name === 'peer@1'))).toEqual([ring(1, 2), ring(2, 1)]);
  });

  it('say in the answer that a running peer was told of them', async () => {
    await machine.kerf(ALPHA);
    await start('alpha');
    expect((await machine.kerf(BETA)).output).toContain('alpha was told of the new channel');
  });

  it('say it of several as one does', async () => {
    await machine.kerf(ALPHA);
    await start('alpha');
    await machine.kerf('create beta --cpus 2 --memory 4M');
    await start('beta');
    expect((await machine.kerf('create gamma --cpus 3 --memory 4M')).output).toContain(
      '\nalpha and beta were told of the new channel',
    );
  });

  it('show no status of the last kernel', async () => {
    await machine.kerf(ALPHA);
    const { status } = instance('alpha');
    const at = RAM_HOST + ((status ?? 0) - RAM_BASE);
    expect(((status ?? 0) - STATUS_OFFSET) % PAGE_SIZE).toBe(0);
    machine.view.setBigUint64(at + STATUS.BEATS, 99n, true);
    await start('alpha');
    expect(machine.view.getBigUint64(at + STATUS.BEATS, true)).toBe(0n);
  });
});

describe('the machine', () => {
  it('switches isolation when every hart has dropped its translations', async () => {
    expect(machine.controller.view().isolation).toBe('enforced');
    for (const hart of [0, 1, 2, 3]) machine.setHartWord(hart, HART.PHASE, PHASE_RUNNING);
    await machine.controller.setIsolation('cooperative');
    expect(machine.controller.view().isolation).toBe('cooperative');
    expect([0, 1, 2, 3].map((hart) => machine.hartWord(hart, HART.FENCE_ACK))).toEqual([1, 1, 1, 1]);
  });

  it('switches isolation while a command waits for a kernel, in the order of the switches', async () => {
    await machine.kerf(BETA);
    await start('beta');
    machine.manners.deaf = true;
    let answered = false;
    const kill = machine.kerf('kill beta').then(() => (answered = true));
    await Promise.all([
      machine.controller.setIsolation('cooperative'),
      machine.controller.setIsolation('enforced'),
      machine.controller.setIsolation('cooperative'),
    ]);
    expect(machine.controller.view().isolation).toBe('cooperative');
    expect(answered).toBe(false);
    await kill;
  });

  it('replaces a hart that hears no fence, and its kernel has failed', async () => {
    await machine.kerf(BETA);
    await start('beta');
    await machine.settle();
    machine.hung.add(3);
    machine.setHartWord(3, HART.PHASE, PHASE_RUNNING);
    await machine.controller.setIsolation('cooperative');
    await machine.settle();
    expect(machine.replaced).toContain(3);
    expect(instance('beta').state).toBe('failed');
  });

  it('shows pool and instances in 80 columns, and as JSON', async () => {
    await machine.kerf(
      ALPHA,
      BETA,
      `load alpha --kernel kernel --cmdline "${'word '.repeat(40)}${'x'.repeat(100)}"`,
    );
    const { output } = await machine.kerf('show');
    expect(output.split('\n').filter((line) => line.length > 80)).toEqual([]);
    for (const text of [
      'harts 2, ',
      'alpha (1)',
      'loaded, boot ID 0',
      '0-1, boots on 0',
      '0x80000000-0x803fffff (4M)',
      'beta',
    ]) {
      expect(output).toContain(text);
    }
    expect((await machine.kerf('show beta')).output).not.toContain('alpha (1)');
    const json: unknown = JSON.parse((await machine.kerf('show beta --format json')).output);
    expect(json).toMatchObject({ name: 'beta', harts: [3], state: 'ready', peers: ['alpha'] });
    expect(await refusal('show nobody')).toBe('1 no-such-instance');
    expect((await machine.kerf('help')).output).toContain('kerf help VERB');
  });

  it('carries out one command at a time, in order', async () => {
    const replies = await Promise.all(
      [ALPHA, 'load alpha --kernel kernel', 'exec alpha', 'kill alpha', 'unload alpha'].map((line) =>
        machine.controller.run(line),
      ),
    );
    expect(replies.map((reply) => reply.exitCode)).toEqual([0, 0, 0, 0, 0]);
  });
});
