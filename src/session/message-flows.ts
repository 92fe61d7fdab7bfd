/** Which message a doorbell announced and which drain took: the arrows of an exported trace. */
import { ringSlotOf, TRACE_KIND, type RingSlot, type TraceRecord } from '../protocol/trace.ts';

export interface FlowStep {
  readonly id: number;
  readonly step: 's' | 't' | 'f';
}

interface Open {
  readonly id: number;
  readonly sender: number | null;
  readonly channel: number;
  rung: boolean;
}

export class MessageFlows {
  readonly #open = new Map<string, Open>();
  #next = 1;

  /** Steps of flows that a record stands for; records are to be given in the order of their numbers. */
  stepsOf(record: TraceRecord): FlowStep[] {
    switch (record.kind) {
      case TRACE_KIND.PUBLISH:
        return this.#publish(record, ringSlotOf(record.c));
      case TRACE_KIND.DOORBELL:
        return this.#ring(record);
      case TRACE_KIND.DRAIN:
        return this.#drain(ringSlotOf(record.c), Number(record.b));
      default:
        return [];
    }
  }

  /** A slot that is published again belongs to a ring that was emptied: the message before it was never taken. */
  #publish(record: TraceRecord, ring: RingSlot): FlowStep[] {
    const id = this.#next;
    this.#next += 1;
    const { channel } = ring;
    this.#open.set(key(ring, ring.slot), { id, sender: record.instance, channel, rung: false });
    return [{ id, step: 's' }];
  }

  /** A doorbell announces all that its sender has published in that channel since the last one. */
  #ring(record: TraceRecord): FlowStep[] {
    const steps: FlowStep[] = [];
    for (const open of this.#open.values()) {
      if (open.rung || open.channel !== record.c || open.sender !== record.instance) continue;
      open.rung = true;
      steps.push({ id: open.id, step: 't' });
    }
    return steps;
  }

  #drain(ring: RingSlot, count: number): FlowStep[] {
    const steps: FlowStep[] = [];
    for (let taken = 0; taken < count; taken += 1) {
      const slot = key(ring, ring.slot + taken);
      const open = this.#open.get(slot);
      if (!open) continue;
      this.#open.delete(slot);
      steps.push({ id: open.id, step: 'f' });
    }
    return steps;
  }
}

const key = (ring: RingSlot, slot: number): string =>
  `${ring.channel}.${ring.fromB ? 1 : 0}.${slot & 0xffff}`;
