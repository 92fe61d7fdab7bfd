/**
 * The device tree that one kernel sees: all harts of the machine (one marked disabled could never be brought up later),
 * its own memory, its private devices, and in /chosen what it is called and whom it can talk to (machine.md, "Loaders
 * and images"; multikernel.md, "Channels"). Names and shapes of the devices are those of QEMU's virt board.
 */
import { ACLINT_BASE } from '../devices/aclint.ts';
import { FINISHER_BASE } from '../devices/finisher.ts';
import { UART_BASE } from '../devices/ns16550a.ts';
import { PLIC_BASE, PLIC_SIZE } from '../devices/plic.ts';
import { VIRTIO_SLOT_SIZE } from '../../protocol/pool-devices.ts';
import { cells, flag, longs, node, strings, type DeviceTreeNode } from './node.ts';
import { writeBlob } from './write-blob.ts';

/** One connection: the management channel, or a channel to a peer. Addresses are guest-physical. */
export interface KernelTreeLink {
  /** Instance ID of the peer, or null: the controller (the management channel). */
  readonly peer: number | null;
  readonly name: string;
  /** Ring in which the kernel receives, and ring in which it sends. */
  readonly receive: number;
  readonly send: number;
  /** Pages of each ring. */
  readonly pages: number;
  /** Hart that takes doorbells at the other end, or null: it does not run, or is the controller. */
  readonly hart: number | null;
}

/** A device of the pool that the kernel was given: a virtio-mmio window and its interrupt at the kernel's PLIC. */
export interface KernelTreeDevice {
  readonly name: string;
  readonly base: number;
  readonly interrupt: number;
}

export interface KernelTreeOptions {
  readonly id: number;
  readonly bootId: number;
  readonly name: string;
  /** Harts of the machine, 1 … 16. */
  readonly harts: number;
  readonly bootHart: number;
  /** Private memory of the kernel, bytes. */
  readonly memory: { readonly base: number; readonly size: number };
  /** More of it, elsewhere. */
  readonly addedMemory: readonly { readonly base: number; readonly size: number }[];
  readonly cmdline: string;
  /** RAM disk, bytes; null or left out: there is none. */
  readonly initrd?: { readonly base: number; readonly size: number } | null;
  /** Where a kernel of a kexec hand-over starts, and nothing is preserved; null or left out: there is none. */
  readonly scratch?: { readonly base: number; readonly size: number } | null;
  /** What the kernel before this one has preserved is described there, bytes; null or left out: nothing was. */
  readonly preserved?: { readonly base: number; readonly size: number } | null;
  /** Privilege of its entry: M-mode kernels have the ACLINT too. */
  readonly entry: 's' | 'm';
  /** Left out: none. */
  readonly devices?: readonly KernelTreeDevice[];
  readonly links: readonly KernelTreeLink[];
}

/** mtime, 10 MHz. */
const TIMEBASE = 10_000_000;
/** What the harts have, in the order of the ISA manual's naming conventions. */
const EXTENSIONS = ['i', 'm', 'a', 'c', 'zicntr', 'zicsr', 'zifencei', 'zihintpause', 'sstc', 'svadu'];
const ISA = `rv64${EXTENSIONS.filter((name) => name.length === 1).join('')}_${EXTENSIONS.filter((name) => name.length > 1).join('_')}`;

/** Sizes of the windows as the tree states them. */
const FINISHER_SIZE = 0x1000;
const ACLINT_SIZE = 0x1_0000;
const UART_SIZE = 0x100;
const UART_INTERRUPT = 10;
const UART_CLOCK = 3_686_400;
const INTERRUPT_SOURCES = 31;

/** Interrupt numbers at a hart's own controller: the causes of mcause. */
const CAUSE = { M_SOFTWARE: 3, M_TIMER: 7, S_EXTERNAL: 9, M_EXTERNAL: 11 };
/** Written to the test finisher by the nodes for power off and reboot. */
const POWER_OFF = 0x5555;
const REBOOT = 0x7777;
/** "No hart": the controller is rung by MK NOTIFY, a peer that does not run by nobody. */
const NO_HART = 0xffff_ffff;

const PHANDLE_TEST = 1;
const PHANDLE_PLIC = 2;
const phandleOfHart = (hart: number): number => 3 + hart;
const hex = (value: number): string => value.toString(16);

/** The blob for `options`, as the kernel gets it in a1. */
export function buildKernelTree(options: KernelTreeOptions): Uint8Array {
  return writeBlob(kernelTree(options), options.bootHart);
}

/** The tree itself. */
export function kernelTree(options: KernelTreeOptions): DeviceTreeNode {
  return node(
    '',
    [
      cells('#address-cells', 2),
      cells('#size-cells', 2),
      strings('compatible', 'riscv-virtio'),
      strings('model', 'riscv-virtio,archipelago'),
    ],
    [
      chosen(options),
      ...[options.memory, ...options.addedMemory].map(({ base, size }) =>
        node(`memory@${hex(base)}`, [strings('device_type', 'memory'), longs('reg', base, size)]),
      ),
      cpus(options.harts),
      node(
        'soc',
        [
          cells('#address-cells', 2),
          cells('#size-cells', 2),
          strings('compatible', 'simple-bus'),
          flag('ranges'),
        ],
        soc(options),
      ),
      powerNode('poweroff', POWER_OFF),
      powerNode('reboot', REBOOT),
    ],
  );
}

function chosen(options: KernelTreeOptions): DeviceTreeNode {
  const { initrd, scratch, preserved } = options;
  const host = options.links.find((link) => link.peer === null);
  return node(
    'chosen',
    [
      cells('#address-cells', 1),
      cells('#size-cells', 0),
      strings('bootargs', options.cmdline),
      ...(initrd
        ? [longs('linux,initrd-start', initrd.base), longs('linux,initrd-end', initrd.base + initrd.size)]
        : []),
      // Linux has the address of a list of such ranges in kho-scratch; here it is the only range itself.
      ...(scratch ? [longs('linux,kho-scratch', scratch.base, scratch.size)] : []),
      ...(preserved ? [longs('linux,kho-fdt', preserved.base, preserved.size)] : []),
      strings('stdout-path', `/soc/serial@${hex(UART_BASE)}`),
      cells('multikernel,instance-id', options.id),
      strings('multikernel,instance-name', options.name),
      cells('multikernel,boot-id', options.bootId),
      ...(host ? ringProperties(host) : []),
    ],
    options.links.flatMap((link) =>
      link.peer === null
        ? []
        : [
            node(`peer@${hex(link.peer)}`, [
              cells('reg', link.peer),
              cells('multikernel,instance-id', link.peer),
              strings('multikernel,instance-name', link.name),
              ...ringProperties(link),
            ]),
          ],
    ),
  );
}

/** The binding calls what the kernel receives in `ipi-buffer`, and what it sends in `host-ipi-buffer`. */
const ringProperties = (link: KernelTreeLink) => [
  longs('multikernel,ipi-buffer', link.receive),
  cells('multikernel,ipi-pages', link.pages),
  longs('multikernel,host-ipi-buffer', link.send),
  cells('multikernel,host-ipi-pages', link.pages),
  cells('multikernel,host-ipi-cpu', link.hart ?? NO_HART),
];

function cpus(harts: number): DeviceTreeNode {
  return node(
    'cpus',
    [cells('#address-cells', 1), cells('#size-cells', 0), cells('timebase-frequency', TIMEBASE)],
    Array.from({ length: harts }, (_, hart) =>
      node(
        `cpu@${hex(hart)}`,
        [
          strings('device_type', 'cpu'),
          cells('reg', hart),
          strings('status', 'okay'),
          strings('compatible', 'riscv'),
          strings('riscv,isa', ISA),
          strings('riscv,isa-base', 'rv64i'),
          strings('riscv,isa-extensions', ...EXTENSIONS),
          strings('mmu-type', 'riscv,sv39'),
        ],
        [
          node('interrupt-controller', [
            strings('compatible', 'riscv,cpu-intc'),
            cells('#address-cells', 0),
            cells('#interrupt-cells', 1),
            flag('interrupt-controller'),
            cells('phandle', phandleOfHart(hart)),
          ]),
        ],
      ),
    ),
  );
}

function soc({ harts, entry, devices: given = [] }: KernelTreeOptions): DeviceTreeNode[] {
  /** For every hart in order: its controller's phandle with each of the two causes. */
  const interruptsOfHarts = (first: number, second: number): number[] =>
    Array.from({ length: harts }, (_, hart) => [
      phandleOfHart(hart),
      first,
      phandleOfHart(hart),
      second,
    ]).flat();
  const devices = [
    node(`test@${hex(FINISHER_BASE)}`, [
      strings('compatible', 'sifive,test1', 'sifive,test0', 'syscon'),
      longs('reg', FINISHER_BASE, FINISHER_SIZE),
      cells('phandle', PHANDLE_TEST),
    ]),
    node(`interrupt-controller@${hex(PLIC_BASE)}`, [
      strings('compatible', 'sifive,plic-1.0.0', 'riscv,plic0'),
      longs('reg', PLIC_BASE, PLIC_SIZE),
      cells('#address-cells', 0),
      cells('#interrupt-cells', 1),
      flag('interrupt-controller'),
      cells('riscv,ndev', INTERRUPT_SOURCES),
      cells('interrupts-extended', ...interruptsOfHarts(CAUSE.M_EXTERNAL, CAUSE.S_EXTERNAL)),
      cells('phandle', PHANDLE_PLIC),
    ]),
    node(`serial@${hex(UART_BASE)}`, [
      strings('compatible', 'ns16550a'),
      longs('reg', UART_BASE, UART_SIZE),
      cells('clock-frequency', UART_CLOCK),
      cells('interrupt-parent', PHANDLE_PLIC),
      cells('interrupts', UART_INTERRUPT),
    ]),
    ...given.map(({ name, base, interrupt }) =>
      node(`virtio_mmio@${hex(base)}`, [
        strings('compatible', 'virtio,mmio'),
        longs('reg', base, VIRTIO_SLOT_SIZE),
        cells('interrupt-parent', PHANDLE_PLIC),
        cells('interrupts', interrupt),
        strings('multikernel,device-name', name),
      ]),
    ),
  ];
  if (entry === 's') return devices;
  const clint = node(`clint@${hex(ACLINT_BASE)}`, [
    strings('compatible', 'sifive,clint0', 'riscv,clint0'),
    longs('reg', ACLINT_BASE, ACLINT_SIZE),
    cells('interrupts-extended', ...interruptsOfHarts(CAUSE.M_SOFTWARE, CAUSE.M_TIMER)),
  ]);
  return [clint, ...devices];
}

function powerNode(name: 'poweroff' | 'reboot', value: number): DeviceTreeNode {
  return node(name, [
    strings('compatible', `syscon-${name}`),
    cells('regmap', PHANDLE_TEST),
    cells('offset', 0),
    cells('value', value),
  ]);
}
