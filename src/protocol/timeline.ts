/**
 * What the timeline asks of the trace and what it gets: a window of machine time at a resolution, in typed arrays whose
 * size follows from the window's columns and not from how much happened in it. All times are machine time in ticks.
 */
import { TRACE_KIND, type TraceRecord } from './trace.ts';

/** What an event is about, coarser than its kind. The index is the number of the category. */
export const EVENT_CATEGORIES = [
  'run',
  'sbi',
  'trap',
  'doorbell',
  'publish',
  'drain',
  'fault',
  'move',
  'state',
] as const;
export type EventCategory = (typeof EVENT_CATEGORIES)[number];

const CATEGORY_OF: Readonly<Record<number, EventCategory>> = {
  [TRACE_KIND.HART_RUN]: 'run',
  [TRACE_KIND.HART_REST]: 'run',
  [TRACE_KIND.SBI]: 'sbi',
  [TRACE_KIND.TRAP]: 'trap',
  [TRACE_KIND.SOFT_INTERRUPT]: 'trap',
  [TRACE_KIND.DOORBELL]: 'doorbell',
  [TRACE_KIND.PUBLISH]: 'publish',
  [TRACE_KIND.RING_SKIPPED]: 'publish',
  [TRACE_KIND.DRAIN]: 'drain',
  [TRACE_KIND.GATE_FAULT]: 'fault',
  [TRACE_KIND.HART_LOST]: 'fault',
  [TRACE_KIND.HART_OWNER]: 'move',
  [TRACE_KIND.MEMORY_OWNER]: 'move',
  [TRACE_KIND.DEVICE_OWNER]: 'move',
  [TRACE_KIND.PHASE]: 'move',
  [TRACE_KIND.PHASE_END]: 'move',
};

/** Number of the category of a kind of record. */
export const categoryOf = (kind: number): number => EVENT_CATEGORIES.indexOf(CATEGORY_OF[kind] ?? 'state');

/** Set of categories as bits. */
export const categoryMask = (...categories: readonly EventCategory[]): number =>
  categories.reduce((mask, category) => mask | (1 << EVENT_CATEGORIES.indexOf(category)), 0);

/** What counts as an event where nothing is chosen: that a hart runs or rests is shown by the rows themselves. */
export const ALL_EVENTS = categoryMask(...EVENT_CATEGORIES) & ~categoryMask('run');

/** Most columns of a window. */
export const MAX_COLUMNS = 4096;
/** Most single events that a window brings; where there are more, there are their counts only. */
export const MAX_EVENTS = 3000;
/** Most flows, and most spans of each sort, that a window brings. */
export const MAX_FLOWS = 400;
export const MAX_SPANS = 2048;

export interface TimelineQuery {
  readonly from: number;
  /** Greater than `from`. */
  readonly to: number;
  /** About as many columns are wanted, 1 … MAX_COLUMNS; there are never more. */
  readonly columns: number;
  /** Categories to count and to bring, as bits. */
  readonly categories: number;
  /** False: owners, phases and states alone. */
  readonly detail: boolean;
}

/** Numbers in a row of `spans`: lane, from, to (−1: not over), value. */
export const SPAN_STRIDE = 4;
/** Numbers in a row of `flows`, FLOW below. */
export const FLOW_STRIDE = 8;
export const FLOW = {
  /** Sequence, time and lane of publishing. */
  SEQUENCE: 0,
  PUBLISHED: 1,
  FROM_LANE: 2,
  /** Time of the doorbell that announced it, −1: none. */
  RUNG: 3,
  /** Time and lane of the drain, −1: not taken (yet). */
  DRAINED: 4,
  TO_LANE: 5,
  /** Instance that sent, −1: the controller. */
  SENDER: 6,
  /** Whether it is a heartbeat. */
  BEAT: 7,
} as const;
/** Numbers in a row of `gaps`: lane, from, to, records lost. */
export const GAP_STRIDE = 4;

/** Single events in columns, in the order of their numbers. */
export interface EventColumns {
  readonly sequence: Float64Array<ArrayBuffer>;
  readonly time: Float64Array<ArrayBuffer>;
  readonly lane: Uint8Array<ArrayBuffer>;
  readonly kind: Uint8Array<ArrayBuffer>;
  /** Instance + 1, 0: none. */
  readonly instance: Uint8Array<ArrayBuffer>;
  readonly a: BigUint64Array<ArrayBuffer>;
  readonly b: BigUint64Array<ArrayBuffer>;
  readonly c: Uint32Array<ArrayBuffer>;
}

/** Lanes are harts by their number; the last lane is the controller's. */
export interface TimelineWindow {
  /** Start of the first column, and ticks of each: the columns lie around what was asked for. */
  readonly from: number;
  readonly columnTicks: number;
  readonly columns: number;
  readonly lanes: number;
  /** Until when the trace is known. */
  readonly known: number;
  /** Since when single events are kept, and since when counts are. */
  readonly eventsSince: number;
  readonly countsSince: number;
  /** By lane × columns + column: part of the column in which the hart ran, 0 … 255. */
  readonly busy: Uint8Array<ArrayBuffer>;
  /** By lane × columns + column: events of the chosen categories. */
  readonly counts: Uint32Array<ArrayBuffer>;
  /** Events of each category in the window, chosen or not. */
  readonly totals: Float64Array<ArrayBuffer>;
  /** Messages published in each column, on all lanes. */
  readonly messages: Uint32Array<ArrayBuffer>;
  /** Value: owner + 1, 0 = pool. */
  readonly owners: Float64Array<ArrayBuffer>;
  /** Value: index in UPDATE_PHASES. */
  readonly phases: Float64Array<ArrayBuffer>;
  /** Lane: instance; value: index in INSTANCE_STATES. */
  readonly states: Float64Array<ArrayBuffer>;
  /** Runs of harts between two rests, exact; null where they are too many, or not kept. */
  readonly runs: Float64Array<ArrayBuffer> | null;
  /** The chosen events; null where they are too many, or not kept. */
  readonly events: EventColumns | null;
  /** Messages on their way; null where they are too many. */
  readonly flows: Float64Array<ArrayBuffer> | null;
  readonly gaps: Float64Array<ArrayBuffer>;
}

/** The buffers of a window, to be passed on instead of copied. */
export function buffersOf(window: TimelineWindow): ArrayBuffer[] {
  const { busy, counts, totals, messages, owners, phases, states, runs, events, flows, gaps } = window;
  const single = events === null ? [] : [events.sequence, events.time, events.lane, events.kind];
  const words = events === null ? [] : [events.instance, events.a, events.b, events.c];
  const columns = [busy, counts, totals, messages, owners, phases, states, gaps];
  return [...columns, runs, flows, ...single, ...words].flatMap((array) =>
    array === null ? [] : [array.buffer],
  );
}

/** Which event is looked for. */
export interface EventQuery {
  readonly way: 'next' | 'previous' | 'nearest' | 'this';
  /** Number of the event to start from (`this`: the event itself); null: start at `time`. */
  readonly sequence: number | null;
  readonly time: number;
  readonly categories: number;
  /** Lane it must be of; null: any. */
  readonly lane: number | null;
}

/** A moment in the life of a message. */
export interface FlowMoment {
  readonly step: 'publish' | 'doorbell' | 'wake' | 'drain';
  readonly sequence: number;
  readonly time: number;
  readonly lane: number;
}

/** A message on its way from one kernel to another, as far as the trace tells. */
export interface TraceFlow {
  /** Type and subtype, as in PUBLISH. */
  readonly what: bigint;
  readonly id: bigint;
  readonly channel: number;
  readonly slot: number;
  /** Sender and receiver as instances; null: the controller, or not known. */
  readonly from: number | null;
  readonly to: number | null;
  /** In the order of time, publishing first. */
  readonly moments: readonly FlowMoment[];
}

/** Which events are listed: the first `limit` of [from, to). */
export interface EventRows {
  readonly from: number;
  readonly to: number;
  readonly categories: number;
  readonly limit: number;
}

export interface TraceEvent {
  readonly record: TraceRecord;
  readonly lane: number;
  /** The message that the event belongs to; of a doorbell or a drain of several messages, the first. */
  readonly flow: TraceFlow | null;
}
