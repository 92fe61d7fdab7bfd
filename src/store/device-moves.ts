/** Moving a device of the pool: which kerf line a drop stands for, and its fate as far as the view tells. */
import type { DeviceView, MachineView } from '../protocol/machine-view.ts';
import { forecastOfStates, instanceOf, type ColumnId, type MoveForecast } from './core-moves.ts';

export const devicesIn = (view: MachineView, column: ColumnId): DeviceView[] =>
  view.devices.filter(({ owner }) => (owner ?? 'free') === column);

/** The column in which a device is now. */
export const columnOfDevice = (view: MachineView, device: string): ColumnId =>
  view.devices.find(({ name }) => name === device)?.owner ?? 'free';

/** What a drop of the device on `to` would do. */
export function forecastDeviceMove(view: MachineView, device: string, to: ColumnId): MoveForecast {
  const from = columnOfDevice(view, device);
  return from === to ? { kind: 'same' } : forecastOfStates(instanceOf(view, from), instanceOf(view, to));
}

/** One transaction, so that a device that its new kernel does not take is given back; empty when nothing moves. */
export function kerfLinesOfDeviceMove(view: MachineView, device: string, to: ColumnId): string[] {
  const from = instanceOf(view, columnOfDevice(view, device));
  const target = instanceOf(view, to);
  if (from?.id === target?.id) return [];
  if (target) return [`kerf update ${target.name} --devices +${device}${from ? ` --from ${from.name}` : ''}`];
  return from ? [`kerf update ${from.name} --devices -${device}`] : [];
}
