/** Moving a device of the pool: the kerf line that a choice in its menu stands for. */
import type { DeviceView, MachineView } from '../protocol/machine-view.ts';
import { columnsOf, instanceOf, type ColumnId } from './core-moves.ts';

export const devicesIn = (view: MachineView, column: ColumnId): DeviceView[] =>
  view.devices.filter(({ owner }) => (owner ?? 'free') === column);

/** Columns to which the device can go, in the order of the board. */
export const deviceTargets = (view: MachineView, { owner }: DeviceView): ColumnId[] =>
  columnsOf(view).filter((column) => column !== (owner ?? 'free'));

/** One transaction, so that a device that its new kernel does not take is given back; empty when nothing moves. */
export function kerfLinesOfDeviceMove(
  view: MachineView,
  { name, owner }: DeviceView,
  to: ColumnId,
): string[] {
  const from = instanceOf(view, owner ?? 'free');
  const target = instanceOf(view, to);
  if (from?.id === target?.id) return [];
  if (target) return [`kerf update ${target.name} --devices +${name}${from ? ` --from ${from.name}` : ''}`];
  return from ? [`kerf update ${from.name} --devices -${name}`] : [];
}
