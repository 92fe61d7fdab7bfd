import { describe, expect, it } from 'vitest';
import { HEADER, TOKEN } from './blob-format.ts';
import { buildKernelTree, kernelTree, type KernelTreeOptions } from './kernel-tree.ts';
import { cells, flag, longs, node, strings, type DeviceTreeNode } from './node.ts';
import { printSource } from './print-source.ts';
import { readBlob } from './read-blob.ts';
import { writeBlob } from './write-blob.ts';

const options: KernelTreeOptions = {
  id: 1,
  bootId: 3,
  name: 'alpha',
  harts: 4,
  bootHart: 2,
  memory: { base: 0x9000_0000, size: 0x400_0000 },
  addedMemory: [],
  cmdline: 'beat=on "quoted"',
  entry: 's',
  links: [
    { peer: null, name: 'host', receive: 0xa000_0000, send: 0xa004_2000, pages: 66, hart: null },
    { peer: 2, name: 'beta', receive: 0x1_2000_0000, send: 0xa010_0000, pages: 66, hart: 3 },
    { peer: 17, name: 'gamma', receive: 0xa020_0000, send: 0xa030_0000, pages: 66, hart: null },
  ],
};

/** The node at a path of names. */
function at(root: DeviceTreeNode, ...path: string[]): DeviceTreeNode {
  return path.reduce((above, name) => {
    const found = above.children.find((child) => child.name === name);
    if (!found) throw new Error(`no ${name} in ${above.name}`);
    return found;
  }, root);
}

function value(of: DeviceTreeNode, name: string): Uint8Array {
  const found = of.properties.find((property) => property.name === name);
  if (!found) throw new Error(`no ${name} in ${of.name}`);
  return found.value;
}
const text = (of: DeviceTreeNode, name: string): string => new TextDecoder().decode(value(of, name));
const words = (of: DeviceTreeNode, name: string): number[] => {
  const bytes = value(of, name);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / 4 }, (_, index) => view.getUint32(index * 4));
};

function read(blob: Uint8Array): DeviceTreeNode {
  const result = readBlob(blob);
  if (!result.ok) throw new Error(result.error.reason);
  return result.value;
}

describe('blob', () => {
  it('round-trips a tree with every shape of value', () => {
    const tree = node(
      '',
      [strings('compatible', 'a', 'b'), flag('empty')],
      [
        node('one@1', [cells('reg', 1, 0xffff_ffff), longs('wide', 0x1f_ffff_ffff_ffff)]),
        node(
          'two',
          [{ name: 'odd', value: new Uint8Array([1, 2, 3, 4, 5]) }],
          [node('deep', [strings('s', '')])],
        ),
      ],
    );
    expect(read(writeBlob(tree, 0))).toEqual(tree);
  });

  it('round-trips the trees of kernels in both privileges', () => {
    for (const entry of ['s', 'm'] as const) {
      const tree = kernelTree({ ...options, entry });
      expect(read(buildKernelTree({ ...options, entry }))).toEqual(tree);
    }
  });

  it('has the header of the specification and the boot hart', () => {
    const blob = buildKernelTree(options);
    const view = new DataView(blob.buffer);
    expect(view.getUint32(HEADER.MAGIC)).toBe(0xd00dfeed);
    expect(view.getUint32(HEADER.TOTAL_SIZE)).toBe(blob.length);
    expect(view.getUint32(HEADER.BOOT_HART)).toBe(2);
    expect(view.getUint32(HEADER.RESERVATIONS_OFFSET) % 8).toBe(0);
  });

  it('writes each property name once', () => {
    const blob = writeBlob(node('', [cells('reg', 1)], [node('a', [cells('reg', 2)])]), 0);
    expect(new DataView(blob.buffer).getUint32(HEADER.STRINGS_SIZE)).toBe('reg\0'.length);
  });

  it('skips NOP tokens and reads a blob that does not begin its buffer', () => {
    const blob = writeBlob(node('', [flag('x')]), 0);
    const inside = new Uint8Array(blob.length + 12).fill(0xee);
    inside.set(blob, 8);
    const start = new DataView(blob.buffer).getUint32(HEADER.STRUCTURE_OFFSET);
    expect(read(inside.subarray(8)).properties).toHaveLength(1);
    // The only property (three words, no value) becomes three NOPs.
    const view = new DataView(blob.buffer);
    for (let word = 2; word < 5; word++) view.setUint32(start + word * 4, TOKEN.NOP);
    expect(read(blob).properties).toHaveLength(0);
  });
});

describe('malformed blobs', () => {
  const structureAt = new DataView(buildKernelTree(options).buffer).getUint32(HEADER.STRUCTURE_OFFSET);
  const broken = (offset: number, word: number): Uint8Array => {
    const blob = buildKernelTree(options);
    new DataView(blob.buffer).setUint32(offset, word);
    return blob;
  };
  it.each<[string, Uint8Array, string]>([
    ['empty', new Uint8Array(0), 'dtb-too-short'],
    ['cut inside its header', buildKernelTree(options).subarray(0, 39), 'dtb-too-short'],
    ['another magic', broken(HEADER.MAGIC, 0xfeed_d00d), 'dtb-magic'],
    ['cut short', buildKernelTree(options).subarray(0, -1), 'dtb-truncated'],
    ['total size below the header', broken(HEADER.TOTAL_SIZE, 8), 'dtb-truncated'],
    ['an old version', broken(HEADER.VERSION, 3), 'dtb-version'],
    ['only for newer readers', broken(HEADER.LAST_COMPATIBLE_VERSION, 18), 'dtb-version'],
    ['structure beyond the end', broken(HEADER.STRUCTURE_OFFSET, 0xffff_fff0), 'dtb-block'],
    ['structure at an odd place', broken(HEADER.STRUCTURE_OFFSET, structureAt + 2), 'dtb-block'],
    ['huge strings block', broken(HEADER.STRINGS_SIZE, 0xffff_ffff), 'dtb-block'],
    ['no root', broken(structureAt, TOKEN.END), 'dtb-no-root'],
    ['an unknown token', broken(structureAt + 8, 7), 'dtb-token'],
    ['a property of 4 GiB', broken(structureAt + 12, 0xffff_ffff), 'dtb-overrun'],
    ['a name outside the strings', broken(structureAt + 16, 0xffff_ffff), 'dtb-string'],
    ['structure cut off', broken(HEADER.STRUCTURE_SIZE, 24), 'dtb-overrun'],
  ])('refuses one that is %s', (_, blob, code) => {
    const result = readBlob(blob);
    expect(result.ok ? 'read' : result.error.code).toBe(code);
  });

  it('refuses what follows the root, and nesting without end', () => {
    const nested = (depth: number): DeviceTreeNode => node('n', [], depth > 0 ? [nested(depth - 1)] : []);
    const deep = readBlob(writeBlob(nested(1000), 0));
    expect(deep.ok ? 'read' : deep.error.code).toBe('dtb-depth');
    const blob = writeBlob(node('', []), 0);
    new DataView(blob.buffer).setUint32(structureAt + 12, TOKEN.BEGIN_NODE);
    const more = readBlob(blob);
    expect(more.ok ? 'read' : more.error.code).toBe('dtb-no-end');
  });
});

describe('the tree of a kernel', () => {
  const tree = read(buildKernelTree(options));

  it('shows its own memory and nobody else’s', () => {
    expect(words(at(tree, 'memory@90000000'), 'reg')).toEqual([0, 0x9000_0000, 0, 0x400_0000]);
    expect(tree.children.filter((child) => child.name.startsWith('memory'))).toHaveLength(1);
  });

  it('lists every hart of the machine as okay, with both forms of its ISA', () => {
    const cpus = at(tree, 'cpus');
    expect(words(cpus, 'timebase-frequency')).toEqual([10_000_000]);
    expect(cpus.children.map((cpu) => words(cpu, 'reg')[0])).toEqual([0, 1, 2, 3]);
    for (const cpu of cpus.children) {
      expect(text(cpu, 'status')).toBe('okay\0');
      expect(text(cpu, 'riscv,isa')).toBe('rv64imac_zicntr_zicsr_zifencei_zihintpause_sstc_svadu\0');
      expect(text(cpu, 'riscv,isa-base')).toBe('rv64i\0');
      expect(text(cpu, 'riscv,isa-extensions').split('\0')).toContain('sstc');
      expect(text(cpu, 'mmu-type')).toBe('riscv,sv39\0');
    }
  });

  it('wires the PLIC to M and S external interrupts of every hart in order', () => {
    const plic = at(tree, 'soc', 'interrupt-controller@c000000');
    const phandles = at(tree, 'cpus').children.map(
      (cpu) => words(at(cpu, 'interrupt-controller'), 'phandle')[0],
    );
    expect(words(plic, 'interrupts-extended')).toEqual(
      phandles.flatMap((phandle) => [phandle, 11, phandle, 9]),
    );
    expect(words(plic, 'riscv,ndev')).toEqual([31]);
    expect(words(at(tree, 'soc', 'serial@10000000'), 'interrupts')).toEqual([10]);
    expect(words(at(tree, 'soc', 'serial@10000000'), 'interrupt-parent')).toEqual(words(plic, 'phandle'));
  });

  it('says how to power off and reboot', () => {
    const finisher = at(tree, 'soc', 'test@100000');
    for (const [name, code] of [
      ['poweroff', 0x5555],
      ['reboot', 0x7777],
    ] as const) {
      expect(words(at(tree, name), 'regmap')).toEqual(words(finisher, 'phandle'));
      expect(words(at(tree, name), 'value')).toEqual([code]);
    }
  });

  it('has the ACLINT for kernels entered in M-mode alone', () => {
    const names = (entry: 's' | 'm'): string[] =>
      at(kernelTree({ ...options, entry }), 'soc').children.map((child) => child.name);
    expect(names('s')).not.toContain('clint@2000000');
    const clint = at(kernelTree({ ...options, entry: 'm' }), 'soc', 'clint@2000000');
    expect(text(clint, 'compatible').split('\0')).toContain('riscv,clint0');
    expect(words(clint, 'interrupts-extended')).toHaveLength(4 * 4);
  });

  it('names the kernel, its command line and its rings in /chosen', () => {
    const chosen = at(tree, 'chosen');
    expect(text(chosen, 'bootargs')).toBe('beat=on "quoted"\0');
    expect(text(chosen, 'multikernel,instance-name')).toBe('alpha\0');
    expect(words(chosen, 'multikernel,instance-id')).toEqual([1]);
    expect(words(chosen, 'multikernel,boot-id')).toEqual([3]);
    expect(words(chosen, 'multikernel,ipi-buffer')).toEqual([0, 0xa000_0000]);
    expect(words(chosen, 'multikernel,host-ipi-buffer')).toEqual([0, 0xa004_2000]);
    expect(words(chosen, 'multikernel,host-ipi-pages')).toEqual([66]);
    expect(words(chosen, 'multikernel,host-ipi-cpu')).toEqual([0xffff_ffff]);
  });

  it('has a node for each peer, with its hart while it runs', () => {
    const beta = at(tree, 'chosen', 'peer@2');
    expect(text(beta, 'multikernel,instance-name')).toBe('beta\0');
    expect(words(beta, 'multikernel,ipi-buffer')).toEqual([1, 0x2000_0000]);
    expect(words(beta, 'multikernel,host-ipi-cpu')).toEqual([3]);
    expect(words(at(tree, 'chosen', 'peer@11'), 'multikernel,host-ipi-cpu')).toEqual([0xffff_ffff]);
    expect(words(at(tree, 'chosen', 'peer@11'), 'reg')).toEqual([17]);
  });

  it('has no rings where there is no channel', () => {
    const alone = at(kernelTree({ ...options, links: [] }), 'chosen');
    expect(alone.children).toEqual([]);
    expect(alone.properties.some((property) => property.name.includes('ipi'))).toBe(false);
  });
});

describe('source', () => {
  it('prints strings, cells, bytes and flags', () => {
    const tree = node(
      '',
      [strings('model', 'a "b"', 'c'), flag('on')],
      [
        node(
          'x@1',
          [cells('reg', 1, 0x2000), { name: 'mac', value: new Uint8Array([0, 0x1a, 3]) }],
          [node('y', [])],
        ),
      ],
    );
    expect(printSource(tree)).toBe(
      '/dts-v1/;\n\n/ {\n\tmodel = "a \\"b\\"", "c";\n\ton;\n\n' +
        '\tx@1 {\n\t\treg = <0x01 0x2000>;\n\t\tmac = [00 1a 03];\n\n\t\ty {\n\t\t};\n\t};\n};\n',
    );
  });
});
