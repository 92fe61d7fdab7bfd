import { useEffect, useRef, useState } from 'react';
import { Button } from 'react-aria-components';
import { PAGE_SIZE, RAM_BASE } from '../../protocol/layout.ts';
import type { MachineView } from '../../protocol/machine-view.ts';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import { showPhysical } from '../../store/inspector-store.ts';
import { kernelLook } from '../../store/kernel-look.ts';
import { OwnerMap, type OwnerRun } from '../../store/owner-map.ts';
import { cssColour, fitCanvas } from '../kit/canvas.ts';
import { useFrame } from '../kit/frame-loop.ts';
import { ShapeMark } from '../kit/icons.tsx';
import { inspectorText } from '../inspector-text.ts';
import { hueOf, instancesOf, ownerName } from './owner-words.ts';

const text = inspectorText.memory;
const EVERY = 250;
/** Most rows of the picture; a row is a power of two of pages. */
const MOST_ROWS = 16;
const ROW_HEIGHT = 12;
const ROW_GAP = 2;
const LABELS = 78;
/** Least width of a run, so that a page among thousands is seen. */
const LEAST = 2;

const addressOf = (page: number): string => `0x${(RAM_BASE + page * PAGE_SIZE).toString(16)}`;

/** All RAM by owner: a picture, and the same as a list. */
export function OwnerMapView(props: { readonly view: MachineView; readonly machine: ConnectedMachine }) {
  const { view, machine } = props;
  const [map] = useState(() => new OwnerMap(machine.memory));
  const [runs, setRuns] = useState(map.runs);
  const canvas = useRef<HTMLCanvasElement>(null);
  const rowPages = rowPagesOf(map.ramPages);
  const rows = Math.ceil(map.ramPages / rowPages);
  useFrame(EVERY, () => {
    if (map.look()) setRuns(map.runs);
    if (canvas.current) draw(canvas.current, view, map.runs, rowPages);
  });
  useEffect(() => {
    if (canvas.current) draw(canvas.current, view, map.runs, rowPages);
  }, [view, map, rowPages]);
  return (
    <section className="inspect-part">
      <h3>{text.map}</h3>
      <canvas
        ref={canvas}
        className="owner-map"
        style={{ height: rows * (ROW_HEIGHT + ROW_GAP) }}
        aria-hidden="true"
        onClick={(event) => {
          const page = pageAt(
            event.currentTarget,
            event.nativeEvent.offsetX,
            event.nativeEvent.offsetY,
            rowPages,
          );
          if (page !== null && page < map.ramPages) showPhysical(addressOf(page));
        }}
      />
      <p className="part-note">{text.mapHint}</p>
      <ol className="owner-runs" aria-label={text.ranges} data-testid="owner-runs">
        {runs.map((run) => (
          <Run key={run.page} view={view} run={run} />
        ))}
      </ol>
    </section>
  );
}

function Run(props: { readonly view: MachineView; readonly run: OwnerRun }) {
  const { view, run } = props;
  const instances = instancesOf(view, run.owner);
  const from = addressOf(run.page);
  return (
    <li>
      <Button className="owner-run" onPress={() => showPhysical(from)}>
        <span className="run-range">{from.slice(2)}</span>
        <span className="run-size">{text.size(run.pages * PAGE_SIZE)}</span>
        <span className="run-owner">
          {instances.map((instance) => (
            <span key={instance} className="run-mark" style={{ color: `var(${hueOf(instance)})` }}>
              <ShapeMark shape={kernelLook(instance).shape} />
            </span>
          ))}
          {ownerName(view, run.owner)}
        </span>
      </Button>
    </li>
  );
}

function rowPagesOf(ramPages: number): number {
  let pages = 1;
  while (ramPages / pages > MOST_ROWS) pages *= 2;
  return pages;
}

function pageAt(canvas: HTMLCanvasElement, x: number, y: number, rowPages: number): number | null {
  const part = (x - LABELS) / (canvas.clientWidth - LABELS);
  if (part < 0 || part >= 1) return null;
  return Math.floor((Math.floor(y / (ROW_HEIGHT + ROW_GAP)) + part) * rowPages);
}

function draw(
  canvas: HTMLCanvasElement,
  view: MachineView,
  runs: readonly OwnerRun[],
  rowPages: number,
): void {
  const fitted = fitCanvas(canvas);
  if (!fitted) return;
  const { context, width } = fitted;
  const scale = (width - LABELS) / rowPages;
  const free = cssColour(canvas, '--line');
  const muted = cssColour(canvas, '--muted');
  context.font = `10.5px ${getComputedStyle(canvas).fontFamily}`;
  context.textBaseline = 'middle';
  const last = runs.at(-1);
  const pages = last ? last.page + last.pages : 0;
  for (let row = 0; row * rowPages < pages; row++) {
    context.fillStyle = muted;
    context.fillText(addressOf(row * rowPages), 0, row * (ROW_HEIGHT + ROW_GAP) + ROW_HEIGHT / 2 + 0.5);
  }
  // Small runs last, over the edges of their neighbours.
  for (const run of [...runs].sort((one, other) => other.pages - one.pages)) {
    const colours = instancesOf(view, run.owner).map((instance) => cssColour(canvas, hueOf(instance)));
    for (let page = run.page; page < run.page + run.pages;) {
      const row = Math.floor(page / rowPages);
      const end = Math.min(run.page + run.pages, (row + 1) * rowPages);
      const box = {
        x: LABELS + (page - row * rowPages) * scale,
        y: row * (ROW_HEIGHT + ROW_GAP),
        width: Math.max(LEAST, (end - page) * scale),
      };
      fill(context, box, colours, free);
      page = end;
    }
  }
}

/** A channel has the colours of both its ends, one over the other. */
function fill(
  context: CanvasRenderingContext2D,
  box: { readonly x: number; readonly y: number; readonly width: number },
  colours: readonly string[],
  free: string,
): void {
  const all = colours.length === 0 ? [free] : colours;
  const height = ROW_HEIGHT / all.length;
  for (const [at, colour] of all.entries()) {
    context.fillStyle = colour;
    context.fillRect(box.x, box.y + at * height, box.width, height);
  }
}
