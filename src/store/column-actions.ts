/** What the menu of a kernel's column offers in each state, as kerf lines. */
import type { InstanceView } from '../protocol/machine-view.ts';

/** Image that a kernel gets which was never given one. */
export const DEFAULT_IMAGE = 'islet.img';

export type ColumnActionId = 'boot' | 'restart' | 'kill' | 'force' | 'unload' | 'delete';

export interface ColumnAction {
  readonly id: ColumnActionId;
  /** Carried out in order until one is refused. */
  readonly lines: readonly string[];
}

/** The actions that are legal in the instance's state, the most likely first. */
export function columnActions(instance: InstanceView): ColumnAction[] {
  const { name, state, bootId } = instance;
  const load = `kerf load ${name} --kernel ${instance.kernel ?? DEFAULT_IMAGE}`;
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
