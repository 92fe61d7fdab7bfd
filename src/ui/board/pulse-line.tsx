import { useRef } from 'react';
import type { InstanceView } from '../../protocol/machine-view.ts';
import type { KernelMeter } from '../../store/kernel-meter.ts';
import { TICKS_PER_SECOND } from '../../store/machine-reader.ts';
import { useMachine } from '../../store/machine-store.ts';
import { cssColour, fitCanvas } from '../kit/canvas.ts';
import { useFrame } from '../kit/frame-loop.ts';
import { text } from '../text.ts';

/** Machine time across the line at most, and how much of a second has room in a pixel, so that beats stay apart. */
const LONGEST_SPAN = 2 * TICKS_PER_SECOND;
const TICKS_PER_PIXEL = TICKS_PER_SECOND / 100;
/** Half the width of a blip in pixels, and its points: x in half widths, y in parts of the height, up is negative. */
const BLIP_WIDTH = 5;
const BLIP: readonly (readonly [number, number])[] = [
  [-1, 0],
  [-0.4, 0.1],
  [0, -0.42],
  [0.45, 0.22],
  [1, 0],
];
/** A kernel that has not beaten for this long is flat. */
const FLAT_AFTER = 0.6 * TICKS_PER_SECOND;

/** The kernel's beats over the last two seconds of machine time at most, the newest at the right; flat when there are none. */
export function PulseLine(props: { readonly instance: InstanceView; readonly meter: KernelMeter }) {
  const { instance, meter } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const drawn = useRef({ until: -1, width: 0, colour: '' });

  useFrame(33, () => {
    const { machine, view } = useMachine.getState();
    const node = canvas.current;
    if (!machine || !view || !node) return;
    meter.sample(instance, view.config.harts);
    const now = machine.reader.time();
    const colour = cssColour(node, 'color');
    if (
      now === drawn.current.until &&
      node.clientWidth === drawn.current.width &&
      colour === drawn.current.colour
    )
      return;
    drawn.current = { until: now, width: node.clientWidth, colour };
    const fitted = fitCanvas(node);
    if (!fitted) return;
    const { context, width, height } = fitted;
    const span = Math.min(LONGEST_SPAN, width * TICKS_PER_PIXEL);
    const middle = height * 0.62;
    context.strokeStyle = colour;
    context.lineWidth = 1.6;
    context.lineJoin = 'round';
    context.beginPath();
    context.moveTo(width, middle);
    let newest = -Infinity;
    meter.pulse.forEachSince(now - LONGEST_SPAN, (time) => {
      newest = Math.max(newest, time);
      const x = width - ((now - time) / span) * width - BLIP_WIDTH;
      for (let k = BLIP.length - 1; k >= 0; k--) {
        const [dx, dy] = BLIP[k] ?? [0, 0];
        context.lineTo(x + dx * BLIP_WIDTH, middle + dy * height);
      }
    });
    context.lineTo(0, middle);
    context.stroke();
    const beating = instance.state === 'active' && now - newest < FLAT_AFTER;
    const label = text.header.pulse(instance.name, beating);
    if (node.getAttribute('aria-label') !== label) {
      node.setAttribute('aria-label', label);
      node.dataset['pulse'] = beating ? 'beating' : 'flat';
    }
  });

  return (
    <canvas
      ref={canvas}
      className="pulse"
      role="img"
      data-testid={`pulse-${instance.name}`}
      data-pulse="flat"
      aria-label={text.header.pulse(instance.name, false)}
    />
  );
}
