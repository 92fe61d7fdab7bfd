/** The messages of late: when each was published, announced and taken, and on which lanes. Bounded. */
import { MSG_SYSTEM, SYSTEM } from '../protocol/channel.ts';
import { ringSlotOf, TRACE_KIND, type TraceRecord } from '../protocol/trace.ts';
import { FLOW, FLOW_STRIDE, MAX_FLOWS } from '../protocol/timeline.ts';
import { MessageFlows } from './message-flows.ts';

/** Messages kept. */
const CAPACITY = 16_384;
const HEARTBEAT = (BigInt(MSG_SYSTEM) << 32n) | BigInt(SYSTEM.HEARTBEAT);

interface Moment {
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
  to: number | null;
  readonly publish: Moment;
  doorbell: Moment | null;
  /** Hart that the doorbell was for. */
  rang: number | null;
  drain: Moment | null;
}

export class FlowHistory {
  readonly #flows = new MessageFlows();
  /** By ID modulo CAPACITY. */
  readonly #entries: (FlowEntry | undefined)[] = [];
  /** Entries by the sequence of any of their moments; the first, where it has several. */
  readonly #bySequence = new Map<number, number>();
  #newest = 0;

  /** `lane`: where the record stands. Records are to be given in the order of their numbers. */
  add(record: TraceRecord, lane: number): void {
    const moment = { sequence: Number(record.sequence), time: record.time, lane };
    for (const { id, step } of this.#flows.stepsOf(record)) {
      if (step === 's') this.#begin(id, record, moment);
      const entry = this.#entry(id);
      if (!entry) continue;
      if (step === 't') {
        entry.doorbell = moment;
        entry.rang = Number(record.a);
        entry.to = Number(record.b);
      }
      if (step === 'f') {
        entry.drain = moment;
        entry.to = record.instance;
      }
      if (!this.#bySequence.has(moment.sequence)) this.#bySequence.set(moment.sequence, id);
    }
  }

  /** The message that the event of that number belongs to. */
  of(sequence: number): FlowEntry | undefined {
    const id = this.#bySequence.get(sequence);
    return id === undefined ? undefined : this.#entry(id);
  }

  /** Messages on their way in [from, to), in rows of FLOW_STRIDE; null: more than MAX_FLOWS. */
  between(from: number, to: number): Float64Array<ArrayBuffer> | null {
    const found: FlowEntry[] = [];
    for (let id = Math.max(1, this.#newest - CAPACITY + 1); id <= this.#newest; id++) {
      const entry = this.#entry(id);
      if (!entry || entry.publish.time >= to) continue;
      const end = entry.drain ?? entry.doorbell ?? entry.publish;
      if (end.time < from) continue;
      found.push(entry);
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

  #begin(id: number, record: TraceRecord, publish: Moment): void {
    const old = this.#entries[id % CAPACITY];
    for (const moment of [old?.publish, old?.doorbell, old?.drain])
      if (moment) this.#bySequence.delete(moment.sequence);
    const { channel, slot } = ringSlotOf(record.c);
    this.#newest = id;
    this.#entries[id % CAPACITY] = {
      what: record.a,
      id: record.b,
      channel,
      slot,
      from: record.instance,
      to: null,
      publish,
      doorbell: null,
      rang: null,
      drain: null,
    };
  }

  #entry(id: number): FlowEntry | undefined {
    return id > this.#newest - CAPACITY ? this.#entries[id % CAPACITY] : undefined;
  }
}

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
