/**
 * What the timeline is drawn from: an index over the trace as it comes, that answers for a window of machine time in
 * bounded time and bytes. Far back it has counts (timeline-levels.ts); owners, phases and states are kept as spans, late
 * messages as flows, and single events come from the trace store itself, as long as that has them.
 */
import { INSTANCE_STATES, UPDATE_PHASES } from '../protocol/machine-view.ts';
import {
  categoryOf,
  GAP_STRIDE,
  MAX_COLUMNS,
  MAX_SPANS,
  type EventQuery,
  type EventRows,
  type FlowMoment,
  type TimelineQuery,
  type TimelineWindow,
  type TraceEvent,
  type TraceFlow,
} from '../protocol/timeline.ts';
import type { MessageQuery, MessageStations } from '../protocol/stations.ts';
import { INSTANCE_DELETED, TRACE_KIND, type TraceRecord } from '../protocol/trace.ts';
import { FlowHistory, laneOf, type FlowEntry } from './flow-history.ts';
import { stationsOf } from './message-stations.ts';
import { RunHistory } from './run-history.ts';
import { SpanHistory } from './span-history.ts';
import { eventsBetween, findEvent, rowsBetween, wakeBetween } from './timeline-events.ts';
import { TimelineLevels, type LevelColumns } from './timeline-levels.ts';
import type { TraceStore } from './trace-store.ts';

interface Gap {
  readonly lane: number;
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

export class TimelineIndex {
  /** Lanes: the harts, and the controller as the last. */
  readonly lanes: number;
  readonly #flows = new FlowHistory();
  readonly #store: TraceStore;
  readonly #levels: TimelineLevels;
  readonly #owners = new SpanHistory();
  readonly #phases = new SpanHistory();
  readonly #states = new SpanHistory();
  readonly #runs = new RunHistory();
  readonly #gaps: Gap[] = [];
  /** Since when a hart runs, null: it rests, or nobody knows. */
  readonly #running: (number | null)[];
  readonly #lastTime: number[];
  #known = 0;

  /**
   * `owners`: of each hart now. Takes in what the store has kept so far; whoever adds to the store later tells `add`.
   */
  constructor(store: TraceStore, owners: readonly (number | null)[]) {
    this.lanes = owners.length + 1;
    this.#store = store;
    this.#levels = new TimelineLevels(this.lanes);
    this.#running = Array.from({ length: this.lanes }, () => null);
    this.#lastTime = new Array<number>(this.lanes).fill(0);
    const { records } = store.all();
    const gaps = store.gaps();
    for (const { ring, from, to, count } of gaps)
      this.#gaps.push({ lane: Math.min(ring, this.lanes - 1), from, to, count });
    if (this.#gaps.length > MAX_SPANS) this.#gaps.splice(0, this.#gaps.length - MAX_SPANS);
    for (const [hart, owner] of owners.entries()) {
      const change = records.find(({ kind, a }) => kind === TRACE_KIND.HART_OWNER && Number(a) === hart);
      const value = change ? change.c : owner === null ? 0 : owner + 1;
      // Changes before the first that is kept are not known when any may have been forgotten.
      const began = change && store.forgotBefore(change) ? change.time : 0;
      this.#owners.begin(`${hart}`, { lane: hart, from: began, value });
    }
    this.add(records, []);
  }

  /** Adds records in the order of their numbers, and how many each ring lost before them (the last: the controller's). */
  add(records: readonly TraceRecord[], lostByRing: readonly number[]): void {
    this.#noteGaps(records, lostByRing);
    for (const record of records) {
      const lane = laneOf(record, this.lanes);
      this.#known = Math.max(this.#known, record.time);
      const ring = Math.min(record.hart, this.lanes - 1);
      this.#lastTime[ring] = Math.max(this.#lastTime[ring] ?? 0, record.time);
      this.#levels.count(record.time, lane, categoryOf(record.kind));
      this.#flows.add(record, lane);
      this.#follow(record, lane);
    }
  }

  /** `now`: until when nothing more will come that is not known yet. */
  window(query: TimelineQuery, now: number): TimelineWindow {
    const from = Math.max(0, query.from);
    const to = Math.max(from + 1, query.to);
    const columns = Math.max(1, Math.min(MAX_COLUMNS, Math.floor(query.columns)));
    const known = Math.max(this.#known, now);
    const read = query.detail
      ? this.#levels.read(from, to, columns, query.categories)
      : { ...this.#levels.read(from, to, 1, 0), columns: 0 };
    const start = read.from;
    const end = query.detail ? start + read.columns * read.columnTicks : to;
    const least = Math.max(1, (to - from) / columns);
    const single = query.detail && this.#store.since() <= from;
    return {
      from: start,
      columnTicks: read.columnTicks,
      columns: read.columns,
      lanes: this.lanes,
      known,
      eventsSince: Math.max(0, this.#store.since()),
      countsSince: this.#levels.since,
      busy: this.#busy(read, known),
      counts: query.detail ? read.counts : new Uint32Array(0),
      totals: read.totals,
      messages: query.detail ? read.messages : new Uint32Array(0),
      owners: this.#owners.between(from, to, least),
      phases: this.#phases.between(from, to, least),
      states: this.#states.between(from, to, least),
      runs: query.detail ? this.#runs.between(start, end, this.#running) : null,
      events: single ? eventsBetween(this.#store, start, end, query.categories, this.lanes) : null,
      flows: query.detail ? this.#flows.between(start, end) : null,
      gaps: this.#gapsBetween(from, to),
    };
  }

  /** The event that is looked for, with the message it belongs to; null: there is none, or it is not kept. */
  event(query: EventQuery): TraceEvent | null {
    const record = findEvent(this.#store, query, this.lanes);
    return record && this.#event(record);
  }

  /** The first events of a window of time, at most `limit`. */
  rows({ from, to, categories, limit }: EventRows): TraceEvent[] {
    return rowsBetween(this.#store, from, to, categories, limit).map((record) => this.#event(record));
  }

  /** A message with what is recorded of its way; null: there is none, or it is not kept. */
  message({ way, sequence, between }: MessageQuery): Omit<MessageStations, 'copy'> | null {
    const entry =
      way !== 'of'
        ? this.#flows.neighbour(way, sequence, between)
        : sequence === null
          ? undefined
          : this.#flows.of(sequence);
    if (!entry) return null;
    const until = (entry.drain?.time ?? this.#known) + 1;
    const lossy =
      entry.publish.time < this.#store.since() || this.#gapsBetween(entry.publish.time, until).length > 0;
    return stationsOf(entry, this.#store, until, lossy);
  }

  #event(record: TraceRecord): TraceEvent {
    const entry = this.#flows.of(Number(record.sequence));
    return { record, lane: laneOf(record, this.lanes), flow: entry ? this.#flow(entry) : null };
  }

  #flow({ publish, doorbell, rang, drain, what, id, channel, slot, from, to }: FlowEntry): TraceFlow {
    const moments: FlowMoment[] = [{ step: 'publish', ...publish }];
    if (doorbell) moments.push({ step: 'doorbell', ...doorbell });
    const until = drain?.time ?? this.#known;
    const wake = doorbell && rang !== null ? wakeBetween(this.#store, rang, doorbell.time, until + 1) : null;
    if (wake && (!drain || Number(wake.sequence) < drain.sequence))
      moments.push({ step: 'wake', sequence: Number(wake.sequence), time: wake.time, lane: wake.hart });
    if (drain) moments.push({ step: 'drain', ...drain });
    return { what, id, channel, slot, from, to, moments };
  }

  #follow(record: TraceRecord, lane: number): void {
    const { kind, time, instance, a, b } = record;
    switch (kind) {
      case TRACE_KIND.HART_RUN:
        this.#rest(lane, time);
        this.#running[lane] = time;
        return;
      case TRACE_KIND.HART_REST:
      case TRACE_KIND.HART_LOST:
        this.#rest(lane, time);
        return;
      case TRACE_KIND.HART_OWNER:
        this.#owners.begin(`${lane}`, { lane, from: time, value: Number(b) });
        return;
      case TRACE_KIND.PHASE: {
        const phase = Number(a);
        // Of one hart: the kernel it comes from and the one it goes to take turns in one move.
        const key = `${b}`;
        // What failed is over: there is nothing that would last.
        if (UPDATE_PHASES[phase] === 'failed') this.#phases.end(key, time);
        else this.#phases.begin(key, { lane, from: time, value: phase });
        return;
      }
      case TRACE_KIND.PHASE_END:
        this.#phases.end(`${b}`, time);
        return;
      case TRACE_KIND.INSTANCE_STATE: {
        if (instance === null) return;
        const state = Number(a);
        if (a === INSTANCE_DELETED || state >= INSTANCE_STATES.length) this.#states.end(`${instance}`, time);
        else this.#states.begin(`${instance}`, { lane: instance, from: time, value: state });
      }
    }
  }

  #rest(lane: number, time: number): void {
    const since = this.#running[lane] ?? null;
    this.#running[lane] = null;
    if (since === null || time <= since) return;
    this.#levels.ran(since, time, lane);
    this.#runs.add(lane, since, time);
  }

  /** Part of each column in which each hart ran, 0 … 255, with the runs that are not over. */
  #busy(read: LevelColumns, known: number): Uint8Array<ArrayBuffer> {
    const { from, columnTicks, columns, busy } = read;
    const parts = new Uint8Array(this.lanes * columns);
    for (let lane = 0; lane < this.lanes; lane++) {
      const since = this.#running[lane] ?? Infinity;
      for (let column = 0; column < columns; column++) {
        const at = lane * columns + column;
        const start = from + column * columnTicks;
        const open = Math.max(0, Math.min(known, start + columnTicks) - Math.max(since, start));
        parts[at] = Math.min(255, Math.round((255 * ((busy[at] ?? 0) + open)) / columnTicks));
      }
    }
    return parts;
  }

  /** What was lost lies between the last record of its ring and the next. Whether the hart ran meanwhile is not known. */
  #noteGaps(records: readonly TraceRecord[], lostByRing: readonly number[]): void {
    for (const [ring, count] of lostByRing.entries()) {
      if (count === 0) continue;
      const lane = Math.min(ring, this.lanes - 1);
      const from = this.#lastTime[lane] ?? 0;
      const next = records.find(({ hart }) => hart === ring) ?? records.at(-1);
      const to = Math.max(from, next?.time ?? this.#known);
      this.#rest(lane, from);
      const last = this.#gaps.at(-1);
      const same = last?.lane === lane && last.to === from;
      if (same) this.#gaps.pop();
      this.#gaps.push(
        same ? { lane, from: last.from, to, count: last.count + count } : { lane, from, to, count },
      );
      if (this.#gaps.length > MAX_SPANS) this.#gaps.shift();
    }
  }

  #gapsBetween(from: number, to: number): Float64Array<ArrayBuffer> {
    const gaps = this.#gaps.filter((gap) => gap.to >= from && gap.from < to);
    const rows = new Float64Array(gaps.length * GAP_STRIDE);
    for (const [index, gap] of gaps.entries())
      rows.set([gap.lane, gap.from, gap.to, gap.count], index * GAP_STRIDE);
    return rows;
  }
}
