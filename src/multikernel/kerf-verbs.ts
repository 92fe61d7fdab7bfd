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
  /** What the word is; left out: the name of an instance. */
  readonly operandName?: string;
  /** What the word after that is, which is then needed. */
  readonly second?: string;
  readonly flags: Readonly<Record<string, FlagRow>>;
}

const SWITCH: FlagRow = { value: null };
const flag = (value: string): FlagRow => ({ value });

export const VERBS = {
  init: {
    usage:
      'kerf init [--cpus LIST|--cpu-count N] [--memory SIZE] [--memory-base ADDR] [--peer NAME,...] [--devices LIST] [--boot-cpu N] [--entry s|m] [--input FILE] [--dry-run] [--format text|json|dts]',
    summary: 'make the host instance, ID 0, from flags or as the rest of a baseline',
    operand: 'optional',
    flags: {
      '--cpus': flag('LIST'),
      '--cpu-count': flag('N'),
      '--memory': flag('SIZE'),
      '--memory-base': flag('ADDR'),
      '--peer': flag('NAME,...'),
      '--devices': flag('LIST'),
      '--boot-cpu': flag('N'),
      '--entry': flag('s|m'),
      '--input': flag('FILE'),
      '--dry-run': SWITCH,
      '--format': flag('text|json|dts'),
    },
  },
  create: {
    usage:
      'kerf create NAME [--id N] --cpus LIST|--cpu-count N --memory SIZE [--memory-base ADDR] [--peer NAME,...] [--devices LIST] [--boot-cpu N] [--entry s|m] [--dry-run] [--format text|json|dts]',
    summary: 'reserve harts, memory and channels under a name',
    operand: 'required',
    flags: {
      '--id': flag('N'),
      '--cpus': flag('LIST'),
      '--cpu-count': flag('N'),
      '--memory': flag('SIZE'),
      '--memory-base': flag('ADDR'),
      '--peer': flag('NAME,...'),
      '--devices': flag('LIST'),
      '--boot-cpu': flag('N'),
      '--entry': flag('s|m'),
      '--dry-run': SWITCH,
      '--format': flag('text|json|dts'),
    },
  },
  load: {
    usage: 'kerf load NAME --kernel FILE [--initrd FILE] [--cmdline TEXT] [--entry s|m] [--dry-run]',
    summary: 'place a kernel image in the instance, or keep it as the next one of a running instance',
    operand: 'required',
    flags: {
      '--kernel': flag('FILE'),
      '--initrd': flag('FILE'),
      '--cmdline': flag('TEXT'),
      '--entry': flag('s|m'),
      '--dry-run': SWITCH,
    },
  },
  exec: {
    usage: 'kerf exec NAME [--kho] [--dry-run]',
    summary:
      'start the loaded kernel on its boot hart; --kho hands a running one over to the image loaded next',
    operand: 'required',
    flags: { '--kho': SWITCH, '--dry-run': SWITCH },
  },
  console: {
    usage: 'kerf console NAME',
    summary: 'show the console of the instance, and type into it',
    operand: 'required',
    flags: {},
  },
  update: {
    usage:
      'kerf update NAME [--cpus LIST|+LIST|-LIST] [--from NAME] [--memory +SIZE|-SIZE[@ADDR]] [--devices LIST|+LIST|-LIST] [--dry-run] [--format text|json|dts]',
    summary: 'give harts, memory and devices to an instance or take them, also while it runs',
    operand: 'required',
    flags: {
      '--cpus': flag('LIST|+LIST|-LIST'),
      '--from': flag('NAME'),
      '--memory': flag('+SIZE|-SIZE[@ADDR]'),
      '--devices': flag('LIST|+LIST|-LIST'),
      '--dry-run': SWITCH,
      '--format': flag('text|json|dts'),
    },
  },
  handover: {
    usage: 'kerf handover OLD NEW [--hold|--commit|--rollback]',
    summary: 'move the service of a running kernel to one beside it; --hold stops when that one is ready',
    operand: 'required',
    operandName: 'name of the instance that serves',
    second: 'name of the instance that is to serve',
    flags: { '--hold': SWITCH, '--commit': SWITCH, '--rollback': SWITCH },
  },
  kill: {
    usage: 'kerf kill NAME [--force] [--dry-run]',
    summary: 'ask the kernel to shut down; --force stops its harts at once',
    operand: 'required',
    flags: { '--force': SWITCH, '--dry-run': SWITCH },
  },
  unload: {
    usage: 'kerf unload NAME [--dry-run]',
    summary: 'drop the image, keep what is reserved',
    operand: 'required',
    flags: { '--dry-run': SWITCH },
  },
  delete: {
    usage: 'kerf delete NAME [--dry-run] [--format text|json|dts]',
    summary: 'give harts, memory and channels back to the pool',
    operand: 'required',
    flags: { '--dry-run': SWITCH, '--format': flag('text|json|dts') },
  },
  apply: {
    usage: 'kerf apply FILE [--dry-run] [--format text|json|dts]',
    summary: 'apply a device-tree overlay (source) as one transaction',
    operand: 'required',
    operandName: 'file with the overlay',
    flags: { '--dry-run': SWITCH, '--format': flag('text|json|dts') },
  },
  rollback: {
    usage: 'kerf rollback TX',
    summary: 'remove an overlay: undo the transaction, its last step first',
    operand: 'required',
    operandName: 'transaction, such as tx_1,',
    flags: {},
  },
  show: {
    usage: 'kerf show [NAME|TX] [--overlays] [--format text|json|dts]',
    summary: 'print the pool and the instances, one of them, or the transactions',
    operand: 'optional',
    flags: { '--overlays': SWITCH, '--format': flag('text|json|dts') },
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
  const rows = Object.entries(VERBS).map(([name, row]) => `  ${name.padEnd(10)}${row.summary}`);
  return ['usage: kerf VERB [NAME] [FLAGS]', ...rows, 'kerf help VERB prints the flags of a verb.'].join(
    '\n',
  );
}
