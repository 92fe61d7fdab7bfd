/** Draws the rows of the timeline: names, owners, runs, phases, and what is not known. */
import { UPDATE_PHASES, type MachineView } from '../../protocol/machine-view.ts';
import { GAP_STRIDE, SPAN_STRIDE, type TimelineWindow } from '../../protocol/timeline.ts';
import { kernelLook } from '../../store/kernel-look.ts';
import { text } from '../text.ts';
import { NARROW_GUTTER, partsOf, pixelOf, type Layout, type Row } from './timeline-layout.ts';
import { drawShape, lookOf, POOL_LOOK, type Looks } from './timeline-looks.ts';
import { axisMarks, type View } from './timeline-view.ts';

/** What a drawing is made on and from. */
export interface Scene {
  readonly context: CanvasRenderingContext2D;
  readonly layout: Layout;
  readonly view: View;
  readonly window: TimelineWindow;
  readonly looks: Looks;
  readonly machine: MachineView;
  readonly font: string;
}

const SMALL = 11;

/** Calls for each row of `spans` that can be seen, with its two ends in pixels. */
function forEachSpan(
  scene: Scene,
  spans: Float64Array,
  draw: (lane: number, x0: number, x1: number, value: number, from: number) => void,
): void {
  const { layout, view, window } = scene;
  for (let at = 0; at < spans.length; at += SPAN_STRIDE) {
    const from = spans[at + 1] ?? 0;
    const end = spans[at + 2] ?? -1;
    const to = end < 0 ? window.known : end;
    const x0 = Math.max(layout.gutter, pixelOf(layout, view, from));
    const x1 = Math.min(layout.width, pixelOf(layout, view, to));
    if (x1 > x0) draw(spans[at] ?? 0, x0, x1, spans[at + 3] ?? 0, from);
  }
}

export function drawAxis(scene: Scene, marksApart: number): void {
  const { context, layout, view, looks, font } = scene;
  context.font = `${SMALL}px ${font}`;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  for (const { time, label } of axisMarks(view, layout.width - layout.gutter, marksApart)) {
    const x = Math.round(pixelOf(layout, view, time)) + 0.5;
    context.fillStyle = looks.line;
    context.fillRect(x - 0.5, 0, 1, layout.height);
    context.fillStyle = looks.muted;
    context.fillText(label, x + 4, layout.axis.height / 2);
  }
}

/** Owners of cores: a faint band with the kernel's hatch, over which its runs are drawn. */
export function drawOwners(scene: Scene): void {
  const { context, layout, looks, window } = scene;
  forEachSpan(scene, window.owners, (lane, x0, x1, value) => {
    const row = layout.lanes[lane];
    if (!row) return;
    const { band } = partsOf(row);
    const look = lookOf(value);
    context.globalAlpha = look === POOL_LOOK ? 0.16 : 0.2;
    context.fillStyle = looks.hues[look] ?? looks.muted;
    context.fillRect(x0, band.top, x1 - x0, band.height);
    context.globalAlpha = 0.32;
    context.fillStyle = looks.hatches[look] ?? context.fillStyle;
    context.fillRect(x0, band.top, x1 - x0, band.height);
    context.globalAlpha = 1;
  });
}

/** Runs of cores, each in the colour of whom the core belonged to when it began. */
export function drawRuns(scene: Scene, runs: Float64Array): void {
  const { context, layout, looks, window } = scene;
  const changes = ownersByLane(window);
  context.globalAlpha = 0.85;
  // Single rectangles: a path of thousands of them is far slower to fill.
  forEachSpan(scene, runs, (lane, x0, x1, _, from) => {
    const row = layout.lanes[lane];
    if (!row) return;
    const { band } = partsOf(row);
    context.fillStyle = looks.hues[lookOf(ownerAt(changes[lane] ?? [], from))] ?? looks.muted;
    context.fillRect(x0, band.top, Math.max(0.7, x1 - x0), band.height);
  });
  context.globalAlpha = 1;
}

type Changes = readonly (readonly [since: number, owner: number])[];

function ownersByLane({ owners, lanes }: TimelineWindow): [number, number][][] {
  const byLane = Array.from({ length: lanes }, (): [number, number][] => []);
  for (let at = 0; at < owners.length; at += SPAN_STRIDE)
    byLane[owners[at] ?? 0]?.push([owners[at + 1] ?? 0, owners[at + 3] ?? 0]);
  return byLane;
}

const ownerAt = (changes: Changes, time: number): number =>
  changes.findLast(([since]) => since <= time)?.[1] ?? changes[0]?.[1] ?? 0;

/** Letter and shape of each owner where there is room, on a ground of its own, so that they can be read over any band. */
export function drawOwnerMarks(scene: Scene): void {
  const { context, layout, looks, window, font } = scene;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  forEachSpan(scene, window.owners, (lane, x0, x1, value) => {
    const row = layout.lanes[lane];
    if (!row || x1 - x0 < 30) return;
    const { band } = partsOf(row);
    const size = Math.min(SMALL, band.height);
    if (size < 7) return;
    const middle = band.top + band.height / 2 + 0.5;
    context.font = `600 ${size}px ${font}`;
    const look = value <= 0 ? null : kernelLook(value - 1);
    const words = look?.letter ?? text.timeline.pool;
    const width = context.measureText(words).width + (look ? 18 : 8);
    context.fillStyle = looks.background;
    context.globalAlpha = 0.86;
    context.fillRect(x0 + 1, band.top, width, band.height);
    context.globalAlpha = 1;
    if (look) {
      context.fillStyle = looks.hues[look.hue] ?? looks.text;
      drawShape(context, look.shape, x0 + 8, middle, size * 0.38);
    }
    context.fillStyle = looks.text;
    context.fillText(words, x0 + (look ? 15 : 5), middle);
  });
}

/** Phases of moves, as frames in the upper part of a row, with their words where there is room. */
export function drawPhases(scene: Scene): void {
  const { context, layout, looks, window, font } = scene;
  context.font = `${SMALL - 1}px ${font}`;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  forEachSpan(scene, window.phases, (lane, x0, x1, value) => {
    const row = layout.lanes[lane];
    const phase = UPDATE_PHASES[value];
    if (!row || !phase) return;
    const { events } = partsOf(row);
    context.fillStyle = looks.background;
    context.fillRect(x0, events.top, x1 - x0, events.height);
    context.strokeStyle = looks.text;
    context.lineWidth = 1;
    context.strokeRect(x0 + 0.5, events.top + 0.5, Math.max(1, x1 - x0 - 1), events.height - 1);
    const words = text.phase.word[phase];
    if (events.height < 9 || context.measureText(words).width > x1 - x0 - 6) return;
    context.fillStyle = looks.text;
    context.fillText(words, x0 + 4, events.top + events.height / 2 + 0.5);
  });
}

/** What was lost: a hatch of its own over the row, with the count where there is room. */
export function drawGaps(scene: Scene): void {
  const { context, layout, view, looks, window, font } = scene;
  const { gaps } = window;
  context.textBaseline = 'middle';
  context.textAlign = 'center';
  context.font = `600 ${SMALL - 1}px ${font}`;
  for (let at = 0; at < gaps.length; at += GAP_STRIDE) {
    const row = layout.lanes[gaps[at] ?? 0];
    if (!row) continue;
    const from = Math.max(layout.gutter, pixelOf(layout, view, gaps[at + 1] ?? 0));
    const to = Math.min(layout.width, Math.max(from + 3, pixelOf(layout, view, gaps[at + 2] ?? 0)));
    if (to <= from) continue;
    context.fillStyle = looks.background;
    context.fillRect(from, row.top, to - from, row.height - 1);
    context.fillStyle = looks.gap ?? looks.muted;
    context.globalAlpha = 0.55;
    context.fillRect(from, row.top, to - from, row.height - 1);
    context.globalAlpha = 1;
    const words = text.timeline.lost(gaps[at + 3] ?? 0);
    const width = context.measureText(words).width + 8;
    if (width > to - from || row.height < 10) continue;
    context.fillStyle = looks.background;
    context.fillRect((from + to - width) / 2, row.top + 1, width, row.height - 3);
    context.fillStyle = looks.text;
    context.fillText(words, (from + to) / 2, row.top + row.height / 2);
  }
}

/** Names of the rows at the left, and whose each core is now. */
export function drawNames(scene: Scene, chosenLane: number | null): void {
  const { context, layout, looks, machine, font } = scene;
  const narrow = layout.gutter === NARROW_GUTTER;
  const largest = narrow ? 11 : 12;
  const name = (row: Row, words: string): void => {
    context.fillStyle = looks.muted;
    context.fillText(words, 8, row.top + row.height / 2);
  };
  context.fillStyle = looks.background;
  context.fillRect(0, 0, layout.gutter - 1, layout.height);
  context.fillStyle = looks.line;
  context.fillRect(layout.gutter - 1, 0, 1, layout.height);
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  for (const [lane, row] of layout.lanes.entries()) {
    context.font = `${Math.min(largest, row.height - 1)}px ${font}`;
    if (lane === chosenLane) {
      context.fillStyle = looks.line;
      context.fillRect(0, row.top, layout.gutter - 1, row.height);
    }
    const owner = machine.harts[lane]?.owner;
    const core = narrow ? String(lane) : text.timeline.core(lane);
    name(row, lane < machine.harts.length ? core : text.timeline.controller);
    if (owner === undefined || owner === null) continue;
    const look = kernelLook(owner);
    context.fillStyle = looks.hues[look.hue] ?? looks.text;
    const middle = row.top + row.height / 2;
    drawShape(context, look.shape, layout.gutter - 24, middle, Math.min(4.5, row.height * 0.35));
    context.fillStyle = looks.text;
    context.fillText(look.letter, layout.gutter - 16, middle);
    context.fillStyle = looks.line;
    context.fillRect(0, row.top + row.height - 1, layout.width, 1);
  }
  context.font = `${Math.min(largest, layout.messages.height - 1)}px ${font}`;
  name(layout.messages, text.timeline.messages);
  context.fillStyle = looks.line;
  context.fillRect(0, layout.messages.top, layout.width, 1);
  context.fillRect(0, layout.messages.top + layout.messages.height - 1, layout.width, 1);
}
