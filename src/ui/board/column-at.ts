import type { DropPlace } from '../../store/carried.ts';

/** The column under a point of the viewport, in CSS pixels. */
export function columnAt(x: number, y: number): DropPlace | null {
  const column = document
    .elementsFromPoint(x, y)
    .map((element) => element.closest<HTMLElement>('[data-column]'))
    .find((element) => element !== null);
  const name = column?.dataset['column'];
  if (name === undefined) return null;
  return name === 'free' || name === 'new' ? name : Number(name);
}

/** Brings a column of the board into sight, where the machine is wider than the window. */
export function showColumn(column: DropPlace): void {
  document
    .querySelector(`.board > [data-column="${column}"]`)
    ?.scrollIntoView({ inline: 'nearest', block: 'nearest' });
}
