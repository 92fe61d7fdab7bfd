/** A fresh machine, and another view of the drawer, take the control away that was pressed: who has the focus afterwards. */

type Place = 'list' | 'text' | 'again' | 'back' | 'position';

let wanted: Place | null = null;

export function focusLater(place: Place): void {
  wanted = place;
}

/** To be called when `root` is there: the place in it that is marked `data-lesson`. */
export function focusNow(root: HTMLElement | null): void {
  if (wanted === null) return;
  const at = (place: Place): HTMLElement | null =>
    root?.querySelector<HTMLElement>(`[data-lesson="${place}"]:not(:disabled)`) ?? null;
  // The first step has no way back.
  (at(wanted) ?? at('position'))?.focus();
  wanted = null;
}
