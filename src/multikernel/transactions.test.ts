/** Changes as overlays: what a dry run shows, what is kept, what a rollback undoes, and the host instance. */
import { beforeEach, describe, expect, it } from 'vitest';
import { parseSource } from '../machine/device-tree/parse-source.ts';
import { printSource } from '../machine/device-tree/print-source.ts';
import { readBlob } from '../machine/device-tree/read-blob.ts';
import { PAGE_SIZE, RAM_BASE, RAM_HOST } from '../protocol/layout.ts';
import { errorMachine, everything } from './kerf-errors.testkit.ts';
import { diffLines } from './text-diff.ts';
import { TestMachine } from './test-machine.ts';

const PAIR = `/dts-v1/;
/plugin/;
/ {
  /* Fragments run by unit address, wherever they stand. */
  second: fragment@1 {
    target-path = "/instances/gamma";
    __overlay__ { cpu-add { cpu@2 { reg = <2>; }; }; memory-add { memory@0 { size = <0x200000>; }; }; };
  };
  fragment@0 {
    target-path = "/instances";
    __overlay__ {
      instance-create {
        instance-name = "gamma"; id = <5>; peers = "alpha", "beta"; entry = "m";
        resources { cpus = <3>; memory-bytes = <0x400000>; };
      };
    };
  };
};`;

let machine: TestMachine;
const output = async (line: string): Promise<string> => {
  const reply = await machine.kerf(line);
  return reply.error ? `${reply.error.code}: ${reply.error.reason}` : reply.output;
};
const statuses = async (): Promise<string[]> =>
  (await output('show --overlays')).split('\n').map((line) => line.replace(/ +/g, ' '));
/** All but the list of transactions. */
const partition = async (): Promise<unknown> => ({ ...(await everything(machine)), overlays: '' });

beforeEach(async () => {
  machine = await errorMachine({ 'pair.dts': PAIR });
});

describe('a change as an overlay', () => {
  it('is shown by a dry run with its difference to the tree, and changes nothing', async () => {
    const before = await everything(machine);
    const text = await output('create gamma --cpus 3 --memory 4M --peer= --dry-run --format dts');
    expect(text).toContain('/plugin/;');
    expect(text).toContain('instance-name = "gamma";');
    expect(text).toContain('-\t\tcpus-available = <0x03>;\n+\t\tcpus-available;');
    expect(text).toContain('+\t\tgamma {');
    expect(await everything(machine)).toEqual(before);
  });

  it('is printed so that it can be applied again', async () => {
    await machine.kerf('create gamma --cpus 3 --memory 4M', 'update gamma --memory +2M');
    const shown = [await output('show tx_3'), await output('show tx_4')];
    await machine.kerf('rollback tx_4', 'rollback tx_3');
    shown.forEach((text, at) => machine.files.set(`again${at}.dts`, new TextEncoder().encode(text)));
    expect(await output('apply again0.dts')).toContain('applied as tx_5');
    expect(await output('apply again1.dts')).toContain('applied as tx_6');
    expect(await output('show tx_6')).toContain(shown[1]?.split('\n').slice(1).join('\n'));
  });

  it('from a file is one transaction, in the order of the kernel, and goes back in reverse', async () => {
    const before = await partition();
    // Hart 2 is beta's: the second fragment does not fit, so that the first is not carried out either.
    expect(await output('apply pair.dts')).toMatch(/^hart-not-free: pair.dts, line 7: /);
    expect(await partition()).toEqual(before);

    await machine.kerf('update beta --cpus -2');
    const free = await partition();
    const { tree } = await everything(machine);
    expect(await output('apply pair.dts --dry-run')).toBe(
      'instance-create in /instances, memory-add in /instances/gamma, cpu-add in /instances/gamma; nothing was changed',
    );
    expect(await partition()).toEqual(free);
    expect(await output('apply pair.dts')).toMatch(/applied as tx_4$/);
    expect(await output('show gamma')).toMatch(/gamma \(5\)[^]*harts +2-3[^]*M-mode/);
    expect(await output('rollback tx_4')).toMatch(/^tx_4 is removed: .*2 back.*gamma is deleted/);
    // The region that running alpha had with gamma is alpha's until it stops; it is in no tree.
    expect((await everything(machine)).tree).toBe(tree);
    expect((await statuses()).slice(2)).toEqual([
      'tx_3 applied /instances/beta kerf update beta --cpus -2',
      'tx_4 removed /instances kerf apply pair.dts',
    ]);
  });

  it('that fails on the way is undone, kept as failed, and cleared by a rollback', async () => {
    machine.manners.addStatus = -22n;
    const before = await partition();
    expect(await output('update alpha --cpus +3')).toMatch(/^cpu-add-failed/);
    expect(await partition()).toMatchObject({ owners: (before as { owners: unknown }).owners as object });
    expect((await statuses()).at(-2)).toMatch(/^tx_3 failed \/instances\/alpha/);
    expect(await output('rollback tx_3')).toBe('tx_3 is removed: it had failed, and nothing of it was left');
    expect(await output('rollback tx_3')).toBe('transaction-removed: tx_3 is removed already');
  });

  it('that fails and cannot be undone says what it left', async () => {
    await machine.kerf('load beta --kernel k.img', 'exec beta', 'update alpha --cpus +3');
    // alpha gives both, beta takes one, and alpha does not take the other back.
    machine.mannersOf.set(1, { addStatus: -5n });
    machine.mannersOf.set(2, { refuses: 3 });
    await machine.settle();
    expect(await output('update beta --cpus +1,3 --from alpha')).toMatch(/^cpu-add-failed/);
    const [name] = /tx_\d+(?= failed)/.exec((await statuses()).join('\n')) ?? [];
    const words = await output(`rollback ${name ?? ''}`);
    expect(words).toContain(`${name ?? ''} is removed from the list: it had failed, and left this`);
    expect(words).toMatch(/^-.*cpus = .*\n\+.*cpus = /mu);
  });
});

describe('a rollback', () => {
  it('is refused while the instance runs, after it was deleted, and for a deletion', async () => {
    expect(await output('rollback tx_1')).toMatch(/^wrong-state: tx_1 stays applied: .*alpha is active/);
    await machine.kerf('delete beta', 'create beta --cpus 2 --memory 8M');
    expect(await output('rollback tx_2')).toMatch(/^transaction-overtaken: tx_2 changed beta/);
    expect(await output('rollback tx_3')).toMatch(/^transaction-final: tx_3 deleted an instance/);
  });

  it('gives a hart back to the instance that it was taken from', async () => {
    await machine.kerf('create gamma --cpus 3 --memory 4M');
    const before = await partition();
    await machine.kerf('update gamma --cpus +2 --from beta');
    expect(await output('show tx_4')).toMatch(
      /fragment@0[^]*beta[^]*cpu-remove[^]*fragment@1[^]*gamma[^]*cpu-add/,
    );
    await machine.kerf('rollback tx_4');
    expect(await partition()).toEqual(before);
  });

  it('knows the last 64 transactions', async () => {
    for (let round = 0; round < 35; round += 1)
      await machine.kerf('update beta --cpus +3', 'update beta --cpus -3');
    const kept = await statuses();
    expect(kept).toHaveLength(64);
    expect(kept[0]).toMatch(/^tx_9 /);
    expect(await output('rollback tx_1')).toBe('no-such-transaction: there is no transaction "tx_1"');
  });
});

describe('the host instance', () => {
  it('has ID 0, from flags or from what a baseline leaves', async () => {
    expect(await output('init --cpus 3 --memory 4M')).toMatch(/^host is ready: instance 0, harts 3/);
    expect(await output('init')).toBe('name-taken: host exists already: instance 0, ready');
    machine = new TestMachine({ harts: 4, memory: 64 << 20 });
    const pool =
      '/ { compatible = "x"; resources { cpus = <1 2 3>; memory@0 { size = <0x3000000>; }; devices { }; }; };';
    machine.files.set('pool.dts', new TextEncoder().encode(pool));
    expect(await output('init --input pool.dts')).toBe(
      'host is ready: instance 0, harts 0, memory 0x80000000-0x80dfffff',
    );
  });

  it('boots with a RAM disk, whose place is in its device tree', async () => {
    machine.files.set('disk', new Uint8Array(5000).fill(0x5a));
    await machine.kerf('init --cpus 3 --memory 4M', 'load host --kernel k.img --initrd disk', 'exec host');
    await machine.settle();
    const host = machine.controller.view().instances.find(({ id }) => id === 0);
    const start = machine.starts.at(-1);
    if (!host?.memory || !start) throw new Error('not started');
    const at = (address: number): Uint8Array =>
      new Uint8Array(machine.memory.buffer).slice(address - RAM_BASE + RAM_HOST);
    const tree = readBlob(at(start.opaque));
    const chosen = tree.ok ? tree.value.children.find(({ name }) => name === 'chosen') : undefined;
    const number = (name: string): number => {
      const { value } = chosen?.properties.find((each) => each.name === name) ?? { value: new Uint8Array(8) };
      return Number(new DataView(value.buffer, value.byteOffset).getBigUint64(0));
    };
    const [from, end] = [number('linux,initrd-start'), number('linux,initrd-end')];
    expect(end - from).toBe(5000);
    expect(from % PAGE_SIZE).toBe(0);
    expect(from > host.memory.base && end <= start.opaque).toBe(true);
    expect(at(from).slice(0, 5000)).toEqual(new Uint8Array(5000).fill(0x5a));
  });
});

it('reads back what it prints', async () => {
  const text = await output('show --format dts');
  const read = parseSource(text, 'tree');
  expect(read.ok ? printSource(read.value).trimEnd() : read.error.reason).toBe(text);
});

it('shows a console by name', async () => {
  const reply = await machine.kerf('console alpha');
  expect(reply).toMatchObject({ exitCode: 0, console: 1 });
  expect(reply.output).toMatch(
    /^console of alpha: instance 1, active; at the page's command line this gives it the keyboard, /,
  );
  expect(await machine.kerf('console gamma')).not.toHaveProperty('console');
  expect(await machine.kerf('show alpha')).not.toHaveProperty('console');
});

it('tells the lines that differ, and leaves equal ones far from them out', () => {
  expect(diffLines('a\nb\nc\nd\ne\nf', 'a\nb\nc\nd\nx\nf')).toBe('…\n c\n d\n-e\n+x\n f');
  expect(diffLines('a', 'a')).toBe('…');
});
