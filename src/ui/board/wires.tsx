import { useEffect, useMemo, useRef, type RefObject } from 'react';
import type { ChannelView, InstanceView, MachineView } from '../../protocol/machine-view.ts';
import { instanceOf } from '../../store/core-moves.ts';
import { useMachine } from '../../store/machine-store.ts';
import { litChannel, useStations } from '../../store/stations-store.ts';
import { cssColour, fitCanvas } from '../kit/canvas.ts';
import { useFrame } from '../kit/frame-loop.ts';
import { LiveText } from '../kit/live-text.tsx';
import { useStill } from '../kit/use-still.ts';
import { text } from '../text.ts';
import { curveBetween, pointOn, spreadCurves, type Curve, type Point, type TileEdge } from './wire-curves.ts';
import { FLIGHT_MS, PairFlights } from './wire-flights.ts';
import { openWireMessage, wireAt, type DrawnWire } from './wire-messages.ts';

/** Colour of the owner of each hart, as the style sheet has it now. */
function ownerColours(board: HTMLElement, view: MachineView): string[] {
  return view.harts.map((hart) => {
    const column = board.querySelector(`[data-column="${hart.owner ?? 'free'}"]`);
    return cssColour(column ?? board, '--kernel');
  });
}

/** The lower edges of the tiles, in the coordinates of the board; measured again after each change of layout. */
function measureTiles(board: HTMLElement): Map<number, TileEdge> {
  const origin = board.getBoundingClientRect();
  const edges = new Map<number, TileEdge>();
  for (const tile of board.querySelectorAll<HTMLElement>('[data-core]')) {
    const box = tile.getBoundingClientRect();
    if (box.width === 0) continue;
    edges.set(Number(tile.dataset['core']), {
      left: box.left - origin.left,
      width: box.width,
      y: box.bottom - origin.top,
    });
  }
  return edges;
}

/** The pair of kernels at the ends of a channel; undefined for the controller's own channels. */
function endsOf(view: MachineView, channel: ChannelView): { a: InstanceView; b: InstanceView } | undefined {
  const a = instanceOf(view, channel.a);
  const b = instanceOf(view, channel.b);
  return a && b ? { a, b } : undefined;
}

/** Wires up to which each has its label in sight. Beyond, those between neighbours have theirs. */
const LABELLED = 6;

/** How long after the last doorbell a wire of its own and the notes about dots stay, milliseconds. */
const NOTES_STAY = 2500;

const EASE = (t: number): number => (t < 0.5 ? 2 * t * t : 1 - (2 - 2 * t) ** 2 / 2);

/**
 * Wires over the board: one for each channel between the cores that take its doorbells, one more for each other pair of
 * cores that rang lately. A dot is a doorbell that happened.
 */
export function Wires(props: { readonly view: MachineView; readonly board: RefObject<HTMLElement | null> }) {
  const { view, board } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const labels = useRef(new Map<number, HTMLElement>());
  const still = useStill();
  const tiles = useRef<{ edges: Map<number, TileEdge>; stale: boolean }>({ edges: new Map(), stale: true });
  const colours = useRef<{ of: string[]; at: number }>({ of: [], at: -Infinity });
  const hits = useRef<DrawnWire[]>([]);
  const lit = useStations(litChannel);
  const drawn = useRef({ moving: false, at: -Infinity });
  const pairs = useMemo(() => {
    const harts = view.config.harts;
    return Array.from({ length: harts * harts }, (_, k) => ({
      from: Math.floor(k / harts),
      to: k % harts,
      flights: new PairFlights(Math.floor(k / harts), k % harts),
    })).filter((pair) => pair.from !== pair.to);
  }, [view.config.harts]);

  useEffect(() => {
    tiles.current.stale = true;
  }, [view, lit]);
  useEffect(() => {
    const node = board.current;
    if (!node) return;
    const hitOf = (event: MouseEvent) => {
      // What stands over the wires is not a wire.
      if (!(event.target instanceof Element) || event.target.closest('button, a, input, [role=menu]')) return;
      const origin = node.getBoundingClientRect();
      return wireAt(hits.current, { x: event.clientX - origin.left, y: event.clientY - origin.top });
    };
    const onClick = (event: MouseEvent): void => {
      const hit = hitOf(event);
      if (hit) void openWireMessage(hit);
    };
    const onMove = (event: MouseEvent): void => {
      node.style.cursor = hitOf(event) ? 'pointer' : '';
    };
    node.addEventListener('click', onClick);
    node.addEventListener('mousemove', onMove);
    return () => {
      node.removeEventListener('click', onClick);
      node.removeEventListener('mousemove', onMove);
    };
  }, [board]);
  useEffect(() => {
    const node = board.current;
    if (!node) return;
    const observer = new ResizeObserver(() => {
      tiles.current.stale = true;
    });
    observer.observe(node);
    for (const child of node.children) observer.observe(child);
    return () => observer.disconnect();
  }, [board, view.instances.length]);

  useFrame(0, (now) => {
    const { machine } = useMachine.getState();
    const node = canvas.current;
    const area = board.current;
    if (!machine || !node || !area) return;
    let moving = false;
    for (const pair of pairs) moving = pair.flights.sample(machine.reader, now) || moving;
    moving &&= !still;
    // With nothing under way the picture stays; it is looked at twice a second, for colours and wires that fade.
    if (!moving && !drawn.current.moving && !tiles.current.stale && now - drawn.current.at < 500) return;
    if (tiles.current.stale || now - colours.current.at > 500) {
      colours.current = { of: ownerColours(area, view), at: now };
    }
    if (tiles.current.stale) tiles.current = { edges: measureTiles(area), stale: false };
    drawn.current = { moving, at: now };
    draw(node, now);
  });

  function draw(node: HTMLCanvasElement, now: number): void {
    const { machine } = useMachine.getState();
    const fitted = fitCanvas(node);
    if (!fitted || !machine) return;
    const { context, height } = fitted;
    const { edges } = tiles.current;
    const hue = (hart: number): string => colours.current.of[hart] ?? 'gray';
    const stroke = (curve: Curve, from: string, to: string, alpha: number, width: number): void => {
      const gradient = context.createLinearGradient(curve.from.x, 0, curve.to.x, 0);
      gradient.addColorStop(0, from);
      gradient.addColorStop(1, to);
      context.strokeStyle = curve.from.x === curve.to.x ? from : gradient;
      context.globalAlpha = alpha;
      context.lineWidth = width;
      context.beginPath();
      context.moveTo(curve.from.x, curve.from.y);
      context.quadraticCurveTo(curve.sag.x, curve.sag.y, curve.to.x, curve.to.y);
      context.stroke();
    };

    const main = new Map<string, Curve>();
    hits.current = [];
    const wires = view.channels.flatMap((channel) => {
      const ends = endsOf(view, channel);
      if (!ends) return [];
      const from = machine.reader.interruptHart(ends.a.id) ?? ends.a.bootHart;
      const to = machine.reader.interruptHart(ends.b.id) ?? ends.b.bootHart;
      return [{ channel, from, to }];
    });
    const curves = spreadCurves(edges, wires, height);
    for (const [index, { channel, from, to }] of wires.entries()) {
      const curve = curves[index];
      const label = labels.current.get(channel.id);
      const labelled = wires.length <= LABELLED || areNeighbours(view, channel);
      if (label) label.style.visibility = curve ? 'visible' : 'hidden';
      if (label) label.style.opacity = labelled ? '' : '0';
      if (!curve) continue;
      main.set(`${from}-${to}`, curve).set(`${to}-${from}`, { ...curve, from: curve.to, to: curve.from });
      hits.current.push({ from, to, curve, dots: [], all: false });
      stroke(curve, hue(from), hue(to), channel.id === lit ? 1 : 0.75, channel.id === lit ? 4 : 2);
      if (label) {
        const middle = pointOn(curve, 0.5);
        label.style.transform = `translate(${middle.x}px, ${middle.y}px) translate(-50%, -50%)`;
      }
    }
    for (const pair of pairs) {
      const { flights } = pair;
      const recent = now - flights.lastSeen < NOTES_STAY;
      if (!recent && flights.starts.length === 0) continue;
      const own = main.get(`${pair.from}-${pair.to}`);
      const curve = own ?? curveBetween(edges, pair, height);
      if (!curve) continue;
      if (!own) stroke(curve, hue(pair.from), hue(pair.to), 0.5, 1.5);
      if (still) continue;
      context.fillStyle = hue(pair.from);
      context.globalAlpha = 1;
      const dots: Point[] = [];
      for (const start of flights.starts) {
        if (now < start) continue;
        const at = pointOn(curve, EASE(Math.min(1, (now - start) / FLIGHT_MS)));
        context.beginPath();
        context.arc(at.x, at.y, 4.5, 0, 2 * Math.PI);
        context.fill();
        dots.push(at);
      }
      hits.current.push({ from: pair.from, to: pair.to, curve, dots, all: flights.every === 1 });
    }
    context.globalAlpha = 1;
  }

  const thinned = (): string => {
    const every = Math.max(
      ...pairs.map((pair) =>
        performance.now() - pair.flights.lastSeen < NOTES_STAY ? pair.flights.every : 1,
      ),
    );
    return every > 1 ? text.wire.shown(every) : '';
  };
  const slowed = (): string =>
    pairs.some((pair) => performance.now() - pair.flights.lastSeen < NOTES_STAY)
      ? text.wire.slowed(FLIGHT_MS / 1000)
      : '';

  return (
    <>
      <canvas ref={canvas} className="wires" aria-hidden="true" />
      {view.channels.map((channel) => {
        const ends = endsOf(view, channel);
        if (!ends) return null;
        const { a, b } = ends;
        return (
          <div
            key={channel.id}
            className="wire-label"
            ref={(node) => {
              if (!node) return undefined;
              labels.current.set(channel.id, node);
              tiles.current.stale = true;
              return () => {
                labels.current.delete(channel.id);
              };
            }}
          >
            <span aria-hidden="true">
              <LiveText
                read={() =>
                  text.wire.count(
                    (machineReader()?.doorbellsAB(channel.id) ?? 0) +
                      (machineReader()?.doorbellsBA(channel.id) ?? 0),
                    machineReader()?.doorbellsLimited(channel.id) ?? 0,
                  )
                }
              />
            </span>
            <LiveText
              className="visually-hidden"
              testId={`wire-${a.name}-${b.name}`}
              read={() =>
                text.wire.detail(
                  a.name,
                  b.name,
                  machineReader()?.doorbellsAB(channel.id) ?? 0,
                  machineReader()?.doorbellsBA(channel.id) ?? 0,
                  machineReader()?.doorbellsLimited(channel.id) ?? 0,
                )
              }
            />
          </div>
        );
      })}
      {!still && (
        <p className="wire-notes">
          <LiveText read={thinned} />
          <LiveText read={slowed} />
        </p>
      )}
    </>
  );
}

function areNeighbours({ instances }: MachineView, { a, b }: ChannelView): boolean {
  const place = (id: number): number => instances.findIndex((instance) => instance.id === id);
  return Math.abs(place(a) - place(b)) === 1;
}

const machineReader = () => useMachine.getState().machine?.reader;
