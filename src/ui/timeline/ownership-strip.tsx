import { useRef } from 'react';
import { Button } from 'react-aria-components';
import type { MachineView } from '../../protocol/machine-view.ts';
import { SPAN_STRIDE, type TimelineWindow } from '../../protocol/timeline.ts';
import { kernelLook } from '../../store/kernel-look.ts';
import { TICKS_PER_SECOND } from '../../store/machine-reader.ts';
import { closeTimeline, openTimeline, useTimeline } from '../../store/timeline-store.ts';
import { fitCanvas } from '../kit/canvas.ts';
import { useFrame } from '../kit/frame-loop.ts';
import { ShapeMark } from '../kit/icons.tsx';
import { text } from '../text.ts';
import { TimelineFeed } from './timeline-feed.ts';
import { LooksReader, lookOf, POOL_LOOK, type Looks } from './timeline-looks.ts';
import { timelinePane } from './timeline-pane.ts';
import type { View } from './timeline-view.ts';

/** Machine time across the strip, once there has been as much. */
const SPAN = 60 * TICKS_PER_SECOND;
const LEAST_SPAN = 5 * TICKS_PER_SECOND;
/** How often it is drawn, milliseconds. */
const EVERY = 250;

/** Each core's owner over the last minute, along the bottom of the page; pressing it opens the timeline. */
export function OwnershipStrip(props: { readonly view: MachineView }) {
  const { view } = props;
  const open = useTimeline((state) => state.open);
  const canvas = useRef<HTMLCanvasElement>(null);
  const looks = useRef(new LooksReader());
  const feed = useRef(new TimelineFeed());
  const drawn = useRef('');

  useFrame(EVERY, (now) => {
    const found = timelinePane.machine();
    const node = canvas.current;
    if (!found || !node) return;
    const time = found.machine.reader.time();
    const span = Math.min(SPAN, Math.max(LEAST_SPAN, time));
    const shown: View = { from: time - span, to: time };
    const wanted = { view: shown, width: node.clientWidth, categories: 0, detail: false, running: true };
    feed.current.want(found.machine, wanted, now);
    const { window } = feed.current;
    const context = window && node.getContext('2d');
    if (!context) return;
    const look = looks.current.read(node, context);
    const brackets = open ? timelinePane.view : null;
    const key = [time, node.clientWidth, look.text, brackets?.from, brackets?.to, window.known].join();
    if (key === drawn.current) return;
    drawn.current = key;
    if (fitCanvas(node))
      draw(context, node, { view: shown, window, look, harts: view.config.harts, brackets });
  });

  return (
    <Button
      className="ownership-strip"
      aria-label={text.timeline.strip}
      aria-keyshortcuts="T"
      aria-expanded={open}
      data-testid="ownership-strip"
      onPress={() => {
        if (open) closeTimeline();
        else openTimeline();
      }}
    >
      <span className="strip-title" aria-hidden="true">
        {text.timeline.title}
        <kbd>T</kbd>
      </span>
      <span className="strip-kernels" aria-hidden="true">
        {view.instances.map(({ id, name }) => {
          const { letter, shape, hue } = kernelLook(id);
          return (
            <span key={id} data-hue={hue}>
              <ShapeMark shape={shape} /> {letter} {name}
            </span>
          );
        })}
      </span>
      <canvas ref={canvas} className="strip-picture" aria-hidden="true" />
    </Button>
  );
}

function draw(
  context: CanvasRenderingContext2D,
  node: HTMLElement,
  of: {
    readonly view: View;
    readonly window: TimelineWindow;
    readonly look: Looks;
    readonly harts: number;
    readonly brackets: View | null;
  },
): void {
  const { view, window, look, harts, brackets } = of;
  const { clientWidth: width, clientHeight: height } = node;
  const pixel = (time: number): number => ((time - view.from) / (view.to - view.from)) * width;
  const row = height / harts;
  const gap = row > 3 ? 1 : 0;
  for (let at = 0; at < window.owners.length; at += SPAN_STRIDE) {
    const lane = window.owners[at] ?? 0;
    const end = window.owners[at + 2] ?? -1;
    const x0 = Math.max(0, pixel(window.owners[at + 1] ?? 0));
    const x1 = Math.min(width, end < 0 ? width : pixel(end));
    if (x1 <= x0 || lane >= harts) continue;
    const kernel = lookOf(window.owners[at + 3] ?? 0);
    context.fillStyle = look.hues[kernel] ?? look.muted;
    context.globalAlpha = kernel === POOL_LOOK ? 0.22 : 0.62;
    context.fillRect(x0, lane * row, Math.max(1, x1 - x0), row - gap);
    context.globalAlpha = kernel === POOL_LOOK ? 0.3 : 1;
    context.fillStyle = look.hatches[kernel] ?? look.muted;
    context.fillRect(x0, lane * row, Math.max(1, x1 - x0), row - gap);
  }
  context.globalAlpha = 1;
  if (!brackets) return;
  const x0 = Math.max(1, Math.min(width - 3, pixel(brackets.from)));
  const x1 = Math.min(width - 1, Math.max(x0 + 2, pixel(brackets.to)));
  context.strokeStyle = look.text;
  context.lineWidth = 1.5;
  context.strokeRect(x0, 1, x1 - x0, height - 2);
}
