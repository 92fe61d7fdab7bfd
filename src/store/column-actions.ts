/** What the menu of a kernel's column offers in each state, as kerf lines. */
import type { InstanceView } from '../protocol/machine-view.ts';
import type { KerfStep } from './kerf-steps.ts';

/** Image and command line that a kernel gets which was never given any. */
const DEFAULT_IMAGE = 'guests/islet.img';
const DEFAULT_CMDLINE = 'beat';
/** What one press gives or takes, MiB: a few megapages, in which memory comes and goes. */
export const MEMORY_STEP = 4;
const MIB = 0x10_0000;

/** `words` as one word of a kerf line that may hold blanks, quotes and backslashes. */
const quoted = (words: string): string => `"${words.replaceAll(/["\\]/g, '\\$&')}"`;

/** One word of a kerf line; in quotes only where it needs them. */
export const kerfWord = (word: string): string => (/^[\w./:=,+-]+$/.test(word) ? word : quoted(word));

/** The line that loads an image into a kernel's memory. */
export function loadLine(name: string, kernel: string | null, cmdline: string): string {
  const words = cmdline === '' && kernel === null ? DEFAULT_CMDLINE : cmdline;
  return `kerf load ${name} --kernel ${kerfWord(kernel ?? DEFAULT_IMAGE)}${cmdlineFlag(words)}`;
}

export const cmdlineFlag = (words: string): string => (words === '' ? '' : ` --cmdline ${quoted(words)}`);

export type ColumnActionId =
  | 'console'
  | 'boot'
  | 'restart'
  | 'kill'
  | 'force'
  | 'load'
  | 'image'
  | 'replace'
  | 'handover'
  | 'hold'
  | 'commit'
  | 'rollback'
  | 'unload'
  | 'more'
  | 'less'
  | 'delete';

export interface ColumnAction {
  readonly id: ColumnActionId;
  /** The other kernel that it is about. */
  readonly other?: string;
  /** Carried out in order until one is refused. */
  readonly lines: readonly string[];
  /** Ends a kernel that runs: what it holds in its memory is lost. */
  readonly ends?: true;
  /** The dialog that the page opens instead. */
  readonly opens?: 'load' | 'image' | 'replace';
}

/** Those that are about another kernel too. */
type HandOverId = 'handover' | 'hold' | 'commit' | 'rollback';

type ActionOf = (instance: InstanceView) => Omit<ColumnAction, 'id'>;

/** What each action does. The order of the table is that of the menu. */
const ACTIONS: Readonly<Record<Exclude<ColumnActionId, HandOverId>, ActionOf>> = {
  console: ({ name }) => ({ lines: [`kerf console ${name}`] }),
  boot: ({ name, state, kernel, cmdline }) => ({
    lines: [...(state === 'loaded' ? [] : [loadLine(name, kernel, cmdline)]), `kerf exec ${name}`],
  }),
  restart: ({ name, state }) =>
    state === 'active'
      ? { lines: [`kerf kill ${name}`, `kerf exec ${name}`], ends: true }
      : { lines: [`kerf exec ${name}`] },
  kill: ({ name }) => ({ lines: [`kerf kill ${name}`], ends: true }),
  force: ({ name }) => ({ lines: [`kerf kill ${name} --force`], ends: true }),
  load: () => ({ lines: [], opens: 'load' }),
  image: () => ({ lines: [], opens: 'image' }),
  replace: () => ({ lines: [], opens: 'replace' }),
  unload: ({ name }) => ({ lines: [`kerf unload ${name}`] }),
  more: ({ name }) => ({ lines: [`kerf update ${name} --memory +${MEMORY_STEP}M`] }),
  less: ({ name }) => ({ lines: [`kerf update ${name} --memory -${MEMORY_STEP}M`] }),
  delete: ({ name }) => ({ lines: [`kerf delete ${name}`] }),
};

/**
 * The actions that are legal in the instance's state, in the order of the menu. `running`: names of the kernels that run,
 * to which a service can be handed over.
 */
export function columnActions(instance: InstanceView, running: readonly string[] = []): ColumnAction[] {
  const { state, bootId, addedMemory } = instance;
  const legal = new Set<keyof typeof ACTIONS>(['console']);
  const allow = (...ids: (keyof typeof ACTIONS)[]): void => ids.forEach((id) => legal.add(id));
  switch (state) {
    case 'empty':
    case 'ready':
      allow('boot', 'load', 'delete', 'more');
      break;
    case 'loaded':
      allow(bootId === 0 ? 'boot' : 'restart', 'load', 'unload', 'more');
      break;
    case 'active':
      allow('restart', 'kill', 'force', 'image', 'replace', 'more');
      break;
    case 'failed':
      allow('unload', 'delete');
      break;
  }
  // Only what update gave can be taken.
  if (legal.has('more') && addedMemory.some(({ size }) => size >= MEMORY_STEP * MIB)) allow('less');
  const actions = (Object.keys(ACTIONS) as (keyof typeof ACTIONS)[])
    .filter((id) => legal.has(id))
    .map((id): ColumnAction => ({ id, ...ACTIONS[id](instance) }));
  return [...actions, ...handOvers(instance, running)];
}

/** Hand-overs to a kernel beside it: at once or in two steps, the second of which is all there is once the first is done. */
function handOvers(
  { name, state, peers, heldFor }: InstanceView,
  running: readonly string[],
): ColumnAction[] {
  const to = (id: HandOverId, other: string, flags = ''): ColumnAction => ({
    id,
    other,
    lines: [`kerf handover ${name} ${other}${flags}`],
  });
  if (state !== 'active') return [];
  if (heldFor !== undefined)
    return [to('commit', heldFor, ' --commit'), to('rollback', heldFor, ' --rollback')];
  const beside = peers.filter((peer) => running.includes(peer));
  return [
    ...beside.map((other) => to('handover', other)),
    ...beside.map((other) => to('hold', other, ' --hold')),
  ];
}

/** What a kernel that does not run waits for, if anything: the button in its header. */
export const nextAction = (instance: InstanceView): ColumnAction | undefined =>
  instance.state === 'active'
    ? undefined
    : columnActions(instance).find(({ id }) => id === 'boot' || id === 'restart');

/** Lines that replace a kernel by another image while it runs: what it preserves the next one takes over. */
export const replaceSteps = ({ name }: InstanceView, image: string | null, cmdline: string): KerfStep[] => [
  { line: loadLine(name, image, cmdline.trim()), undo: [] },
  { line: `kerf exec ${name} --kho`, undo: [] },
];

/**
 * Lines that load another image where one may be loaded already, in order; `undo` is what brings the old one back when
 * its line is refused.
 */
export function loadSteps(instance: InstanceView, image: string | null, cmdline: string): KerfStep[] {
  const { name, kernel } = instance;
  const load = loadLine(name, image, cmdline.trim());
  if (instance.state !== 'loaded') return [{ line: load, undo: [] }];
  return [
    { line: `kerf unload ${name}`, undo: [] },
    { line: load, undo: [loadLine(name, kernel, instance.cmdline)] },
  ];
}

/**
 * Lines that boot an image in a kernel, whatever is in it now: what runs is ended, what is loaded goes. When one is refused,
 * `undo` brings back what was there, started anew. `force`: what runs is not asked to end.
 */
export function bootSteps(
  instance: InstanceView,
  image: string | null,
  cmdline: string,
  force = false,
): KerfStep[] {
  const { name, state, kernel, initrd } = instance;
  const disk = initrd === undefined ? '' : ` --initrd ${kerfWord(initrd)}`;
  const runs = state === 'active';
  const again = runs ? [`kerf exec ${name}`] : [];
  const back =
    kernel === null || state === 'failed' ? [] : [loadLine(name, kernel, instance.cmdline) + disk, ...again];
  return [
    ...(runs ? [{ line: `kerf kill ${name}${force ? ' --force' : ''}`, undo: [] }] : []),
    ...(runs || state === 'loaded' || state === 'failed'
      ? [{ line: `kerf unload ${name}`, undo: again }]
      : []),
    { line: loadLine(name, image, cmdline.trim()), undo: back },
    { line: `kerf exec ${name}`, undo: [`kerf unload ${name}`, ...back] },
  ];
}
