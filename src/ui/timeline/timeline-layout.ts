/** Where the rows of the timeline lie on its canvas, in CSS pixels. */
import { spanOf, type View } from './timeline-view.ts';

export interface Row {
  readonly top: number;
  readonly height: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Room for names at the left. */
  readonly gutter: number;
  readonly axis: Row;
  /** By lane: a row for each core, and the controller's as the last. */
  readonly lanes: readonly Row[];
  readonly messages: Row;
}

/** Room for names where there is little: cores are numbers there. */
export const NARROW_GUTTER = 70;
const AXIS = 20;
const TALLEST = 46;

export function layoutOf(width: number, height: number, harts: number): Layout {
  const gutter = width < 500 ? NARROW_GUTTER : 104;
  const room = Math.max(0, height - AXIS);
  // The controller's row and that of the messages are somewhat lower than a core's.
  const tall = Math.min(TALLEST, Math.floor(room / (harts + 1.5)));
  const low = Math.min(24, Math.max(8, Math.floor(tall * 0.75)));
  const lanes: Row[] = [];
  let top = AXIS;
  for (let hart = 0; hart < harts; hart++) {
    lanes.push({ top, height: tall });
    top += tall;
  }
  const messages = { top, height: low };
  lanes.push({ top: top + low, height: low });
  return { width, height, gutter, axis: { top: 0, height: AXIS }, lanes, messages };
}

export const pixelOf = (layout: Layout, view: View, time: number): number =>
  layout.gutter + ((time - view.from) / spanOf(view)) * (layout.width - layout.gutter);

export const timeOf = (layout: Layout, view: View, x: number): number =>
  view.from + ((x - layout.gutter) / Math.max(1, layout.width - layout.gutter)) * spanOf(view);

/** Lane at a height, or null: the axis, the messages, or below all. */
export function laneAt(layout: Layout, y: number): number | null {
  const lane = layout.lanes.findIndex(({ top, height }) => y >= top && y < top + height);
  return lane < 0 ? null : lane;
}

/** The upper part of a row, for events, and the lower, for the owner's band. */
export function partsOf(row: Row): { events: Row; band: Row } {
  const events = Math.round(row.height * 0.42);
  return {
    events: { top: row.top + 1, height: events - 1 },
    band: { top: row.top + events, height: row.height - events - 2 },
  };
}
