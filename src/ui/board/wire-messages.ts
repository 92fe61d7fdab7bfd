/** From a dot or a wire on the board to the message that it stands for. */
import { categoryMask } from '../../protocol/timeline.ts';
import { useMachine } from '../../store/machine-store.ts';
import { announce } from '../kit/announcer.tsx';
import { openStations } from '../stations/stations-actions.ts';
import { text } from '../text.ts';
import { distanceFrom, type Curve, type Point, type WireEnds } from './wire-curves.ts';

/** CSS pixels from a dot's centre, and from a wire, within which a click means it: a finger is less exact than the dots are. */
const NEAR_DOT = 16;
const NEAR_WIRE = 9;
/** Most doorbells looked at for one that a dot stands for. */
const MOST_LOOKED = 64;

/** A wire as it was drawn last; dots are in the order of their leaving. */
export interface DrawnWire extends WireEnds {
  readonly curve: Curve;
  readonly dots: readonly Point[];
  /** Whether each doorbell is a dot. */
  readonly all: boolean;
}

export interface WireHit extends WireEnds {
  /** How many doorbells of the pair came after the one that was hit; null: the wire was hit, or its dots do not tell. */
  readonly later: number | null;
}

/** What a click at that point means; undefined: nothing that was drawn. */
export function wireAt(wires: readonly DrawnWire[], at: Point): WireHit | undefined {
  let best: WireHit | undefined;
  let least = NEAR_DOT;
  for (const { from, to, dots, all } of wires)
    for (const [index, dot] of dots.entries()) {
      const away = Math.hypot(dot.x - at.x, dot.y - at.y);
      if (away >= least) continue;
      least = away;
      best = { from, to, later: all ? dots.length - 1 - index : null };
    }
  if (best) return best;
  const near = wires
    .map(({ from, to, curve }) => ({ from, to, away: distanceFrom(curve, at) }))
    .filter(({ away }) => away < NEAR_WIRE)
    .sort((one, two) => one.away - two.away)[0];
  return near && { from: near.from, to: near.to, later: null };
}

/** Opens the stations of the message that was hit, of a wire those of the last one on it. */
export async function openWireMessage({ from, to, later }: WireHit): Promise<void> {
  const sequence = later === null ? await lastBetween(from, to) : await doorbellBefore(from, to, later);
  const found = sequence !== null && (await openStations({ way: 'of', sequence, between: null }));
  if (!found) announce(text.wire.noMessage);
}

/** Number of the last publishing between the kernels of two harts, in either direction; null: none is kept. */
async function lastBetween(one: number, two: number): Promise<number | null> {
  const { machine, view } = useMachine.getState();
  const owner = (hart: number): number | null => view?.harts.find(({ id }) => id === hart)?.owner ?? null;
  const [a, b] = [owner(one), owner(two)];
  if (!machine || a === null || b === null) return null;
  const found = await machine.ask((services) =>
    Promise.all(
      [
        { from: a, to: b },
        { from: b, to: a },
      ].map((between) => services.message({ way: 'previous', sequence: null, between })),
    ),
  );
  const numbers = found?.flatMap((message) => (message ? [message.publish.sequence] : [])) ?? [];
  return numbers.length === 0 ? null : Math.max(...numbers);
}

/** Number of the last doorbell between the harts but `later`; null: it is not kept. */
async function doorbellBefore(from: number, to: number, later: number): Promise<number | null> {
  const { machine } = useMachine.getState();
  let sequence: number | null = null;
  let left = later;
  for (let looked = 0; machine && looked < MOST_LOOKED; looked++) {
    const event = await machine.traceEvent({
      way: 'previous',
      sequence,
      time: Number.MAX_SAFE_INTEGER,
      categories: categoryMask('doorbell'),
      lane: from,
    });
    if (!event) return null;
    sequence = Number(event.record.sequence);
    if (Number(event.record.a) !== to) continue;
    if (left === 0) return sequence;
    left -= 1;
  }
  return null;
}
