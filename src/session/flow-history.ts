/**
 * The messages of late: when each was published, announced and taken, and on which lanes. Bounded, in columns that are
 * there from the beginning, as in trace-store.ts: every beat is a message, and a page that is open for a day has as much
 * memory of them as one that was just opened.
 */
import { MSG_SYSTEM, SYSTEM } from '../protocol/channel.ts';
import { ringSlotOf, TRACE_KIND, type TraceRecord } from '../protocol/trace.ts';
import { FLOW, FLOW_STRIDE, MAX_FLOWS } from '../protocol/timeline.ts';
import { MessageFlows } from './message-flows.ts';

/** Messages kept. */
const CAPACITY = 16_384;
const HEARTBEAT = (BigInt(MSG_SYSTEM) << 32n) | BigInt(SYSTEM.HEARTBEAT);
/** In a column, for null. */
const NONE = -1;

/** The numbers of a message, a row of each; those of a moment that has not come are NONE. */
const COLUMN = {
  /** IDs count from 1. */
  ID: 0,
  PUBLISH: 1,
  DOORBELL: 4,
  DRAIN: 7,
  CHANNEL: 10,
  SLOT: 11,
  FROM: 12,
  TO: 13,
  RANG: 14,
} as const;
const STRIDE = 15;
/** Of a moment: sequence, time, lane, from its column on. */
const MOMENTS = [COLUMN.PUBLISH, COLUMN.DOORBELL, COLUMN.DRAIN] as const;

export interface Moment {
  readonly sequence: number;
  readonly time: number;
  readonly lane: number;
}

export interface FlowEntry {
  readonly what: bigint;
  readonly id: bigint;
  readonly channel: number;
  readonly slot: number;
  /** Sender, or null: the controller. */
  readonly from: number | null;
  /** Who took it, or whom the doorbell was for; null: the controller, or nobody yet. */
  readonly to: number | null;
  readonly publish: Moment;
  readonly doorbell: Moment | null;
  /** Hart that the doorbell was for. */
  readonly rang: number | null;
  readonly drain: Moment | null;
}

export class FlowHistory {
  readonly #flows = new MessageFlows();
  /** By ID modulo CAPACITY, in rows of STRIDE. */
  readonly #numbers = new Float64Array(CAPACITY * STRIDE).fill(NONE);
  /** What it is and which number it bears, two for each. */
  readonly #words = new BigUint64Array(2 * CAPACITY);
  #newest = 0;

  constructor() {
    // A page that was never written is not there yet.
    this.#words.fill(1n);
  }

  /** `lane`: where the record stands. Records are to be given in the order of their numbers. */
  add(record: TraceRecord, lane: number): void {
    for (const { id, step } of this.#flows.stepsOf(record)) {
      if (step === 's') this.#begin(id, record, lane);
      if (!this.#has(id)) continue;
      const at = rowOf(id);
      if (step === 't') {
        this.#setMoment(at + COLUMN.DOORBELL, record, lane);
        this.#numbers[at + COLUMN.RANG] = Number(record.a);
        this.#numbers[at + COLUMN.TO] = Number(record.b);
      }
      if (step === 'f') {
        this.#setMoment(at + COLUMN.DRAIN, record, lane);
        this.#numbers[at + COLUMN.TO] = record.instance ?? NONE;
      }
    }
  }

  /** The message that the event of that number belongs to; the first, where it belongs to several. */
  of(sequence: number): FlowEntry | undefined {
    for (let id = this.#oldest(); id <= this.#newest; id++) {
      if (!this.#has(id)) continue;
      const at = rowOf(id);
      // Later messages were published later.
      if ((this.#numbers[at + COLUMN.PUBLISH] ?? 0) > sequence) return undefined;
      for (const moment of MOMENTS) if (this.#numbers[at + moment] === sequence) return this.#entry(id);
    }
    return undefined;
  }

  /**
   * The message published after or before the event of that number (null: the first or the last that is kept), between
   * those instances in that direction, where they are given.
   */
  neighbour(
    way: 'next' | 'previous',
    sequence: number | null,
    between: { readonly from: number; readonly to: number } | null,
  ): FlowEntry | undefined {
    const step = way === 'next' ? 1 : -1;
    const first = way === 'next' ? this.#oldest() : this.#newest;
    for (let id = first; id >= this.#oldest() && id <= this.#newest; id += step) {
      if (!this.#has(id)) continue;
      const at = rowOf(id);
      const published = this.#numbers[at + COLUMN.PUBLISH] ?? 0;
      if (sequence !== null && (published - sequence) * step <= 0) continue;
      const fits =
        between === null ||
        (this.#numbers[at + COLUMN.FROM] === between.from && this.#numbers[at + COLUMN.TO] === between.to);
      if (fits) return this.#entry(id);
    }
    return undefined;
  }

  /** Messages on their way in [from, to), in rows of FLOW_STRIDE; null: more than MAX_FLOWS. */
  between(from: number, to: number): Float64Array<ArrayBuffer> | null {
    const found: FlowEntry[] = [];
    for (let id = this.#oldest(); id <= this.#newest; id++) {
      if (!this.#has(id) || this.#time(id, COLUMN.PUBLISH) >= to) continue;
      const last = MOMENTS.findLast((moment) => this.#numbers[rowOf(id) + moment] !== NONE);
      if (this.#time(id, last ?? COLUMN.PUBLISH) < from) continue;
      found.push(this.#entry(id));
      if (found.length > MAX_FLOWS) return null;
    }
    const rows = new Float64Array(found.length * FLOW_STRIDE);
    for (const [index, { publish, doorbell, drain, what, from: sender }] of found.entries()) {
      const at = index * FLOW_STRIDE;
      rows[at + FLOW.SEQUENCE] = publish.sequence;
      rows[at + FLOW.PUBLISHED] = publish.time;
      rows[at + FLOW.FROM_LANE] = publish.lane;
      rows[at + FLOW.RUNG] = doorbell?.time ?? -1;
      rows[at + FLOW.DRAINED] = drain?.time ?? -1;
      rows[at + FLOW.TO_LANE] = drain?.lane ?? -1;
      rows[at + FLOW.SENDER] = sender ?? -1;
      rows[at + FLOW.BEAT] = what === HEARTBEAT ? 1 : 0;
    }
    return rows;
  }

  #begin(id: number, record: TraceRecord, lane: number): void {
    const { channel, slot } = ringSlotOf(record.c);
    const at = rowOf(id);
    this.#newest = id;
    this.#numbers.fill(NONE, at, at + STRIDE);
    this.#numbers[at + COLUMN.ID] = id;
    this.#setMoment(at + COLUMN.PUBLISH, record, lane);
    this.#numbers[at + COLUMN.CHANNEL] = channel;
    this.#numbers[at + COLUMN.SLOT] = slot;
    this.#numbers[at + COLUMN.FROM] = record.instance ?? NONE;
    this.#words[2 * (id % CAPACITY)] = record.a;
    this.#words[2 * (id % CAPACITY) + 1] = record.b;
  }

  #setMoment(at: number, { sequence, time }: TraceRecord, lane: number): void {
    this.#numbers[at] = Number(sequence);
    this.#numbers[at + 1] = time;
    this.#numbers[at + 2] = lane;
  }

  #oldest(): number {
    return Math.max(1, this.#newest - CAPACITY + 1);
  }

  #has(id: number): boolean {
    return this.#numbers[rowOf(id) + COLUMN.ID] === id;
  }

  #time(id: number, moment: number): number {
    return this.#numbers[rowOf(id) + moment + 1] ?? 0;
  }

  /** Of an ID that it has. */
  #entry(id: number): FlowEntry {
    const number = (column: number): number => this.#numbers[rowOf(id) + column] ?? NONE;
    const orNull = (column: number): number | null => (number(column) === NONE ? null : number(column));
    const moment = (column: number): Moment => ({
      sequence: number(column),
      time: number(column + 1),
      lane: number(column + 2),
    });
    return {
      what: this.#words[2 * (id % CAPACITY)] ?? 0n,
      id: this.#words[2 * (id % CAPACITY) + 1] ?? 0n,
      channel: number(COLUMN.CHANNEL),
      slot: number(COLUMN.SLOT),
      from: orNull(COLUMN.FROM),
      to: orNull(COLUMN.TO),
      publish: moment(COLUMN.PUBLISH),
      doorbell: orNull(COLUMN.DOORBELL) === null ? null : moment(COLUMN.DOORBELL),
      rang: orNull(COLUMN.RANG),
      drain: orNull(COLUMN.DRAIN) === null ? null : moment(COLUMN.DRAIN),
    };
  }
}

const rowOf = (id: number): number => (id % CAPACITY) * STRIDE;

/** Lane of a record: the hart that it is about; `lanes` − 1 is the controller's. */
export function laneOf(record: TraceRecord, lanes: number): number {
  const controller = lanes - 1;
  const lane = ((): number => {
    switch (record.kind) {
      case TRACE_KIND.HART_OWNER:
      case TRACE_KIND.HART_LOST:
        return Number(record.a);
      case TRACE_KIND.PHASE:
      case TRACE_KIND.PHASE_END:
        return record.b < BigInt(controller) ? Number(record.b) : controller;
      // The slot says who sent, and a guest writes the slot; whoever saw it stands in for a hart that is none.
      case TRACE_KIND.PUBLISH: {
        const { senderHart } = ringSlotOf(record.c);
        if (record.instance === null) return controller;
        return senderHart !== null && senderHart < controller ? senderHart : record.hart;
      }
      case TRACE_KIND.DRAIN:
        return record.instance === null ? controller : record.hart;
      default:
        return record.hart;
    }
  })();
  return Math.min(lane, controller);
}
