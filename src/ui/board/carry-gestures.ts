import { useRef, type KeyboardEvent, type PointerEvent } from 'react';
import type { Carried } from '../../store/carried.ts';
import { carryByKey, carryOver, drop, putBack, takeUp, useCarry } from './carry-store.ts';
import { moveGhost } from './carried-ghost.tsx';
import { columnAt } from './column-at.ts';

/** Pointer travel, in CSS pixels, that tells a drag from a press. */
const DRAG_FROM = 5;

/** The middle of an element's lower edge, in CSS pixels of the viewport: where a note about it is shown. */
export function bottomOf(element: Element): { x: number; y: number } {
  const box = element.getBoundingClientRect();
  return { x: box.left + box.width / 2, y: box.bottom };
}

/** Handlers of a core's tile or a device's chip: a drag carries it, arrow keys carry it, a press that is no drag calls `onPress`. */
export function useCarryGestures(thing: Carried, carried: boolean, onPress: () => void) {
  const press = useRef<{ x: number; y: number; dragging: boolean } | null>(null);
  return {
    onPointerDown(event: PointerEvent<HTMLButtonElement>): void {
      if (event.button !== 0) return;
      press.current = { x: event.clientX, y: event.clientY, dragging: false };
      // Captured at once: the first move of a quick pointer is outside the tile already.
      event.currentTarget.setPointerCapture(event.pointerId);
    },
    onPointerMove(event: PointerEvent): void {
      const start = press.current;
      if (!start) return;
      if (!start.dragging) {
        if (Math.hypot(event.clientX - start.x, event.clientY - start.y) < DRAG_FROM) return;
        start.dragging = true;
        takeUp(thing, 'pointer');
      }
      moveGhost(event.clientX, event.clientY);
      carryOver(columnAt(event.clientX, event.clientY));
    },
    onPointerUp(event: PointerEvent): void {
      if (press.current?.dragging) drop({ x: event.clientX, y: event.clientY });
    },
    onPointerCancel(): void {
      if (press.current?.dragging) putBack();
      press.current = null;
    },
    onClick(): void {
      // The click that ends a drag is not a press.
      const dragged = press.current?.dragging === true;
      press.current = null;
      if (!dragged && !carried) onPress();
    },
    onKeyDown(event: KeyboardEvent<HTMLButtonElement>): void {
      const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : null;
      const enter = event.key === 'Enter' || event.key === ' ';
      if (step !== null) carryByKey(thing, step);
      else if (carried && event.key === 'Escape') putBack();
      else if (carried && enter) drop(bottomOf(event.currentTarget));
      // Not left to the click that would follow: a click without a pointer counts as a screen reader's, and the menu it
      // opens then keeps the focus for itself instead of giving it to its first entry.
      else if (enter) onPress();
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    onBlur(): void {
      if (carried && useCarry.getState().by === 'keys') putBack();
    },
  };
}
