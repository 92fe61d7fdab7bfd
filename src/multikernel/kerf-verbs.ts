/** The verbs of kerf as data: what each is for, its usage line, whether it takes a name, and its flags. */

export interface FlagRow {
  /** What the value is, as the usage says it; null: the flag is a switch. */
  readonly value: string | null;
}

export interface VerbRow {
  readonly usage: string;
  readonly summary: string;
  /** The word after the verb. */
  readonly operand: 'required' | 'optional';
  readonly flags: Readonly<Record<string, FlagRow>>;
}

const SWITCH: FlagRow = { value: null };
const flag = (value: string): FlagRow => ({ value });

export const VERBS = {
  create: {
    usage:
      'kerf create NAME --cpus LIST|--cpu-count N --memory SIZE [--memory-base ADDR] [--peer NAME,...] [--boot-cpu N] [--entry s|m] [--dry-run]',
    summary: 'reserve harts, memory and channels under a name',
    operand: 'required',
    flags: {
      '--cpus': flag('LIST'),
      '--cpu-count': flag('N'),
      '--memory': flag('SIZE'),
      '--memory-base': flag('ADDR'),
      '--peer': flag('NAME,...'),
      '--boot-cpu': flag('N'),
      '--entry': flag('s|m'),
      '--dry-run': SWITCH,
    },
  },
  load: {
    usage: 'kerf load NAME --kernel FILE [--cmdline TEXT] [--entry s|m] [--dry-run]',
    summary: 'place a kernel image in the instance',
    operand: 'required',
    flags: {
      '--kernel': flag('FILE'),
      '--cmdline': flag('TEXT'),
      '--entry': flag('s|m'),
      '--dry-run': SWITCH,
    },
  },
  exec: {
    usage: 'kerf exec NAME [--dry-run]',
    summary: 'start the loaded kernel on its boot hart',
    operand: 'required',
    flags: { '--dry-run': SWITCH },
  },
  update: {
    usage:
      'kerf update NAME [--cpus LIST|+LIST|-LIST] [--from NAME] [--memory +SIZE|-SIZE[@ADDR]] [--dry-run]',
    summary: 'give harts and memory to an instance or take them, also while it runs',
    operand: 'required',
    flags: {
      '--cpus': flag('LIST|+LIST|-LIST'),
      '--from': flag('NAME'),
      '--memory': flag('+SIZE|-SIZE[@ADDR]'),
      '--dry-run': SWITCH,
    },
  },
  kill: {
    usage: 'kerf kill NAME [--force]',
    summary: 'ask the kernel to shut down; --force stops its harts at once',
    operand: 'required',
    flags: { '--force': SWITCH },
  },
  unload: {
    usage: 'kerf unload NAME',
    summary: 'drop the image, keep what is reserved',
    operand: 'required',
    flags: {},
  },
  delete: {
    usage: 'kerf delete NAME',
    summary: 'give harts, memory and channels back to the pool',
    operand: 'required',
    flags: {},
  },
  show: {
    usage: 'kerf show [NAME] [--format text|json]',
    summary: 'print the pool and the instances',
    operand: 'optional',
    flags: { '--format': flag('text|json') },
  },
  help: {
    usage: 'kerf help [VERB]',
    summary: 'print the verbs, or the usage of one',
    operand: 'optional',
    flags: {},
  },
} as const satisfies Readonly<Record<string, VerbRow>>;

export type Verb = keyof typeof VERBS;

/** The row of a verb, or undefined: not a verb. */
export const verbRow = (verb: string): VerbRow | undefined =>
  Object.hasOwn(VERBS, verb) ? VERBS[verb as Verb] : undefined;

/** Text of `kerf help [VERB]`. */
export function helpText(verb: Verb | null): string {
  if (verb !== null) return `usage: ${VERBS[verb].usage}\n${VERBS[verb].summary}`;
  const rows = Object.entries(VERBS).map(([name, row]) => `  ${name.padEnd(8)}${row.summary}`);
  return ['usage: kerf VERB [NAME] [FLAGS]', ...rows, 'kerf help VERB prints the flags of a verb.'].join(
    '\n',
  );
}
