/** From a kerf command line to a typed command. Knows words and flags (kerf-verbs.ts), nothing of the machine. */
import { ok, refuse, type Result } from '../base/result.ts';
import {
  parseAddress,
  parseCount,
  parseHartChange,
  parseHartList,
  parseMemoryChange,
  parseNameList,
  parseSize,
  type HartChange,
  type MemoryChange,
} from './kerf-values.ts';
import { VERBS, verbRow, type Verb, type VerbRow } from './kerf-verbs.ts';
import { splitWords } from './kerf-words.ts';

export type Entry = 's' | 'm';

export interface CreateCommand {
  readonly verb: 'create';
  readonly name: string;
  /** The harts asked for, in the order written, or how many of the free ones. */
  readonly cpus: { readonly list: readonly number[] } | { readonly count: number };
  /** Bytes. */
  readonly memory: number;
  /** Guest-physical base, or null: the controller chooses. */
  readonly memoryBase: number | null;
  /** Names to have a channel with, or null: every existing instance. */
  readonly peers: readonly string[] | null;
  readonly bootCpu: number | null;
  readonly entry: Entry;
  readonly dryRun: boolean;
}

export interface LoadCommand {
  readonly verb: 'load';
  readonly name: string;
  readonly kernel: string;
  readonly cmdline: string;
  /** Null: as the instance was created. */
  readonly entry: Entry | null;
  readonly dryRun: boolean;
}

export interface UpdateCommand {
  readonly verb: 'update';
  readonly name: string;
  /** Null: the harts stay as they are; `memory` is not null then. */
  readonly cpus: HartChange | null;
  /** Instance that the added harts are taken from, or null: the pool. */
  readonly from: string | null;
  readonly memory: MemoryChange | null;
  readonly dryRun: boolean;
}

export type KerfCommand =
  | CreateCommand
  | LoadCommand
  | UpdateCommand
  | { readonly verb: 'exec'; readonly name: string; readonly dryRun: boolean }
  | { readonly verb: 'kill'; readonly name: string; readonly force: boolean }
  | { readonly verb: 'unload' | 'delete'; readonly name: string }
  | { readonly verb: 'show'; readonly name: string | null; readonly format: 'text' | 'json' }
  | { readonly verb: 'help'; readonly about: Verb | null };

/**
 * Parses one line, with or without the leading word `kerf`. Every refusal is a usage error (exit code 2); its hint is
 * the usage line of the verb, or the list of verbs.
 */
export function parseKerf(line: string): Result<KerfCommand> {
  const split = splitWords(line);
  if (!split.ok) return split;
  const words = split.value[0] === 'kerf' ? split.value.slice(1) : split.value;
  const [verb, ...rest] = words;
  const row = verb === undefined ? undefined : verbRow(verb);
  if (verb === undefined || row === undefined) {
    const what = verb === undefined ? 'no verb was given' : `"${verb}" is not a verb of kerf`;
    return refuse('bad-verb', what, `the verbs are ${Object.keys(VERBS).join(', ')}`);
  }
  const request = sortWords(verb, row, rest);
  const command = request.ok ? build(verb as Verb, request.value) : request;
  if (command.ok) return command;
  return refuse(command.error.code, `${verb}: ${command.error.reason}`, `usage: ${row.usage}`);
}

interface Request {
  /** The operand; '' when an optional one is absent. */
  readonly name: string;
  readonly flags: ReadonlyMap<string, string>;
}

/** Tells operand, flags and values apart. A flag's value may begin with `-`: it is the next word, or follows `=`. */
function sortWords(verb: string, row: VerbRow, words: readonly string[]): Result<Request> {
  const flags = new Map<string, string>();
  let name: string | null = null;
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] ?? '';
    if (!word.startsWith('--')) {
      if (name !== null) return usage('too-many-words', `"${word}" is one word too many`);
      name = word;
      continue;
    }
    const equals = word.indexOf('=');
    const flag = equals < 0 ? word : word.slice(0, equals);
    const spec = Object.hasOwn(row.flags, flag) ? row.flags[flag] : undefined;
    if (!spec) return usage('bad-flag', `${flag} is not a flag of ${verb}`);
    if (flags.has(flag)) return usage('flag-twice', `${flag} is given twice`);
    if (spec.value === null) {
      if (equals >= 0) return usage('bad-flag', `${flag} takes no value`);
      flags.set(flag, '');
      continue;
    }
    const value = equals >= 0 ? word.slice(equals + 1) : words[(i += 1)];
    if (value === undefined) return usage('no-value', `${flag} needs a value: ${spec.value}`);
    flags.set(flag, value);
  }
  if (name === null && row.operand === 'required')
    return usage('no-name', 'the name of the instance is missing');
  return ok({ name: name ?? '', flags });
}

function build(verb: Verb, { name, flags }: Request): Result<KerfCommand> {
  const dryRun = flags.has('--dry-run');
  switch (verb) {
    case 'create':
      return buildCreate(name, flags, dryRun);
    case 'load': {
      const kernel = flags.get('--kernel');
      if (!kernel) return usage('missing-flag', '--kernel is missing');
      const entry = optional(flags.get('--entry'), parseEntry);
      if (!entry.ok) return entry;
      return ok({ verb, name, kernel, cmdline: flags.get('--cmdline') ?? '', entry: entry.value, dryRun });
    }
    case 'update':
      return buildUpdate(name, flags, dryRun);
    case 'exec':
      return ok({ verb, name, dryRun });
    case 'kill':
      return ok({ verb, name, force: flags.has('--force') });
    case 'unload':
    case 'delete':
      return ok({ verb, name });
    case 'show': {
      const format = flags.get('--format') ?? 'text';
      if (format !== 'text' && format !== 'json')
        return usage('bad-format', `"${format}" is not text or json`);
      return ok({ verb, name: name === '' ? null : name, format });
    }
    case 'help':
      if (name !== '' && !verbRow(name)) return usage('bad-verb', `"${name}" is not a verb of kerf`);
      return ok({ verb, about: name === '' ? null : (name as Verb) });
  }
}

function buildCreate(name: string, flags: ReadonlyMap<string, string>, dryRun: boolean): Result<KerfCommand> {
  const list = flags.get('--cpus');
  const count = flags.get('--cpu-count');
  const size = flags.get('--memory');
  if (list !== undefined && count !== undefined)
    return usage('bad-flag', '--cpus and --cpu-count exclude each other');
  if (size === undefined) return usage('missing-flag', '--memory is missing');
  const cpus = parseCpus(list, count);
  if (!cpus.ok) return cpus;
  const memory = parseSize(size);
  if (!memory.ok) return memory;
  const memoryBase = optional(flags.get('--memory-base'), parseAddress);
  if (!memoryBase.ok) return memoryBase;
  const peers = optional(flags.get('--peer'), parseNameList);
  if (!peers.ok) return peers;
  const bootCpu = optional(flags.get('--boot-cpu'), (text) => parseCount(text, 0));
  if (!bootCpu.ok) return bootCpu;
  const entry = parseEntry(flags.get('--entry') ?? 's');
  if (!entry.ok) return entry;
  return ok({
    verb: 'create',
    name,
    cpus: cpus.value,
    memory: memory.value,
    memoryBase: memoryBase.value,
    peers: peers.value,
    bootCpu: bootCpu.value,
    entry: entry.value,
    dryRun,
  });
}

function buildUpdate(
  name: string,
  flags: ReadonlyMap<string, string>,
  dryRun: boolean,
): Result<UpdateCommand> {
  const cpus = optional(flags.get('--cpus'), parseHartChange);
  if (!cpus.ok) return cpus;
  const memory = optional(flags.get('--memory'), parseMemoryChange);
  if (!memory.ok) return memory;
  const from = flags.get('--from') ?? null;
  if (cpus.value === null && memory.value === null)
    return usage('missing-flag', '--cpus or --memory is missing');
  if (from !== null && cpus.value?.kind !== 'add')
    return usage('bad-flag', '--from says where harts to add come from: it needs --cpus +LIST');
  return ok({ verb: 'update', name, cpus: cpus.value, from, memory: memory.value, dryRun });
}

function parseCpus(list: string | undefined, count: string | undefined): Result<CreateCommand['cpus']> {
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
