/** What the menu of a kernel's column offers in each state, as kerf lines. */
import type { InstanceView } from '../protocol/machine-view.ts';

/** Image and command line that a kernel gets which was never given any. */
const DEFAULT_IMAGE = 'guests/islet.img';
const DEFAULT_CMDLINE = 'beat';

/** `words` as one word of a kerf line that may hold blanks, quotes and backslashes. */
const quoted = (words: string): string => `"${words.replaceAll(/["\\]/g, '\\$&')}"`;

/** One word of a kerf line; in quotes only where it needs them. */
export const kerfWord = (word: string): string => (/^[\w./:=,+-]+$/.test(word) ? word : quoted(word));

/** The line that loads an image into a kernel's memory. */
export function loadLine(name: string, kernel: string | null, cmdline: string): string {
  const words = cmdline === '' && kernel === null ? DEFAULT_CMDLINE : cmdline;
  const flag = words === '' ? '' : ` --cmdline ${quoted(words)}`;
  return `kerf load ${name} --kernel ${kerfWord(kernel ?? DEFAULT_IMAGE)}${flag}`;
}

export type ColumnActionId = 'boot' | 'restart' | 'kill' | 'force' | 'unload' | 'delete';

export interface ColumnAction {
  readonly id: ColumnActionId;
  /** Carried out in order until one is refused. */
  readonly lines: readonly string[];
}

/** The actions that are legal in the instance's state, the most likely first. */
export function columnActions(instance: InstanceView): ColumnAction[] {
  const { name, state, bootId } = instance;
  const load = loadLine(name, instance.kernel, instance.cmdline);
  const exec = `kerf exec ${name}`;
  switch (state) {
    case 'empty':
    case 'ready':
      return [
        { id: 'boot', lines: [load, exec] },
        { id: 'delete', lines: [`kerf delete ${name}`] },
      ];
    case 'loaded':
      return [
        { id: bootId === 0 ? 'boot' : 'restart', lines: [exec] },
        { id: 'unload', lines: [`kerf unload ${name}`] },
      ];
    case 'active':
      return [
        { id: 'restart', lines: [`kerf kill ${name}`, exec] },
        { id: 'kill', lines: [`kerf kill ${name}`] },
        { id: 'force', lines: [`kerf kill ${name} --force`] },
      ];
    case 'failed':
      return [
        { id: 'unload', lines: [`kerf unload ${name}`] },
        { id: 'delete', lines: [`kerf delete ${name}`] },
      ];
  }
}
