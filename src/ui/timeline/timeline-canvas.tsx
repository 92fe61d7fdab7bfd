import { useEffect, useRef } from 'react';
import { EVENT_SORTS, useTimeline } from '../../store/timeline-store.ts';
import { fitCanvas } from '../kit/canvas.ts';
import { useFrame } from '../kit/frame-loop.ts';
import { text } from '../text.ts';
import { drawEvents, drawFlows, drawMarker, drawMessageCounts, drawSelectedFlow } from './draw-events.ts';
import {
  drawAxis,
  drawGaps,
  drawNames,
  drawOwnerMarks,
  drawOwners,
  drawPhases,
  drawRuns,
  type Scene,
} from './draw-rows.ts';
import { LanePicture } from './lane-picture.ts';
import { layoutOf, pixelOf } from './timeline-layout.ts';
import { LooksReader } from './timeline-looks.ts';
import { timelinePane } from './timeline-pane.ts';
import { listenToPointers } from './timeline-pointers.ts';
import { spanOf } from './timeline-view.ts';

/** Pixels between two marks of the axis, at least. */
const MARKS_APART = 110;

/** The picture of the timeline. It is drawn from the frame loop alone. */
export function TimelineCanvas() {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const looks = useRef(new LooksReader());
  const picture = useRef(new LanePicture());
  const drawn = useRef('');
  const drawnWindow = useRef<unknown>(null);

  useEffect(() => (box.current ? listenToPointers(box.current) : undefined), []);

  useFrame(0, (now) => {
    const found = timelinePane.machine();
    const node = canvas.current;
    if (!found || !node) return;
    const { machine, view } = found;
    const paused = view.run === 'paused';
    timelinePane.follow(machine.reader.time(), paused, now);
    const { sort, selected, pins, following } = useTimeline.getState();
    const width = node.clientWidth;
    const layout = layoutOf(width, node.clientHeight, view.config.harts);
    timelinePane.layout = layout;
    const wanted = {
      view: timelinePane.wanted,
      width: (width - layout.gutter) * Math.min(2, devicePixelRatio),
      categories: EVENT_SORTS[sort],
      detail: true,
      // A view of the past does not change while the machine runs on.
      running: !paused && (following || timelinePane.view.to > machine.reader.time() - 5_000_000),
    };
    timelinePane.feed.want(machine, wanted, now);
    const { window } = timelinePane.feed;
    const context = window && node.getContext('2d');
    if (!context) return;
    const look = looks.current.read(node, context);
    // Less than half a pixel is not seen.
    const tick = spanOf(timelinePane.view) / (2 * Math.max(1, width * devicePixelRatio));
    const key = [
      Math.round(timelinePane.view.from / tick),
      spanOf(timelinePane.view),
      timelinePane.changes,
      timelinePane.pointer?.x,
      timelinePane.lane,
      selected?.record.sequence,
      pins.length,
      width,
      node.clientHeight,
      devicePixelRatio,
      look.text,
    ].join();
    if (key === drawn.current && window === drawnWindow.current) return;
    drawn.current = key;
    drawnWindow.current = window;
    const ratio = Math.min(2, devicePixelRatio);
    if (!fitCanvas(node)) return;
    const font = getComputedStyle(node).fontFamily;
    const scene = { context, layout, view: timelinePane.view, window, looks: look, machine: view, font };
    picture.current.update(window, layout, look, ratio);
    paint(scene, picture.current);
  });

  return (
    <div
      ref={box}
      className="timeline-picture"
      role="application"
      aria-label={text.timeline.picture}
      aria-roledescription={text.timeline.role}
      tabIndex={0}
      data-testid="timeline-picture"
    >
      <canvas ref={canvas} aria-hidden="true" />
    </div>
  );
}

function paint(scene: Scene, picture: LanePicture): void {
  const { context, layout, window } = scene;
  const { selected, selectedMessage, pins } = useTimeline.getState();
  drawAxis(scene, MARKS_APART);
  drawOwners(scene);
  if (picture.canvas) {
    context.imageSmoothingEnabled = false;
    const x = pixelOf(layout, scene.view, window.from);
    const end = pixelOf(layout, scene.view, window.from + window.columns * window.columnTicks);
    context.save();
    context.beginPath();
    context.rect(layout.gutter, 0, layout.width - layout.gutter, layout.height);
    context.clip();
    context.drawImage(picture.canvas, x, 0, end - x, layout.height);
    context.restore();
  }
  if (window.runs) drawRuns(scene, window.runs);
  drawOwnerMarks(scene);
  drawPhases(scene);
  if (window.flows) drawFlows(scene, window.flows);
  else drawMessageCounts(scene);
  if (window.events) drawEvents(scene, window.events);
  drawGaps(scene);
  drawPointer(scene);
  for (const [index, pin] of pins.entries())
    drawMarker(scene, pin, true, pins[index - 1]?.record.time ?? null);
  if (selectedMessage) drawSelectedFlow(scene, selectedMessage);
  if (selected) drawMarker(scene, selected, false, null);
  drawNames(scene, timelinePane.lane ?? selected?.lane ?? null);
}

/** A line under the pointer, with the time there. */
function drawPointer(scene: Scene): void {
  const { context, layout, view, looks, font } = scene;
  const { pointer } = timelinePane;
  if (!pointer || pointer.x < layout.gutter) return;
  context.fillStyle = looks.muted;
  context.globalAlpha = 0.6;
  context.fillRect(pointer.x, 0, 1, layout.height);
  context.globalAlpha = 1;
  const time = view.from + ((pointer.x - layout.gutter) / (layout.width - layout.gutter)) * spanOf(view);
  if (time < 0) return;
  const words = text.timeline.instant(time);
  context.font = `11px ${font}`;
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  const width = context.measureText(words).width + 8;
  const x = Math.min(pointer.x + 1, layout.width - width);
  context.fillStyle = looks.background;
  context.fillRect(x, 1, width, layout.axis.height - 2);
  context.fillStyle = looks.text;
  context.fillText(words, x + 4, layout.axis.height / 2);
}
