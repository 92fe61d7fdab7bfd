/**
 * Moving a core: which kerf lines a drop stands for, and what is known beforehand about its fate. The forecast only
 * colours the columns; the controller alone decides, and a drop on a column forecast as refused still asks it.
 */
import type { InstanceView, MachineView } from '../protocol/machine-view.ts';

/** A column of the board: the pool, or the instance with this ID. */
export type ColumnId = 'free' | number;

export type MoveForecast =
  | { readonly kind: 'same' }
  | { readonly kind: 'legal' }
  /** `rule` names the sentence in ui/text.ts; `kernel` is the instance that stands in the way. */
  | {
      readonly kind: 'illegal';
      readonly rule: 'boot-hart' | 'owner-failed' | 'target-failed';
      readonly kernel: string;
    };

/** The column in which a core is now. */
export function columnOfCore(view: MachineView, core: number): ColumnId {
  return view.harts.find((hart) => hart.id === core)?.owner ?? 'free';
}

export function instanceOf(view: MachineView, column: ColumnId): InstanceView | undefined {
  return column === 'free' ? undefined : view.instances.find((instance) => instance.id === column);
}

/** What a drop of `core` on `to` would do, as far as the view tells. */
export function forecastCoreMove(view: MachineView, core: number, to: ColumnId): MoveForecast {
  const from = columnOfCore(view, core);
  if (from === to) return { kind: 'same' };
  const owner = instanceOf(view, from);
  if (owner?.state === 'active' && owner.bootHart === core)
    return { kind: 'illegal', rule: 'boot-hart', kernel: owner.name };
  return forecastOfStates(owner, instanceOf(view, to));
}

/** What the states of the two kernels between which something moves say about it; undefined is the pool. */
export function forecastOfStates(
  owner: InstanceView | undefined,
  target: InstanceView | undefined,
): MoveForecast {
  if (owner?.state === 'failed') return { kind: 'illegal', rule: 'owner-failed', kernel: owner.name };
  if (target?.state === 'failed') return { kind: 'illegal', rule: 'target-failed', kernel: target.name };
  return { kind: 'legal' };
}

/** The kerf line of a move, as a list; empty when nothing moves. */
export function kerfLinesOfCoreMove(view: MachineView, core: number, to: ColumnId): string[] {
  const from = columnOfCore(view, core);
  if (from === to) return [];
  const owner = instanceOf(view, from);
  const target = instanceOf(view, to);
  // One transaction: should the target not take it, its owner has it back.
  if (target) return [`kerf update ${target.name} --cpus +${core}${owner ? ` --from ${owner.name}` : ''}`];
  return owner ? [`kerf update ${owner.name} --cpus -${core}`] : [];
}

/** Columns in the order of the board. */
export function columnsOf(view: MachineView): ColumnId[] {
  return ['free', ...view.instances.map((instance) => instance.id)];
}
