/** Which message a doorbell announced and which drain took: the arrows of the timeline and of an exported trace. */
import { ringSlotOf, TRACE_KIND, type RingSlot, type TraceRecord } from '../protocol/trace.ts';

export interface FlowStep {
  readonly id: number;
  readonly step: 's' | 't' | 'f';
}

/** Most messages that wait to be taken, and of a sender in a channel to be announced: some wait for ever, where records are lost. */
const MOST_OPEN = 16_384;
const MOST_UNRUNG = 1024;

export class MessageFlows {
  /** IDs by slot, the oldest first. */
  readonly #open = new Map<string, number>();
  readonly #waiting = new Set<number>();
  /** IDs that no doorbell has announced yet, by channel and sender. */
  readonly #unrung = new Map<string, number[]>();
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
    const slot = key(ring, ring.slot);
    this.#close(slot);
    this.#open.set(slot, id);
    this.#waiting.add(id);
    if (this.#open.size > MOST_OPEN) this.#close(this.#open.keys().next().value ?? '');
    const sender = `${ring.channel}.${record.instance ?? ''}`;
    const unrung = this.#unrung.get(sender) ?? [];
    this.#unrung.set(sender, unrung);
    unrung.push(id);
    if (unrung.length > MOST_UNRUNG) unrung.shift();
    return [{ id, step: 's' }];
  }

  /** A doorbell announces all that its sender has published in that channel since the last one, and that waits still. */
  #ring(record: TraceRecord): FlowStep[] {
    const sender = `${record.c}.${record.instance ?? ''}`;
    const unrung = this.#unrung.get(sender) ?? [];
    this.#unrung.delete(sender);
    return unrung.filter((id) => this.#waiting.has(id)).map((id) => ({ id, step: 't' }));
  }

  #drain(ring: RingSlot, count: number): FlowStep[] {
    const steps: FlowStep[] = [];
    for (let taken = 0; taken < count; taken += 1) {
      const id = this.#close(key(ring, ring.slot + taken));
      if (id !== undefined) steps.push({ id, step: 'f' });
    }
    return steps;
  }

  /** The message of that slot waits no more. */
  #close(slot: string): number | undefined {
    const id = this.#open.get(slot);
    this.#open.delete(slot);
    if (id !== undefined) this.#waiting.delete(id);
    return id;
  }
}

const key = (ring: RingSlot, slot: number): string =>
  `${ring.channel}.${ring.fromB ? 1 : 0}.${slot & 0xffff}`;
