/** Wheel, drag, pinch and click on the timeline's picture. */
import { categoryMask } from '../../protocol/timeline.ts';
import { laneAt, timeOf } from './timeline-layout.ts';
import { timelinePane } from './timeline-pane.ts';
import { panned, spanOf } from './timeline-view.ts';

/** Pixels that a pointer may move between down and up for it to be a click. */
const CLICK = 4;
/** How near, in pixels, an event must be to be the one that was clicked. */
const NEAR = 24;

interface Point {
  readonly x: number;
  readonly y: number;
}

export function listenToPointers(box: HTMLElement): () => void {
  const down = new Map<number, Point>();
  let moved = 0;

  const at = (event: MouseEvent): Point => {
    const { left, top } = box.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const time = (x: number): number => timeOf(timelinePane.layout, timelinePane.view, x);
  const ticksPerPixel = (): number => {
    const { layout, view } = timelinePane;
    return spanOf(view) / Math.max(1, layout.width - layout.gutter);
  };

  const onWheel = (event: WheelEvent): void => {
    event.preventDefault();
    const point = at(event);
    // Sideways, or with Shift: pan. Upright, or a pinch on a touch pad: zoom where the pointer is.
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY))
      timelinePane.show(panned(timelinePane.view, sideways * pixels * ticksPerPixel()));
    else timelinePane.zoom(Math.exp(event.deltaY * pixels * (event.ctrlKey ? 0.01 : 0.002)), time(point.x));
  };

  const onDown = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    if (down.size === 0) moved = 0;
    down.set(event.pointerId, at(event));
    box.setPointerCapture(event.pointerId);
  };

  const onMove = (event: PointerEvent): void => {
    const point = at(event);
    timelinePane.pointer = event.pointerType === 'touch' ? null : point;
    const before = down.get(event.pointerId);
    if (!before) return;
    moved += Math.abs(point.x - before.x) + Math.abs(point.y - before.y);
    const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
    down.set(event.pointerId, point);
    if (other) {
      const apart = Math.max(12, Math.abs(before.x - other.x));
      const now = Math.max(12, Math.abs(point.x - other.x));
      timelinePane.zoom(apart / now, time(other.x));
    } else if (moved > CLICK)
      timelinePane.show(panned(timelinePane.view, (before.x - point.x) * ticksPerPixel()));
  };

  const onUp = (event: PointerEvent): void => {
    const point = at(event);
    const was = down.delete(event.pointerId);
    if (!was || event.type === 'pointercancel' || moved > CLICK || down.size > 0) return;
    const { layout } = timelinePane;
    const { top, height } = layout.messages;
    const near = NEAR * ticksPerPixel();
    if (point.y >= top && point.y < top + height)
      void timelinePane.pick(null, time(point.x), near, categoryMask('publish'));
    else void timelinePane.pick(laneAt(layout, point.y), time(point.x), near);
  };

  const onLeave = (): void => {
    timelinePane.pointer = null;
  };

  const listeners = new AbortController();
  const { signal } = listeners;
  box.addEventListener('wheel', onWheel, { passive: false, signal });
  box.addEventListener('pointerdown', onDown, { signal });
  box.addEventListener('pointermove', onMove, { signal });
  box.addEventListener('pointerup', onUp, { signal });
  box.addEventListener('pointercancel', onUp, { signal });
  box.addEventListener('pointerleave', onLeave, { signal });
  return () => listeners.abort();
}
