/** A kernel is replaced in place: what becomes of it when one of the two kernels fails, or lies, in each phase. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { InstanceId } from '../base/brand.ts';
import { longs, node, strings } from '../machine/device-tree/node.ts';
import { readBlob } from '../machine/device-tree/read-blob.ts';
import { writeBlob } from '../machine/device-tree/write-blob.ts';
import { SYSTEM } from '../protocol/channel.ts';
import {
  EXIT_PANIC,
  HART,
  HSM_STARTED,
  HSM_STOPPED,
  INSTANCE,
  RAM_BASE,
  RAM_HOST,
} from '../protocol/layout.ts';
import type { InstanceView, KerfReply } from '../protocol/machine-view.ts';
import { kernelImage } from './test-image.ts';
import { TestMachine, type TestVoice } from './test-machine.ts';

const MIB = 2 ** 20;
const PAGE = 0x1000;

/** What the old and the next kernel do; a test changes what it is about. */
interface Part {
  /** Where the tree is and how long it is said to be; null: no answer. */
  preserve: (() => readonly bigint[] | null) | null;
  freeze: (() => readonly bigint[] | null) | null;
  stop: () => void;
  finish: (() => readonly bigint[] | null) | null;
}

let machine: TestMachine;
let part: Part;
let said: string[];

const view = (): InstanceView => {
  const [found] = machine.controller.view().instances;
  if (!found) throw new Error('no instance');
  return found;
};
const base = (): number => view().memory?.base ?? 0;
const kept = (): number => base() + 5 * MIB;
const tree = (): number => base() + 6 * MIB;
const ram = (address: number): number => RAM_HOST + (address - RAM_BASE);
const byte = (address: number): number => machine.view.getUint8(ram(address));
const put = (address: number, bytes: Uint8Array): void =>
  new Uint8Array(machine.memory.buffer).set(bytes, ram(address));
const stopAll = (): void => [0, 1].forEach((hart) => machine.setHartWord(hart, HART.HSM, HSM_STOPPED));
const panic = (): null => {
  machine.exit(view().id, EXIT_PANIC);
  return null;
};
/** A tree that describes one page. */
const treeOf = (address: number): Uint8Array =>
  writeBlob(
    node(
      '',
      [strings('compatible', 'kho-v1')],
      [node('state', [strings('compatible', 'test,state'), longs('reg', address, PAGE)])],
    ),
    0,
  );
const blob = (): Uint8Array => treeOf(kept());
const handOver = async (): Promise<KerfReply> => machine.kerf('exec alpha --kho');
const hart = (number: number): number => machine.hartWord(number, HART.HSM);

beforeEach(async () => {
  machine = new TestMachine({ harts: 4, memory: 64 * MIB });
  machine.files.set('kernel', kernelImage([1]));
  machine.files.set('next', kernelImage([2, 3]));
  machine.files.set('big', kernelImage(Array.from({ length: 4 * MIB }, () => 0)));
  said = [];
  part = {
    preserve: () => {
      put(tree(), blob());
      return [0n, BigInt(tree()), BigInt(blob().length)];
    },
    freeze: () => [0n, 7n, 0x77n],
    stop: stopAll,
    finish: () => [0n, 7n, 0x77n, 0n],
  };
  const answers: Readonly<Record<number, (kernel: TestVoice, id: bigint) => void>> = {
    [SYSTEM.KHO_PRESERVE]: (kernel, id) => answer(kernel, SYSTEM.KHO_PRESERVED, id, part.preserve?.()),
    [SYSTEM.KHO_FREEZE]: (kernel, id) => answer(kernel, SYSTEM.KHO_FROZEN, id, part.freeze?.()),
    [SYSTEM.KHO_STOP]: () => part.stop(),
  };
  const answer = (
    kernel: TestVoice,
    subtype: number,
    id: bigint,
    words: readonly bigint[] | null | undefined,
  ): void => {
    if (words) kernel.say(subtype, id, ...words);
  };
  machine.behaviour = {
    system: (kernel, subtype, id) => {
      said.push(Object.entries(SYSTEM).find(([, value]) => value === subtype)?.[0] ?? '?');
      answers[subtype]?.(kernel, id);
    },
    boot: (kernel) => {
      if (kernel.boot > 1) answer(kernel, SYSTEM.KHO_FINISH, 0n, part.finish?.());
    },
  };
  await machine.kerf(
    'create alpha --cpus 0,1 --memory 8M',
    'load alpha --kernel kernel',
    'exec alpha',
    'load alpha --kernel next --cmdline new',
  );
  put(kept(), Uint8Array.of(0x5a));
  put(kept() + PAGE, Uint8Array.of(0x5a));
  put(base() + 3 * MIB, Uint8Array.of(0x5a));
});

describe('a hand-over', () => {
  it('keeps what is preserved, clears the rest, and starts the next kernel in scratch with the tree', async () => {
    const reply = await handOver();
    expect(reply.output).toContain('counter 7, hash 0x0000000000000077, as before');
    expect(said).toEqual(['KHO_PRESERVE', 'KHO_FREEZE', 'KHO_STOP']);
    expect([byte(kept()), byte(kept() + PAGE), byte(base() + 3 * MIB)]).toEqual([0x5a, 0, 0]);
    expect(view()).toMatchObject({ state: 'active', kernel: 'next', cmdline: 'new', bootId: 2 });
    const start = machine.starts.at(-1);
    expect(start).toMatchObject({ hart: 0, pc: base() });
    const given = readBlob(new Uint8Array(machine.memory.buffer).slice(ram(start?.opaque ?? 0)));
    const chosen = given.ok ? given.value.children.find(({ name }) => name === 'chosen') : undefined;
    expect(chosen?.properties).toEqual(
      expect.arrayContaining([
        longs('linux,kho-scratch', base(), 4 * MIB),
        longs('linux,kho-fdt', tree(), blob().length),
      ]),
    );
  });

  it('gives the next kernel the tree that was checked, whatever the old one has made of it since', async () => {
    part.stop = () => {
      put(tree(), new Uint8Array(PAGE).fill(0xff));
      stopAll();
    };
    expect(await handOver()).toMatchObject({ exitCode: 0 });
    expect(new Uint8Array(machine.memory.buffer).slice(ram(tree()), ram(tree()) + blob().length)).toEqual(
      blob(),
    );
  });

  it('keeps what is preserved in memory that was added, and clears the rest of that, too', async () => {
    expect(await machine.kerf('update alpha --memory +2M')).toMatchObject({ exitCode: 0 });
    const added = view().addedMemory[0]?.base ?? 0;
    const at = added + 16 * PAGE;
    [added, at - 1, at, at + PAGE - 1, at + PAGE, added + 2 * MIB - 1].forEach((address) =>
      put(address, Uint8Array.of(0x5a)),
    );
    const described = treeOf(at);
    part.preserve = () => {
      put(tree(), described);
      return [0n, BigInt(tree()), BigInt(described.length)];
    };
    const reply = await handOver();
    expect(reply.output).toContain('preserved: 4K in 1 range; given up: 10236K');
    expect([at, at + PAGE - 1].map(byte)).toEqual([0x5a, 0x5a]);
    expect([added, at - 1, at + PAGE, added + 2 * MIB - 1, kept()].map(byte)).toEqual([0, 0, 0, 0, 0]);
    expect(view()).toMatchObject({ bootId: 2, addedMemory: [{ base: added, size: 2 * MIB }] });
  });

  it('frees the channels that the old kernel still had with deleted peers', async () => {
    const free = (): number => machine.controller.view().freeMemory;
    const before = free();
    await machine.kerf('create beta --cpus 2 --memory 4M --peer alpha', 'delete beta');
    // The kernels of these tests do not know PEER_REMOVE.
    expect(free()).toBeLessThan(before);
    await handOver();
    expect(free()).toBe(before);
    expect(machine.channels.of(view().id as InstanceId)).toHaveLength(1);
  });

  it('can be repeated, and needs another image each time', async () => {
    await handOver();
    expect(await handOver()).toMatchObject({ error: { code: 'no-next-kernel' } });
    await machine.kerf('load alpha --kernel kernel');
    expect(await handOver()).toMatchObject({ exitCode: 0 });
    expect(view()).toMatchObject({ kernel: 'kernel', bootId: 3 });
  });
});

describe('refused before anything is asked', () => {
  it('on an instance that does not run, without a next kernel, on a paused machine, and in a dry run', async () => {
    expect((await machine.kerf('exec alpha --kho --dry-run')).output).toContain('nothing was changed');
    machine.setHartWord(0, HART.HSM, HSM_STARTED);
    machine.words[0x14 >> 2] = 1;
    expect(await handOver()).toMatchObject({ error: { code: 'paused' } });
    machine.words[0x14 >> 2] = 0;
    expect(said).toEqual([]);
    await machine.kerf('kill alpha --force');
    expect(await handOver()).toMatchObject({
      error: { code: 'wrong-state', hint: 'first: kerf exec alpha' },
    });
    await machine.kerf('exec alpha');
    expect(await handOver()).toMatchObject({ error: { code: 'no-next-kernel' } });
  });

  it('an image that does not fit scratch, one with a RAM disk, and one where there is no scratch', async () => {
    expect(await machine.kerf('load alpha --kernel big')).toMatchObject({
      error: { code: 'image-too-large' },
    });
    expect(await machine.kerf('load alpha --kernel next --initrd big')).toMatchObject({
      error: { code: 'initrd-at-hand-over' },
    });
    await machine.kerf('create small --cpus 2 --memory 4M', 'load small --kernel kernel', 'exec small');
    expect(await machine.kerf('load small --kernel next')).toMatchObject({ error: { code: 'no-scratch' } });
  });
});

describe('the old kernel goes on undisturbed', () => {
  const goesOn = async (code: string, reason: string): Promise<void> => {
    const reply = await handOver();
    expect(reply.error).toMatchObject({ code, reason: expect.stringContaining(reason) });
    expect(reply.error?.reason).toContain('alpha goes on');
    expect(view()).toMatchObject({ state: 'active', bootId: 1, kernel: 'kernel' });
    expect([hart(0), byte(kept() + PAGE)]).toEqual([HSM_STARTED, 0x5a]);
    expect(machine.controller.view().phases.map(({ phase }) => phase)).toEqual(['failed']);
  };

  it('when it does not know the question', async () => {
    part.preserve = null;
    await goesOn('kho-preserve', 'did not answer in 5 s');
    expect(said).toEqual(['KHO_PRESERVE']);
  });

  it('when it answers with an error, or with nothing', async () => {
    part.preserve = () => [-1n, 0n, 0n];
    await goesOn('kho-preserve', 'error -1');
    part.preserve = () => [];
    await goesOn('kho-preserve', 'no status');
  });

  it('when it lies about the tree, or in the tree', async () => {
    part.preserve = () => [0n, 2n ** 64n - 1n, 2n ** 64n - 1n];
    await goesOn('kho-tree', 'lies');
    part.preserve = () => [0n, BigInt(base()), 100n];
    await goesOn('kho-tree', 'scratch');
    part.preserve = () => [0n, BigInt(tree()), 100n];
    await goesOn('kho-tree', 'cannot be read');
    expect(new Set(said)).toEqual(new Set(['KHO_PRESERVE']));
  });

  it('when it does not freeze, and is told that nothing comes of it', async () => {
    part.freeze = null;
    await goesOn('kho-freeze', 'did not answer in 1 s');
    await machine.settle();
    expect(said).toEqual(['KHO_PRESERVE', 'KHO_FREEZE', 'KHO_ABORT']);
    part.freeze = () => [-1n, 0n, 0n];
    await goesOn('kho-freeze', 'error -1');
    part.freeze = () => [0n, 7n, 0x77n];
    expect(await handOver()).toMatchObject({ exitCode: 0 });
  });
});

describe('the old kernel ends in', () => {
  it.each(['preserve', 'freeze', 'stop'] as const)(
    '%s: it has ended as it would have without',
    async (phase) => {
      part[phase] = panic;
      const reply = await handOver();
      await machine.settle();
      const reason = expect.stringContaining('alpha has ended');
      expect(reply.error).toMatchObject({ code: `kho-${phase}`, reason });
      expect(view()).toMatchObject({ state: 'loaded', reason: 'panic', kernel: 'kernel' });
    },
  );
});

describe('a hart of the old kernel', () => {
  it('that does not stop is stopped', async () => {
    part.stop = () => machine.setHartWord(1, HART.HSM, HSM_STOPPED);
    const reply = await handOver();
    expect(reply.output).toContain('hart 0 did not stop when asked, and was stopped');
    expect(view()).toMatchObject({ state: 'active', bootId: 2 });
  });

  it('whose worker dies when it has to stop ends the instance', async () => {
    part.stop = () => machine.lose(1);
    const reply = await handOver();
    await machine.settle();
    expect(reply.error?.reason).toContain('alpha has ended');
    expect(view()).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('the worker of hart 1 died'),
    });
  });
});

describe('the next kernel', () => {
  const fails = async (reason: string): Promise<void> => {
    const reply = await handOver();
    await machine.settle();
    const why = view().reason.replace('hand-over to next: ', '');
    expect(reply.error).toEqual({
      code: 'kho-restore',
      reason: `alpha has failed: next was started and did not take over: ${why}; what was preserved is lost`,
      hint: 'start anew: kerf unload alpha, kerf load alpha --kernel FILE, kerf exec alpha',
    });
    expect(view()).toMatchObject({ state: 'failed', reason: expect.stringContaining(reason) });
    expect([hart(0), hart(1)]).toEqual([HSM_STOPPED, HSM_STOPPED]);
    expect(machine.instanceWord(view().id, INSTANCE.ACTIVE)).toBe(0);
    await machine.kerf('unload alpha', 'load alpha --kernel kernel');
    expect(await machine.kerf('exec alpha')).toMatchObject({ exitCode: 0 });
  };

  it('that does not finish fails, and the instance can be started anew', async () => {
    part.finish = null;
    await fails('it did not finish in 10 s');
  });

  it('that ends first fails', async () => {
    part.finish = panic;
    await fails('ended meanwhile');
  });

  it('is not believed to have finished because the old one said so', async () => {
    part.finish = null;
    const { system } = machine.behaviour;
    machine.behaviour.system = (kernel, subtype, id) => {
      kernel.say(SYSTEM.KHO_FINISH, 0n, 0n, 7n, 0x77n, 0n);
      system?.(kernel, subtype, id);
    };
    await fails('it did not finish in 10 s');
  });

  it.each<readonly [string, readonly bigint[], string]>([
    ['that does not recognise the state', [-1n, 0n, 0n, 0n], 'error -1'],
    ['with another counter', [0n, 8n, 0x77n, 0n], 'counter 8'],
    ['with another hash', [0n, 7n, 0x78n, 0n], 'hash 0x0000000000000078'],
  ])('%s runs without it, which is said', async (_, finish, reason) => {
    part.finish = () => finish;
    const reply = await handOver();
    expect(reply.error).toEqual({
      code: 'state-not-taken',
      reason: expect.stringMatching(
        new RegExp(
          `^alpha runs next, without the state that was preserved \\(counter 7, hash 0x0{14}77\\): .*${reason}`,
        ),
      ),
      hint: 'see what the kernel says: kerf console alpha',
    });
    expect(view()).toMatchObject({ state: 'active', bootId: 2, kernel: 'next' });
  });
});
