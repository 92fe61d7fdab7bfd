/** From a kerf command line to a typed command. Knows words and flags (kerf-verbs.ts), nothing of the machine. */
import { ok, refuse, type Result } from '../base/result.ts';
import {
  buildCreate,
  buildHandover,
  buildInit,
  buildLoad,
  buildShow,
  buildUpdate,
  parsePlanFormat,
} from './kerf-flags.ts';
import type { DeviceChange, HartChange, MemoryChange } from './kerf-values.ts';
import { VERBS, verbRow, type Verb, type VerbRow } from './kerf-verbs.ts';
import { splitWords } from './kerf-words.ts';

export type Entry = 's' | 'm';
/** What --dry-run prints: a sentence, or the overlay and its difference to the tree, as source or in JSON. */
export type PlanFormat = 'text' | 'json' | 'dts';
type ShowFormat = 'text' | 'json' | 'dts';

export interface CreateCommand {
  readonly verb: 'create';
  readonly name: string;
  /** Null: the lowest free one. 0 is the host instance's, which `init` makes. */
  readonly id: number | null;
  /** The harts asked for, in the order written, or how many of the free ones. */
  readonly cpus: { readonly list: readonly number[] } | { readonly count: number };
  /** Bytes. */
  readonly memory: number;
  /** Guest-physical base, or null: the controller chooses. */
  readonly memoryBase: number | null;
  /** Names to have a channel with, or null: every existing instance. */
  readonly peers: readonly string[] | null;
  /** Names of the pool's devices, in the order written. */
  readonly devices: readonly string[];
  readonly bootCpu: number | null;
  readonly entry: Entry;
  readonly dryRun: boolean;
  readonly format: PlanFormat;
}

/** `init`: the host instance, as flags describe it (`create`), or as the rest of a baseline in a file (`input`). */
export interface InitCommand {
  readonly verb: 'init';
  readonly create: CreateCommand;
  readonly input: string | null;
}

export interface LoadCommand {
  readonly verb: 'load';
  readonly name: string;
  readonly kernel: string;
  readonly initrd: string | null;
  readonly cmdline: string;
  /** Null: as the instance was created. */
  readonly entry: Entry | null;
  readonly dryRun: boolean;
}

export interface UpdateCommand {
  readonly verb: 'update';
  readonly name: string;
  /** Null: the harts stay as they are; something else is not null then. */
  readonly cpus: HartChange | null;
  /** Instance that the added harts are taken from, or null: the pool. */
  readonly from: string | null;
  readonly memory: MemoryChange | null;
  readonly devices: DeviceChange | null;
  readonly dryRun: boolean;
  readonly format: PlanFormat;
}

export interface KillCommand {
  readonly verb: 'kill';
  readonly name: string;
  readonly force: boolean;
  readonly dryRun: boolean;
}

/** `handover`: the service of `name` goes to `to`, in one go or in the two steps that --hold leaves between. */
export interface HandoverCommand {
  readonly verb: 'handover';
  readonly name: string;
  readonly to: string;
  readonly step: 'all' | 'hold' | 'commit' | 'rollback';
}

/** An overlay in device tree source, from a file. */
export interface ApplyCommand {
  readonly verb: 'apply';
  readonly file: string;
  readonly dryRun: boolean;
  readonly format: PlanFormat;
}

interface DeleteCommand {
  readonly verb: 'delete';
  readonly name: string;
  readonly dryRun: boolean;
  readonly format: PlanFormat;
}

export interface ShowCommand {
  readonly verb: 'show';
  /** An instance, a transaction (`tx_N`), or null: everything. */
  readonly name: string | null;
  readonly format: ShowFormat;
  /** The transactions instead of the instances. */
  readonly overlays: boolean;
}

export type KerfCommand =
  | InitCommand
  | CreateCommand
  | LoadCommand
  | UpdateCommand
  | { readonly verb: 'exec'; readonly name: string; readonly kho: boolean; readonly dryRun: boolean }
  | KillCommand
  | { readonly verb: 'unload'; readonly name: string; readonly dryRun: boolean }
  | DeleteCommand
  | { readonly verb: 'console' | 'rollback'; readonly name: string }
  | HandoverCommand
  | ApplyCommand
  | ShowCommand
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
  /** The second operand; '' for a verb that has none. */
  readonly second: string;
  readonly flags: ReadonlyMap<string, string>;
}

/** Tells operand, flags and values apart. A flag's value may begin with `-`: it is the next word, or follows `=`. */
function sortWords(verb: string, row: VerbRow, words: readonly string[]): Result<Request> {
  const flags = new Map<string, string>();
  let name: string | null = null;
  let second: string | null = null;
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] ?? '';
    if (!word.startsWith('--')) {
      if (name === null) name = word;
      else if (second === null && row.second !== undefined) second = word;
      else return usage('too-many-words', `"${word}" is one word too many`);
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
    return usage('no-name', `the ${row.operandName ?? 'name of the instance'} is missing`);
  if (second === null && row.second !== undefined) return usage('no-name', `the ${row.second} is missing`);
  return ok({ name: name ?? '', second: second ?? '', flags });
}

function build(verb: Verb, { name, second, flags }: Request): Result<KerfCommand> {
  const dryRun = flags.has('--dry-run');
  switch (verb) {
    case 'create':
      return buildCreate(name, flags, dryRun);
    case 'init':
      if (name !== '') return usage('too-many-words', `"${name}" is one word too many`);
      return buildInit(flags, dryRun);
    case 'load':
      return buildLoad(name, flags, dryRun);
    case 'update':
      return buildUpdate(name, flags, dryRun);
    case 'apply': {
      const format = parsePlanFormat(flags, dryRun);
      return format.ok ? ok({ verb, file: name, dryRun, format: format.value }) : format;
    }
    case 'exec':
      return ok({ verb, name, kho: flags.has('--kho'), dryRun });
    case 'kill':
      return ok({ verb, name, force: flags.has('--force'), dryRun });
    case 'handover':
      return buildHandover(name, second, flags);
    case 'unload':
      return ok({ verb, name, dryRun });
    case 'delete': {
      const format = parsePlanFormat(flags, dryRun);
      return format.ok ? ok({ verb, name, dryRun, format: format.value }) : format;
    }
    case 'console':
    case 'rollback':
      return ok({ verb, name });
    case 'show':
      return buildShow(name, flags);
    case 'help':
      if (name !== '' && !verbRow(name)) return usage('bad-verb', `"${name}" is not a verb of kerf`);
      return ok({ verb, about: name === '' ? null : (name as Verb) });
  }
}

/** A usage error; parseKerf puts the verb before it and the usage line under it. */
const usage = (code: string, reason: string): Result<never> => refuse(code, reason, '');
