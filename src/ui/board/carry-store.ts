/**
 * The core that is being carried, by pointer or by keyboard, and the column it is over. Changes a few times in a gesture;
 * the ghost under the pointer is moved past React (carried-core.tsx).
 *
 * Why not the browser's own drag and drop: it does not start from a touch everywhere, tells no position to follow, and
 * cannot offer a column that will refuse. Pointer events do all three.
 */
import { create } from 'zustand';
import { columnOfCore, columnsOf, forecastMove, instanceOf, type ColumnId } from '../../store/core-moves.ts';
import { useMachine } from '../../store/machine-store.ts';
import { announce } from '../kit/announcer.tsx';
import { text } from '../text.ts';

interface CarryState {
  readonly core: number | null;
  readonly by: 'pointer' | 'keys';
  readonly over: ColumnId | null;
}

export const useCarry = create<CarryState>()(() => ({ core: null, by: 'pointer', over: null }));

/** Core whose tile takes the focus when it appears in its new column. */
let focusNext: number | null = null;

/** True once, for the tile that is to take the focus after a move. */
export function takeFocus(core: number): boolean {
  if (focusNext !== core) return false;
  focusNext = null;
  return true;
}

export function placeName(column: ColumnId): string {
  const { view } = useMachine.getState();
  const instance = view ? instanceOf(view, column) : undefined;
  return instance ? instance.name : text.core.freePlace;
}

/** Why a drop there will be refused, or null. */
export function refusalForecast(core: number, column: ColumnId): string | null {
  const { view } = useMachine.getState();
  const forecast = view ? forecastMove(view, core, column) : { kind: 'same' as const };
  return forecast.kind === 'illegal' ? text.move.rule[forecast.rule](forecast.kernel) : null;
}

export function takeUp(core: number, by: 'pointer' | 'keys'): void {
  const { view } = useMachine.getState();
  if (!view) return;
  const over = columnOfCore(view, core);
  useCarry.setState({ core, by, over });
  if (by === 'pointer') announce(text.move.started(core, placeName(over)));
}

export function carryOver(over: ColumnId | null): void {
  const { core, over: before, by } = useCarry.getState();
  if (core === null || over === before) return;
  useCarry.setState({ over });
  if (over === null) return;
  const sentence = [text.move.to(core, placeName(over)), refusalForecast(core, over)];
  announce([...sentence, by === 'keys' ? text.move.confirm : null].filter((part) => part !== null).join(' '));
}

/** Moves a carried core one column on; takes it up first when it is not. */
export function carryByKey(core: number, step: 1 | -1): void {
  const { view } = useMachine.getState();
  if (!view) return;
  if (useCarry.getState().core !== core) takeUp(core, 'keys');
  const columns = columnsOf(view);
  const { over } = useCarry.getState();
  const at = over === null ? 0 : columns.indexOf(over);
  carryOver(columns[(at + step + columns.length) % columns.length] ?? null);
}

export function putBack(): void {
  const { core } = useCarry.getState();
  if (core === null) return;
  useCarry.setState({ core: null, over: null });
  announce(text.move.cancelled(core));
}

/** Drops the carried core where it is; a refusal is shown at `at`. */
export function drop(at: { x: number; y: number }): void {
  const { core, over, by } = useCarry.getState();
  const { view } = useMachine.getState();
  if (core === null || over === null || !view || columnOfCore(view, core) === over) {
    putBack();
    return;
  }
  useCarry.setState({ core: null, over: null });
  moveTo(core, over, at, by === 'keys');
}

/** Moves a core and says how it ended. `focus`: its tile takes the focus in the new column. */
export function moveTo(core: number, column: ColumnId, at: { x: number; y: number }, focus: boolean): void {
  const { machine } = useMachine.getState();
  const place = placeName(column);
  if (focus) focusNext = core;
  void machine?.moveCore(core, column, at).then((moved) => {
    if (!moved && focusNext === core) focusNext = null;
    announce(moved ? text.move.done(core, place) : text.move.refused(core));
  });
}
