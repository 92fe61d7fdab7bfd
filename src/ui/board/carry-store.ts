/**
 * What is being carried, a core or a device, by pointer or by keyboard, and the column it is over. Changes a few times in
 * a gesture; the ghost under the pointer is moved past React (carried-ghost.tsx).
 *
 * Why not the browser's own drag and drop: it does not start from a touch everywhere, tells no position to follow, and
 * cannot offer a column that will refuse. Pointer events do all three.
 */
import { create } from 'zustand';
import {
  columnOf,
  dropPlaces,
  forecastDrop,
  sameCarried,
  type Carried,
  type DropPlace,
} from '../../store/carried.ts';
import { instanceOf, type ColumnId } from '../../store/core-moves.ts';
import { useMachine } from '../../store/machine-store.ts';
import { announce } from '../kit/announcer.tsx';
import { text } from '../text.ts';
import { showColumn } from './column-at.ts';

interface CarryState {
  readonly thing: Carried | null;
  readonly by: 'pointer' | 'keys';
  readonly over: DropPlace | null;
}

/** The core of which a kernel is to be made, since it was dropped on the place for one; null: none. */
export const useMaking = create<{ readonly core: number | null }>()(() => ({ core: null }));

export const useCarry = create<CarryState>()(() => ({ thing: null, by: 'pointer', over: null }));

export const useIsCarried = (thing: Carried): boolean => useCarry((state) => sameCarried(state.thing, thing));

/** What takes the focus when it appears in its new column. */
let focusNext: Carried | null = null;

/** True once, for what is to take the focus after a move. */
export function takeFocus(thing: Carried): boolean {
  if (!sameCarried(focusNext, thing)) return false;
  focusNext = null;
  return true;
}

export const nameOf = (thing: Carried): string =>
  thing.kind === 'core' ? text.core.name(thing.core) : text.device.name(thing.device);

/** Name of a column as the place of `thing`. */
export function placeName(column: DropPlace, thing: Carried): string {
  if (column === 'new') return text.board.newKernel;
  const { view } = useMachine.getState();
  const instance = view ? instanceOf(view, column) : undefined;
  return instance ? instance.name : text[thing.kind].freePlace;
}

/** Why a drop there will be refused, or null. */
export function refusalForecast(thing: Carried, column: DropPlace): string | null {
  const { view } = useMachine.getState();
  const forecast = view ? forecastDrop(view, thing, column) : { kind: 'same' as const };
  return forecast.kind === 'illegal' ? text.move.rule[forecast.rule](forecast.kernel) : null;
}

export function takeUp(thing: Carried, by: 'pointer' | 'keys'): void {
  const { view } = useMachine.getState();
  if (!view) return;
  const over = columnOf(view, thing);
  useCarry.setState({ thing, by, over });
  if (by === 'pointer') announce(text.move.started(nameOf(thing), placeName(over, thing)));
}

export function carryOver(over: DropPlace | null): void {
  const { thing, over: before, by } = useCarry.getState();
  if (thing === null || over === before) return;
  useCarry.setState({ over });
  if (over === null) return;
  if (by === 'keys') showColumn(over);
  const refusal = refusalForecast(thing, over);
  const sentences = [text.move.to(nameOf(thing), placeName(over, thing))];
  if (refusal !== null) sentences.push(`${refusal}.`);
  if (by === 'keys') sentences.push(refusal === null ? text.move.confirm : text.move.confirmAnyway);
  announce(sentences.join(' '));
}

/**
 * Moves what is carried one column on; takes it up first when it is not. The place of a kernel that is not there yet is
 * passed over by what cannot make one: no kerf line stands for that refusal, so stopping there would teach nothing.
 */
export function carryByKey(thing: Carried, step: 1 | -1): void {
  const { view } = useMachine.getState();
  if (!view) return;
  if (!sameCarried(useCarry.getState().thing, thing)) takeUp(thing, 'keys');
  const columns = dropPlaces(view).filter(
    (column) => column !== 'new' || refusalForecast(thing, column) === null,
  );
  const { over } = useCarry.getState();
  const at = over === null ? 0 : columns.indexOf(over);
  carryOver(columns[(at + step + columns.length) % columns.length] ?? null);
}

export function putBack(): void {
  const { thing } = useCarry.getState();
  if (thing === null) return;
  useCarry.setState({ thing: null, over: null });
  announce(text.move.cancelled(nameOf(thing)));
}

/** Ends a gesture whose tile or chip goes: it changes its column under the pointer (a typed line). */
export function endCarryOf(thing: Carried): void {
  if (sameCarried(useCarry.getState().thing, thing)) putBack();
}

/** Drops what is carried where it is; a refusal is shown at `at`. */
export function drop(at: { x: number; y: number }): void {
  const { thing, over, by } = useCarry.getState();
  const { view } = useMachine.getState();
  if (thing === null || over === null || !view || columnOf(view, thing) === over) {
    putBack();
    return;
  }
  if (over === 'new') {
    const refusal = refusalForecast(thing, over);
    if (refusal !== null) {
      // No kerf line stands for it, so that the controller cannot be asked.
      putBack();
      announce(refusal);
      return;
    }
    useCarry.setState({ thing: null, over: null });
    if (thing.kind === 'core') useMaking.setState({ core: thing.core });
    return;
  }
  useCarry.setState({ thing: null, over: null });
  moveTo(thing, over, at, by === 'keys');
}

/** Moves it and says how that ended. `focus`: it takes the focus in the new column. */
export function moveTo(thing: Carried, to: ColumnId, at: { x: number; y: number }, focus: boolean): void {
  const { machine } = useMachine.getState();
  const name = nameOf(thing);
  const place = placeName(to, thing);
  if (focus) focusNext = thing;
  void machine?.move(thing, to, at).then((moved) => {
    if (!moved && sameCarried(focusNext, thing)) focusNext = null;
    announce(moved ? text.move.done(name, place) : text.move.refused(name));
  });
}
