/**
 * The present machine as a scenario that makes the same one: every kernel with its ID, cores, boot core, memory and added
 * memory at their addresses, peers, devices, image and command line, and started if it runs. Plain data in the form that a
 * scenario file has (protocol/scenario.ts), so that it can be written as YAML or into a link and is checked like a file
 * when it is opened.
 */
import { formatAddress, formatHarts } from '../multikernel/kerf-values.ts';
import type { InstanceView, MachineView } from '../protocol/machine-view.ts';
import { DEFAULT_DEVICES } from '../protocol/pool-devices.ts';
import { isServedFile, type DocumentStep, type ScenarioDocument } from './scenario-document.ts';

export interface ViewScenario {
  readonly document: ScenarioDocument;
  /** Files that the machine uses and that are not served with the page; what they were loaded into stays empty. */
  readonly own: readonly string[];
}

/**
 * A failed kernel comes out loaded and not started: its failure is no part of the partition. The isolation is the present
 * one. Where channels lie is the controller's choice and may differ.
 */
export function scenarioOfView(view: MachineView, name: string, description: string): ViewScenario {
  const order = inOrderOfCreation(view);
  const imagesOf = ({ kernel, initrd }: InstanceView): string[] =>
    [kernel, initrd ?? null].filter((file) => file !== null);
  const images = [...new Set(order.flatMap(imagesOf))];
  const served = (instance: InstanceView): boolean => imagesOf(instance).every(isServedFile);
  const bootable = order.filter((instance) => instance.kernel !== null && served(instance));
  const lines = [
    ...createLines(view, order),
    ...bootable.map(loadLine),
    ...bootable.filter(({ state }) => state === 'active').map((instance) => `exec ${instance.name}`),
  ];
  const { harts, memory, mode, seed, devices } = view.config;
  return {
    document: {
      name,
      description,
      machine: {
        harts,
        memory,
        isolation: view.isolation,
        mode,
        seed,
        devices: devices ?? DEFAULT_DEVICES,
      },
      files: images.filter(isServedFile),
      // A scenario has at least one step, also when no kernel is there.
      setup:
        lines.length === 0
          ? [{ isolation: view.isolation }]
          : lines.map((line): DocumentStep => ({ kerf: line })),
    },
    own: images.filter((file) => !isServedFile(file)),
  };
}

/**
 * Of two peers the one that was there first is end A of their channel. Otherwise the highest memory goes first: channels
 * are placed as high as there is room, and must not take a place that a kernel is to have.
 */
function inOrderOfCreation(view: MachineView): InstanceView[] {
  const order: InstanceView[] = [];
  const waiting = [...view.instances].sort(
    (one, other) => highest(other) - highest(one) || one.id - other.id,
  );
  const mayCome = (instance: InstanceView): boolean =>
    view.channels.every((channel) => channel.b !== instance.id || order.some(({ id }) => id === channel.a));
  while (waiting.length > 0) {
    // Channels say who was there first, which has no circle; the first is only for a view that contradicts itself.
    const next = Math.max(0, waiting.findIndex(mayCome));
    order.push(...waiting.splice(next, 1));
  }
  return order;
}

const highest = ({ memory, addedMemory }: InstanceView): number =>
  Math.max(0, ...[...(memory ? [memory] : []), ...addedMemory].map(({ base, size }) => base + size));

function createLines(view: MachineView, order: readonly InstanceView[]): string[] {
  const lines: string[] = [];
  const free = new Set(view.harts.map(({ id }) => id));
  for (const [index, instance] of order.entries()) {
    const { id, name, harts, memory } = instance;
    if (memory === null) continue;
    const earlier = new Set(order.slice(0, index).map((other) => other.id));
    // A kernel is made with a core; one that has none gives it back, and another's is borrowed where none is free.
    const lender = order.slice(0, index).find((other) => other.harts.length > 0);
    const spare = [...free][0] ?? lender?.harts[0] ?? 0;
    const borrowed = harts.length === 0 && free.size === 0 ? lender : undefined;
    if (borrowed) lines.push(`update ${borrowed.name} --cpus -${spare}`);
    const peers = view.channels
      .filter(({ a, b }) => b === id && earlier.has(a))
      .sort((one, other) => one.id - other.id)
      .map(({ a }) => order.find((other) => other.id === a)?.name ?? '');
    const devices = view.devices
      .filter(({ owner }) => owner === id)
      .sort((one, other) => (one.window?.base ?? 0) - (other.window?.base ?? 0))
      .map((device) => device.name);
    const lowest = Math.min(...harts);
    lines.push(
      [
        ...(id === 0 ? ['init'] : ['create', name, `--id ${id}`]),
        `--cpus ${harts.length === 0 ? spare : formatHarts(harts)}`,
        `--memory ${memory.size}`,
        `--memory-base ${formatAddress(memory.base)}`,
        // Left out, it would be all kernels that are there.
        `--peer=${peers.join(',')}`,
        ...(devices.length === 0 ? [] : [`--devices ${devices.join(',')}`]),
        ...(harts.length === 0 || instance.bootHart <= lowest ? [] : [`--boot-cpu ${instance.bootHart}`]),
        ...(instance.entry === 's' ? [] : ['--entry m']),
      ].join(' '),
    );
    if (harts.length === 0) lines.push(`update ${name} --cpus -${spare}`);
    if (borrowed) lines.push(`update ${borrowed.name} --cpus +${spare}`);
    for (const hart of harts) free.delete(hart);
    for (const { base, size } of instance.addedMemory)
      lines.push(`update ${name} --memory +${size}@${formatAddress(base)}`);
  }
  return lines;
}

function loadLine({ name, kernel, initrd, cmdline, entry }: InstanceView): string {
  return [
    `load ${name}`,
    `--kernel ${quoted(kernel ?? '')}`,
    ...(initrd === undefined ? [] : [`--initrd ${quoted(initrd)}`]),
    ...(cmdline === '' ? [] : [`--cmdline ${quoted(cmdline)}`]),
    `--entry ${entry}`,
  ].join(' ');
}

/** One word of a kerf line, whatever is in it. */
const quoted = (words: string): string =>
  /^[\w./:=,+][\w./:=,+-]*$/.test(words) ? words : `"${words.replaceAll(/["\\]/g, '\\$&')}"`;
