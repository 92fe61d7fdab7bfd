/** Draws what happens on the rows: single events by the shape of their sort, messages on their way, selection and pins. */
import {
  categoryOf,
  EVENT_CATEGORIES,
  FLOW,
  FLOW_STRIDE,
  type EventColumns,
  type TraceEvent,
  type TraceFlow,
} from '../../protocol/timeline.ts';
import { kernelLook } from '../../store/kernel-look.ts';
import { text } from '../text.ts';
import type { Scene } from './draw-rows.ts';
import { eventTitle } from './event-words.ts';
import { addMark } from './event-marks.ts';
import { partsOf, pixelOf, type Layout } from './timeline-layout.ts';
import type { View } from './timeline-view.ts';

/** Events in view above which they are bars without a shape. */
const SHAPES_UP_TO = 400;
/** Room in pixels that an event's words need to its right. */
const WORDS_ROOM = 90;

/** Which of the events, which are in the order of their numbers and nearly of time, can be seen, and how many. */
function visibleRange(events: EventColumns, view: View): { first: number; end: number; count: number } {
  let first = events.time.length;
  let end = 0;
  let count = 0;
  for (let index = 0; index < events.time.length; index++) {
    const time = events.time[index] ?? 0;
    if (time < view.from || time >= view.to) continue;
    first = Math.min(first, index);
    end = index + 1;
    count += 1;
  }
  return { first, end, count };
}

export function drawEvents(scene: Scene, events: EventColumns): void {
  const { context, layout, view, looks, machine, font } = scene;
  const { first, end, count } = visibleRange(events, view);
  context.strokeStyle = looks.text;
  context.lineWidth = 1.2;
  if (count > SHAPES_UP_TO) {
    context.fillStyle = looks.text;
    context.globalAlpha = 0.6;
    for (let index = first; index < end; index++) {
      const row = layout.lanes[events.lane[index] ?? 0];
      const x = pixelOf(layout, view, events.time[index] ?? 0);
      if (!row || x < layout.gutter) continue;
      const part = partsOf(row).events;
      context.fillRect(x, part.top, 1, part.height);
    }
    context.globalAlpha = 1;
    return;
  }
  context.font = `10.5px ${font}`;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  context.fillStyle = looks.text;
  const marks = new Path2D();
  // From the last to the first, so that the room to the right of each is known.
  const taken = layout.lanes.map(() => layout.width);
  for (let index = end - 1; index >= first; index--) {
    const lane = events.lane[index] ?? 0;
    const row = layout.lanes[lane];
    const x = pixelOf(layout, view, events.time[index] ?? 0);
    if (!row || x < layout.gutter || x > layout.width) continue;
    const part = partsOf(row).events;
    const radius = Math.min(5, part.height / 2 - 0.5);
    const middle = part.top + part.height / 2;
    const category = EVENT_CATEGORIES[categoryOf(events.kind[index] ?? 0)] ?? 'state';
    addMark(marks, category, x, middle, radius);
    const room = (taken[lane] ?? 0) - x - 8;
    taken[lane] = Math.min(taken[lane] ?? 0, x - radius - 4);
    if (room < WORDS_ROOM || part.height < 9) continue;
    const title = eventTitle(machine, recordAt(events, index));
    if (context.measureText(title).width < room - 4) context.fillText(title, x + 8, middle + 0.5);
  }
  context.stroke(marks);
}

function recordAt(events: EventColumns, index: number) {
  const instance = events.instance[index] ?? 0;
  return {
    sequence: BigInt(events.sequence[index] ?? 0),
    hostTime: 0,
    time: events.time[index] ?? 0,
    kind: events.kind[index] ?? 0,
    hart: events.lane[index] ?? 0,
    instance: instance === 0 ? null : instance - 1,
    a: events.a[index] ?? 0n,
    b: events.b[index] ?? 0n,
    c: events.c[index] ?? 0,
  };
}

const middleOf = (layout: Layout, lane: number): number => {
  const row = layout.lanes[lane];
  return row ? row.top + row.height / 2 : 0;
};

/** Colour of a sender: that of its kernel, or grey for the controller. */
const senderColour = (scene: Scene, sender: number): string =>
  (sender < 0 ? undefined : scene.looks.hues[kernelLook(sender).hue]) ?? scene.looks.muted;

/** An arrow from where a message was published to where it was taken. */
function arrow(
  context: CanvasRenderingContext2D,
  from: { x: number; y: number },
  to: { x: number; y: number },
): void {
  const bend = Math.max(6, (to.x - from.x) * 0.4);
  context.beginPath();
  context.moveTo(from.x, from.y);
  context.bezierCurveTo(from.x + bend, from.y, to.x - bend, to.y, to.x, to.y);
  context.stroke();
  context.beginPath();
  context.moveTo(to.x, to.y);
  context.lineTo(to.x - 6, to.y - 3.5);
  context.lineTo(to.x - 6, to.y + 3.5);
  context.closePath();
  context.fill();
}

/** Messages: an arrow each from core to core, and a mark in the lane of messages. */
export function drawFlows(scene: Scene, flows: Float64Array): void {
  const { context, layout, view } = scene;
  const many = flows.length / FLOW_STRIDE > 120;
  const { top, height } = layout.messages;
  for (let at = 0; at < flows.length; at += FLOW_STRIDE) {
    const read = (field: number): number => flows[at + field] ?? -1;
    const x0 = pixelOf(layout, view, read(FLOW.PUBLISHED));
    const taken = read(FLOW.DRAINED) >= 0;
    const x1 = taken ? pixelOf(layout, view, read(FLOW.DRAINED)) : x0;
    if (x1 < layout.gutter || x0 > layout.width) continue;
    const colour = senderColour(scene, read(FLOW.SENDER));
    const beat = read(FLOW.BEAT) === 1;
    context.fillStyle = colour;
    context.strokeStyle = colour;
    context.globalAlpha = beat ? 0.55 : 1;
    // From publishing to being taken; a heartbeat is lower than what somebody asked for.
    const tall = (height - 4) * (beat ? 0.5 : 1);
    const from = Math.max(layout.gutter, x0);
    context.fillRect(from, top + height - 2 - tall, Math.max(1.5, Math.min(x1, layout.width) - from), tall);
    if (taken && x0 >= layout.gutter) {
      context.globalAlpha = beat || many ? 0.35 : 0.9;
      context.lineWidth = beat ? 1 : 1.6;
      const start = { x: x0, y: middleOf(layout, read(FLOW.FROM_LANE)) };
      arrow(context, start, { x: x1, y: middleOf(layout, read(FLOW.TO_LANE)) });
    }
  }
  context.globalAlpha = 1;
}

/** How many messages there were, where they are too many to be drawn singly. */
export function drawMessageCounts(scene: Scene): void {
  const { context, layout, view, window, looks } = scene;
  const { messages, from, columnTicks } = window;
  const most = messages.reduce((max, count) => Math.max(max, count), 1);
  const { top, height } = layout.messages;
  context.fillStyle = looks.muted;
  for (const [column, count] of messages.entries()) {
    if (count === 0) continue;
    const x0 = Math.max(layout.gutter, pixelOf(layout, view, from + column * columnTicks));
    const x1 = pixelOf(layout, view, from + (column + 1) * columnTicks);
    if (x1 <= x0) continue;
    const tall = Math.max(1, (Math.log2(1 + count) / Math.log2(1 + most)) * (height - 4));
    context.fillRect(x0, top + height - 2 - tall, x1 - x0, tall);
  }
}

/** The message of the selected event, step by step, over everything. */
export function drawSelectedFlow(scene: Scene, flow: TraceFlow): void {
  const { context, layout, view, looks } = scene;
  const points = flow.moments.map(({ time, lane }) => ({
    x: pixelOf(layout, view, time),
    y: middleOf(layout, lane),
  }));
  const colour = senderColour(scene, flow.from ?? -1);
  context.save();
  context.beginPath();
  context.rect(layout.gutter, 0, layout.width - layout.gutter, layout.height);
  context.clip();
  for (const [width, style] of [
    [6, looks.background],
    [2.5, colour],
  ] as const) {
    context.lineWidth = width;
    context.strokeStyle = style;
    context.fillStyle = style;
    for (const [index, to] of points.entries()) {
      const from = points[index - 1];
      if (from) arrow(context, from, to);
    }
  }
  context.font = `600 10px ${scene.font}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  for (const [index, { x, y }] of points.entries()) {
    context.fillStyle = looks.background;
    context.strokeStyle = colour;
    context.lineWidth = 2;
    context.beginPath();
    context.arc(x, y, 7, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
    context.fillStyle = looks.text;
    context.fillText(String(index + 1), x, y + 0.5);
  }
  context.restore();
}

/** A line at an event over all rows: dashed for a pin, with its place marked on its lane for the selected one. */
export function drawMarker(scene: Scene, event: TraceEvent, pin: boolean, previous: number | null): void {
  const { context, layout, view, looks, font } = scene;
  const x = pixelOf(layout, view, event.record.time);
  if (x < layout.gutter || x > layout.width) return;
  context.strokeStyle = looks.text;
  context.lineWidth = 1;
  context.setLineDash(pin ? [3, 3] : []);
  context.beginPath();
  context.moveTo(x, 0);
  context.lineTo(x, layout.height);
  context.stroke();
  context.setLineDash([]);
  if (pin) {
    const words = previous === null ? '' : text.timeline.length(event.record.time - previous);
    context.font = `600 10.5px ${font}`;
    const width = context.measureText(words).width + 12;
    const right = x + width < layout.width;
    context.fillStyle = looks.text;
    context.fillRect(right ? x : x - width, 2, width, 15);
    context.fillStyle = looks.background;
    context.textAlign = 'left';
    context.textBaseline = 'middle';
    context.fillText(words || '•', (right ? x : x - width) + 5, 10);
    return;
  }
  const row = layout.lanes[event.lane];
  if (!row) return;
  context.lineWidth = 2;
  context.strokeRect(x - 6, row.top + 0.5, 12, row.height - 2);
}
