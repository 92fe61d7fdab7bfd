/** What can be carried from one column of the board to another: a core, or a device of the pool. */
import type { MachineView } from '../protocol/machine-view.ts';
import {
  columnOfCore,
  columnsOf,
  forecastCoreMove,
  instanceOf,
  kerfLinesOfCoreMove,
  type ColumnId,
  type MoveForecast,
} from './core-moves.ts';
import { columnOfDevice, forecastDeviceMove, kerfLinesOfDeviceMove } from './device-moves.ts';

export type Carried =
  { readonly kind: 'core'; readonly core: number } | { readonly kind: 'device'; readonly device: string };

export const sameCarried = (one: Carried | null, other: Carried | null): boolean =>
  one !== null && other !== null && keyOfCarried(one) === keyOfCarried(other);

const keyOfCarried = (thing: Carried): string =>
  thing.kind === 'core' ? `core ${thing.core}` : `device ${thing.device}`;

/** The column in which it is now. */
export const columnOf = (view: MachineView, thing: Carried): ColumnId =>
  thing.kind === 'core' ? columnOfCore(view, thing.core) : columnOfDevice(view, thing.device);

/** Where something can be dropped: a column, or the place of the kernel that is not there yet. */
export type DropPlace = ColumnId | 'new';

/** The places in the order of the board. */
export const dropPlaces = (view: MachineView): DropPlace[] => [...columnsOf(view), 'new'];

/** What a drop on `to` would do, as far as the view tells. A new kernel is made of free cores, and gets no device then. */
export const forecastDrop = (view: MachineView, thing: Carried, to: DropPlace): DropForecast => {
  if (to !== 'new') return forecastMove(view, thing, to);
  if (thing.kind === 'device') return { kind: 'illegal', rule: 'device-to-new', kernel: '' };
  return columnOf(view, thing) === 'free'
    ? { kind: 'legal' }
    : { kind: 'illegal', rule: 'core-not-free', kernel: instanceOf(view, columnOf(view, thing))?.name ?? '' };
};

export type DropForecast =
  | MoveForecast
  | { readonly kind: 'illegal'; readonly rule: 'device-to-new' | 'core-not-free'; readonly kernel: string };

const forecastMove = (view: MachineView, thing: Carried, to: ColumnId): MoveForecast =>
  thing.kind === 'core' ? forecastCoreMove(view, thing.core, to) : forecastDeviceMove(view, thing.device, to);

/** The kerf line of a move, as a list; empty when nothing moves. */
export const kerfLinesOfMove = (view: MachineView, thing: Carried, to: ColumnId): string[] =>
  thing.kind === 'core'
    ? kerfLinesOfCoreMove(view, thing.core, to)
    : kerfLinesOfDeviceMove(view, thing.device, to);
