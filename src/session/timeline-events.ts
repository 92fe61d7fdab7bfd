/** Single events of the trace store for the timeline: those of a window, and the next of a sort. */
import { categoryOf, MAX_EVENTS, type EventColumns, type EventQuery } from '../protocol/timeline.ts';
import { TRACE_KIND, type TraceRecord } from '../protocol/trace.ts';
import { laneOf } from './flow-history.ts';
import type { TraceStore } from './trace-store.ts';

const inMask = (mask: number, kind: number): boolean => (mask & (1 << categoryOf(kind))) !== 0;

/** Positions of the records of [from, to) that are wanted; null: more than MAX_EVENTS. */
function positionsBetween(
  store: TraceStore,
  from: number,
  to: number,
  wanted: (kind: number) => boolean,
): number[] | null {
  const found: number[] = [];
  store.forEachBetween(from, to, (position, kind) => {
    if (wanted(kind)) found.push(position);
    return found.length <= MAX_EVENTS;
  });
  return found.length > MAX_EVENTS ? null : found;
}

/** The events of [from, to) of those categories, in the order of their numbers; null: more than MAX_EVENTS. */
export function eventsBetween(
  store: TraceStore,
  from: number,
  to: number,
  categories: number,
  lanes: number,
): EventColumns | null {
  const positions = positionsBetween(store, from, to, (kind) => inMask(categories, kind));
  if (positions === null) return null;
  const records = positions.map((position) => store.at(position));
  records.sort((one, two) => (one.sequence < two.sequence ? -1 : 1));
  return {
    sequence: Float64Array.from(records, ({ sequence }) => Number(sequence)),
    time: Float64Array.from(records, ({ time }) => time),
    lane: Uint8Array.from(records, (record) => laneOf(record, lanes)),
    kind: Uint8Array.from(records, ({ kind }) => kind),
    instance: Uint8Array.from(records, ({ instance }) => (instance === null ? 0 : instance + 1)),
    a: BigUint64Array.from(records, ({ a }) => a),
    b: BigUint64Array.from(records, ({ b }) => b),
    c: Uint32Array.from(records, ({ c }) => c),
  };
}

/**
 * The event that is looked for, in the order of numbers: `next` and `previous` from a number, or from a time where there is
 * none; `nearest` to a time.
 */
export function findEvent(store: TraceStore, query: EventQuery, lanes: number): TraceRecord | null {
  const { way, sequence, time, categories, lane } = query;
  let best = -1;
  let bestAway = Infinity;
  const away = (position: number, record: () => TraceRecord): number => {
    const number = store.sequenceAt(position);
    if (way === 'this') return number === sequence ? 0 : Infinity;
    if (way === 'nearest' || sequence === null) {
      const ticks = record().time - time;
      if (way === 'nearest') return Math.abs(ticks);
      return way === 'next' ? ticks : -ticks;
    }
    return way === 'next' ? number - sequence - 1 : sequence - number - 1;
  };
  store.forEachBetween(-Infinity, Infinity, (position, kind) => {
    if (way !== 'this' && !inMask(categories, kind)) return true;
    const found = away(position, () => store.at(position));
    if (found < 0 || found >= bestAway) return true;
    if (lane !== null && laneOf(store.at(position), lanes) !== lane) return true;
    best = position;
    bestAway = found;
    return true;
  });
  return best < 0 ? null : store.at(best);
}

/** The first `limit` records of [from, to) of those categories, in the order of their coming. */
export function rowsBetween(
  store: TraceStore,
  from: number,
  to: number,
  categories: number,
  limit: number,
): TraceRecord[] {
  const found: TraceRecord[] = [];
  store.forEachBetween(from, to, (position, kind) => {
    if (inMask(categories, kind)) found.push(store.at(position));
    return found.length < limit;
  });
  return found;
}

/** When the hart that a doorbell was for first went on between two events; null: it ran already, or it is not kept. */
export function wakeBetween(store: TraceStore, hart: number, from: number, to: number): TraceRecord | null {
  let wake: TraceRecord | null = null;
  store.forEachBetween(from, to, (position, kind) => {
    if (kind !== TRACE_KIND.HART_RUN) return true;
    const record = store.at(position);
    if (record.hart === hart) wake = record;
    return wake === null;
  });
  return wake;
}
