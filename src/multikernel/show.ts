/** Text of `kerf show`: the pool, then each instance. No line is longer than 80 columns. */
import type { DeviceView, InstanceView, MachineView } from '../protocol/machine-view.ts';
import type { LastWords } from '../protocol/last-words.ts';
import { formatAddress, formatHarts, formatRange, formatSize } from './kerf-values.ts';

const COLUMNS = 80;

/** The whole machine, or only the instance of that name. */
export function showText(view: MachineView, name: string | null): string {
  const chosen = view.instances.filter((instance) => name === null || instance.name === name);
  const blocks = chosen.map((instance) => instanceLines(view, instance));
  return (name === null ? [poolLines(view), ...blocks] : blocks).map((lines) => lines.join('\n')).join('\n');
}

/** The same as JSON: MachineView, or one InstanceView with its devices and, after a panic, what its kernel left. */
export function showJson(view: MachineView, name: string | null, lastWords: LastWords | null): string {
  const instance = view.instances.find((each) => each.name === name);
  const devices = view.devices.filter(({ owner }) => owner === instance?.id);
  return JSON.stringify(
    name === null ? view : { ...instance, devices, ...(lastWords ? { lastWords } : {}) },
    null,
    2,
  );
}

function poolLines(view: MachineView): string[] {
  const free = view.harts.filter((hart) => hart.owner === null);
  const lost = view.harts.filter((hart) => hart.lost);
  return [
    `machine  ${view.harts.length} harts, ${formatSize(view.config.memory)} memory, ${view.isolation}, ${view.run}`,
    `pool     harts ${formatHarts(free.map((hart) => hart.id))}, ${formatSize(view.freeMemory)} memory free`,
    ...(view.devices.length === 0
      ? []
      : [`devices  ${view.devices.map((each) => poolDeviceText(view, each)).join(', ')}`]),
    ...(lost.length === 0 ? [] : [`lost     harts ${formatHarts(lost.map((hart) => hart.id))}`]),
    ...lost.flatMap(({ id, noWorker }) =>
      noWorker === undefined ? [] : row(`hart ${id}`, `has no worker: ${noWorker.split('\n', 1)[0] ?? ''}`),
    ),
  ];
}

function poolDeviceText({ instances }: MachineView, { name, owner }: DeviceView): string {
  const holder = instances.find(({ id }) => id === owner);
  return holder ? `${name} with ${holder.name}` : `${name} free`;
}

function instanceLines(view: MachineView, instance: InstanceView): string[] {
  const { memory, state, reason } = instance;
  const devices = view.devices.filter(({ owner }) => owner === instance.id).map(deviceText);
  const boot = instance.bootHart < 0 ? '' : `, boots on ${instance.bootHart}`;
  const rows: [string, string][] = [
    ['state', `${state}${reason === '' ? '' : ` (${reason})`}, boot ID ${instance.bootId}`],
    ['harts', `${formatHarts(instance.harts)}${boot}, entered in ${instance.entry.toUpperCase()}-mode`],
    ['memory', memory ? [memory, ...instance.addedMemory].map(regionText).join(', ') : 'none'],
    ['peers', instance.peers.length === 0 ? 'none' : instance.peers.join(', ')],
    ...liesRow(instance),
    ...(devices.length === 0 ? [] : [['devices', devices.join(', ')] as [string, string]]),
    ...(instance.kernel === null ? [] : [['kernel', instance.kernel] as [string, string]]),
    ...(instance.cmdline === '' ? [] : [['cmdline', instance.cmdline] as [string, string]]),
  ];
  return [`${instance.name} (${instance.id})`, ...rows.flatMap(([label, text]) => row(label, text))];
}

const liesRow = ({ malformed }: InstanceView): [string, string][] =>
  malformed === undefined ? [] : [['lies', `${malformed} slots of its ring to the host held no message`]];

const deviceText = ({ name, window }: DeviceView): string =>
  window ? `${name} at ${formatAddress(window.base)}, interrupt ${window.interrupt}` : name;

const regionText = ({ base, size }: { readonly base: number; readonly size: number }): string =>
  `${formatRange(base, size)} (${formatSize(size)})`;

/** A labelled row, broken where it would be too long: at blanks where there are some. */
function row(label: string, text: string): string[] {
  const indent = 11;
  const width = COLUMNS - indent;
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const blank = rest.lastIndexOf(' ', width);
    const end = blank > 0 ? blank : width;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  lines.push(rest);
  return lines.map((line, index) => (index === 0 ? `  ${label}`.padEnd(indent) : ' '.repeat(indent)) + line);
}
