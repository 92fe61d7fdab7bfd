/** From the flags of a verb to its command: which exclude each other, which are needed, and what is left out. */
import { ok, refuse, type Result } from '../base/result.ts';
import type {
  CreateCommand,
  Entry,
  HandoverCommand,
  InitCommand,
  KerfCommand,
  LoadCommand,
  PlanFormat,
  UpdateCommand,
} from './kerf-parser.ts';
import {
  parseAddress,
  parseCount,
  parseDeviceChange,
  parseHartChange,
  parseHartList,
  parseMemoryChange,
  parseNameList,
  parseSize,
} from './kerf-values.ts';

export type Flags = ReadonlyMap<string, string>;

/** What the host instance is called, and what it has when nobody says. */
export const HOST_NAME = 'host';
const HOST_CPUS = '1';
const HOST_MEMORY = '64M';

export function buildCreate(name: string, flags: Flags, dryRun: boolean): Result<CreateCommand> {
  const id = optional(flags.get('--id'), (text) => parseCount(text, 1));
  if (!id.ok) return id;
  const cpus = parseCpus(flags.get('--cpus'), flags.get('--cpu-count'));
  if (!cpus.ok) return cpus;
  const size = flags.get('--memory');
  if (size === undefined) return usage('missing-flag', '--memory is missing');
  const memory = parseSize(size);
  if (!memory.ok) return memory;
  const memoryBase = optional(flags.get('--memory-base'), parseAddress);
  if (!memoryBase.ok) return memoryBase;
  const peers = optional(flags.get('--peer'), parseNameList);
  if (!peers.ok) return peers;
  const devices = parseNameList(flags.get('--devices') ?? '');
  if (!devices.ok) return devices;
  const bootCpu = optional(flags.get('--boot-cpu'), (text) => parseCount(text, 0));
  if (!bootCpu.ok) return bootCpu;
  const entry = parseEntry(flags.get('--entry') ?? 's');
  if (!entry.ok) return entry;
  const format = parsePlanFormat(flags, dryRun);
  if (!format.ok) return format;
  return ok({
    verb: 'create',
    name,
    id: id.value,
    cpus: cpus.value,
    memory: memory.value,
    memoryBase: memoryBase.value,
    peers: peers.value,
    devices: devices.value,
    bootCpu: bootCpu.value,
    entry: entry.value,
    dryRun,
    format: format.value,
  });
}

/** The same flags as create's, none of them needed; with --input the file says everything. */
export function buildInit(flags: Flags, dryRun: boolean): Result<InitCommand> {
  const input = flags.get('--input') ?? null;
  const other = [...flags.keys()].find((flag) => !['--input', '--dry-run', '--format'].includes(flag));
  if (input === '') return usage('no-value', '--input needs a value: FILE');
  if (input !== null && other !== undefined)
    return usage('bad-flag', `--input and ${other} exclude each other`);
  const filled = new Map([['--memory', HOST_MEMORY], ...flags]);
  if (!flags.has('--cpus') && !flags.has('--cpu-count')) filled.set('--cpu-count', HOST_CPUS);
  const create = buildCreate(HOST_NAME, filled, dryRun);
  return create.ok ? ok({ verb: 'init', create: { ...create.value, id: 0 }, input }) : create;
}

export function buildLoad(name: string, flags: Flags, dryRun: boolean): Result<LoadCommand> {
  const kernel = flags.get('--kernel');
  if (!kernel) return usage('missing-flag', '--kernel is missing');
  const initrd = flags.get('--initrd') ?? null;
  if (initrd === '') return usage('no-value', '--initrd needs a value: FILE');
  const entry = optional(flags.get('--entry'), parseEntry);
  if (!entry.ok) return entry;
  const cmdline = flags.get('--cmdline') ?? '';
  return ok({ verb: 'load', name, kernel, initrd, cmdline, entry: entry.value, dryRun });
}

export function buildUpdate(name: string, flags: Flags, dryRun: boolean): Result<UpdateCommand> {
  const cpus = optional(flags.get('--cpus'), parseHartChange);
  if (!cpus.ok) return cpus;
  const memory = optional(flags.get('--memory'), parseMemoryChange);
  if (!memory.ok) return memory;
  const devices = optional(flags.get('--devices'), parseDeviceChange);
  if (!devices.ok) return devices;
  const from = flags.get('--from') ?? null;
  if (cpus.value === null && memory.value === null && devices.value === null)
    return usage('missing-flag', '--cpus, --memory or --devices is missing');
  const taken = [cpus.value, devices.value].filter((change) => change !== null);
  if (from !== null && (taken.length === 0 || taken.some(({ kind }) => kind !== 'add'))) {
    const what = '--from says where harts and devices to add come from';
    return usage('bad-flag', `${what}: it needs --cpus +LIST or --devices +LIST`);
  }
  const format = parsePlanFormat(flags, dryRun);
  if (!format.ok) return format;
  return ok({
    verb: 'update',
    name,
    cpus: cpus.value,
    from,
    memory: memory.value,
    devices: devices.value,
    dryRun,
    format: format.value,
  });
}

export function buildHandover(name: string, to: string, flags: Flags): Result<HandoverCommand> {
  const [step, other] = (['hold', 'commit', 'rollback'] as const).filter((each) => flags.has(`--${each}`));
  if (other !== undefined) return usage('bad-flag', `--${step} and --${other} exclude each other`);
  return ok({ verb: 'handover', name, to, step: step ?? 'all' });
}

export function buildShow(name: string, flags: Flags): Result<KerfCommand> {
  const format = flags.get('--format') ?? 'text';
  const overlays = flags.has('--overlays');
  if (format !== 'text' && format !== 'json' && format !== 'dts')
    return usage('bad-format', `"${format}" is not text, json or dts`);
  if (overlays && name !== '') return usage('too-many-words', `"${name}" is one word too many`);
  if (overlays && format === 'dts')
    return usage('bad-format', '--overlays is text or json; one transaction as source: kerf show tx_N');
  return ok({ verb: 'show', name: name === '' ? null : name, format, overlays });
}

/** --format of a command that plans: a plan is printed by --dry-run alone. */
export function parsePlanFormat(flags: Flags, dryRun: boolean): Result<PlanFormat> {
  const format = flags.get('--format') ?? 'text';
  if (format !== 'text' && format !== 'json' && format !== 'dts')
    return usage('bad-format', `"${format}" is not text, json or dts`);
  if (format !== 'text' && !dryRun)
    return usage('bad-format', `--format ${format} shows what would be done: it needs --dry-run`);
  return ok(format);
}

function parseCpus(list: string | undefined, count: string | undefined): Result<CreateCommand['cpus']> {
  if (list !== undefined && count !== undefined)
    return usage('bad-flag', '--cpus and --cpu-count exclude each other');
  if (list !== undefined) {
    const harts = parseHartList(list);
    return harts.ok ? ok({ list: harts.value }) : harts;
  }
  if (count === undefined) return usage('missing-flag', '--cpus or --cpu-count is missing');
  const number = parseCount(count, 1);
  return number.ok ? ok({ count: number.value }) : number;
}

function parseEntry(text: string): Result<Entry> {
  return text === 's' || text === 'm' ? ok(text) : usage('bad-entry', `--entry is s or m, not "${text}"`);
}

function optional<T>(text: string | undefined, parse: (text: string) => Result<T>): Result<T | null> {
  return text === undefined ? ok(null) : parse(text);
}

/** A usage error; parseKerf puts the verb before it and the usage line under it. */
const usage = (code: string, reason: string): Result<never> => refuse(code, reason, '');
