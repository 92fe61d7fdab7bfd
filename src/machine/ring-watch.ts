/**
 * Sees messages in the rings of channels for the trace. Publishing and taking a message are stores of a guest, of which
 * the machine hears nothing (protocol/channel.ts); so it looks at the rings where it is at work anyway:
 *
 *   1. at an SBI call that rings a doorbell (firmware/extensions.ts), before anybody is rung,
 *   2. when a hart has ended a turn (hart-runner.ts): so polled rings are seen, too,
 *   3. when the controller has sent, or has taken what was sent to it (multikernel/kernel-messages.ts).
 *
 * Protocol. A ring has two words in the entry of its channel (CHANNEL.SEEN_*): the slot numbers up to which its messages
 * are in the trace as published, and as taken. Who looks moves a word by compare-and-swap and, if that was its own doing,
 * writes the records of what lay between: so each message is recorded once, whoever sees it first. An end looks at what
 * it has published, and at what it has taken; before the latter it catches up with what its peer has published but not
 * looked at yet. So DRAIN comes behind the PUBLISH of its messages, but for two that look in the same instant.
 *
 * A message counts as published when its size is there, or when it has been taken: a slot that is only claimed stops the
 * look, and is recorded by a later one. At most MOST_RECORDED messages of a ring are recorded by one look; what a polled
 * ring moved beyond that is one record RING_SKIPPED that counts them. All words of a ring can be written by guests: slots
 * are masked, counts bounded, a head that went back is followed without a record, a tail that is not between what was taken
 * and what was published is not believed. Nothing but the trace depends on what is seen here.
 */
import { MESSAGE, RING, RING_PAGES, RING_SLOTS, SLOT, SLOT_SIZE } from '../protocol/channel.ts';
import {
  CHANNEL,
  channelEntry,
  HEADER,
  MAX_CHANNELS,
  MAX_INSTANCES,
  PAGE_SIZE,
  RAM_HOST,
} from '../protocol/layout.ts';
import { NO_MESSAGE, ringWord, TRACE_KIND } from '../protocol/trace.ts';
import type { WriteTrace } from './trace-writer.ts';

/** Messages of one ring for which one look writes records: so many a turn do not slow a polled ring down. */
const MOST_RECORDED = 16;

/** A ring and its words; indices count u32. */
interface WatchedRing {
  readonly channel: number;
  readonly fromB: boolean;
  /** Instance of the sender and of the receiver; null: the controller, or an end that is gone. */
  readonly sender: number | null;
  readonly receiver: number | null;
  /** Host address. */
  readonly at: number;
  readonly head: number;
  readonly tail: number;
  readonly seenHead: number;
  readonly seenTail: number;
}

export class RingWatch {
  readonly #words: Int32Array;
  readonly #view: DataView;
  readonly #write: WriteTrace;
  /** For whom, and at which state of the channel table, the rings below were listed. */
  #end = -1;
  #changes = -1;
  #outgoing: readonly WatchedRing[] = [];
  #incoming: readonly WatchedRing[] = [];

  constructor(memory: WebAssembly.Memory, write: WriteTrace) {
    this.#words = new Int32Array(memory.buffer);
    this.#view = new DataView(memory.buffer);
    this.#write = write;
  }

  /** Records what has moved in the rings of an instance (or CONTROLLER_END) since the last look. */
  look(end: number): void {
    const changes = this.#load(HEADER.CHANNELS_CHANGED >> 2);
    if (changes !== this.#changes || end !== this.#end) {
      this.#changes = changes;
      this.#end = end;
      this.#list(end);
    }
    for (const ring of this.#incoming) {
      if (this.#load(ring.tail) === this.#load(ring.seenTail)) continue;
      this.#published(ring);
      this.#taken(ring);
    }
    for (const ring of this.#outgoing) {
      if (this.#load(ring.head) !== this.#load(ring.seenHead)) this.#published(ring);
    }
  }

  #published(ring: WatchedRing): void {
    const seen = this.#load(ring.seenHead);
    const head = this.#load(ring.head);
    const waiting = (head - seen) | 0;
    if (waiting <= 0) {
      if (waiting < 0) this.#move(ring.seenHead, seen, head);
      return;
    }
    const first = waiting > MOST_RECORDED ? (head - MOST_RECORDED) >>> 0 : seen;
    let end = first;
    while (end !== head && this.#isPublished(ring, end)) end = (end + 1) >>> 0;
    if (end === seen || !this.#move(ring.seenHead, seen, end)) return;
    if (first !== seen) {
      const skipped = BigInt((first - seen) >>> 0);
      this.#write(TRACE_KIND.RING_SKIPPED, ring.sender, BigInt(seen), skipped, word(ring, seen, null));
    }
    for (let slot = first; slot !== end; slot = (slot + 1) >>> 0) this.#recordMessage(ring, slot);
  }

  #taken(ring: WatchedRing): void {
    const seen = this.#load(ring.seenTail);
    const tail = this.#load(ring.tail);
    const count = (tail - seen) | 0;
    // A tail that went back, or beyond what was published, is a lie, or the ring is being emptied.
    if (count <= 0 || count > ((this.#load(ring.seenHead) - seen) | 0)) return;
    if (!this.#move(ring.seenTail, seen, tail)) return;
    this.#write(TRACE_KIND.DRAIN, ring.receiver, BigInt(seen), BigInt(count), word(ring, seen, null));
  }

  #isPublished(ring: WatchedRing, slot: number): boolean {
    if (this.#load((slotAddress(ring, slot) + SLOT.DATA_SIZE) >>> 2) !== 0) return true;
    return ((this.#load(ring.tail) - slot) | 0) > 0;
  }

  #recordMessage(ring: WatchedRing, slot: number): void {
    const at = slotAddress(ring, slot);
    // 0: it has been taken already, and what it was is in the buffer still.
    const size = this.#view.getUint32(at + SLOT.DATA_SIZE, true);
    const isMessage = size === 0 || (size >= MESSAGE.PAYLOAD && size <= SLOT.BUFFER_SIZE);
    const message = at + SLOT.BUFFER;
    const type = BigInt(this.#view.getUint32(message + MESSAGE.TYPE, true));
    const subtype = BigInt(this.#view.getUint32(message + MESSAGE.SUBTYPE, true));
    const what = isMessage ? (type << 32n) | subtype : NO_MESSAGE;
    const id = this.#view.getBigUint64(message + MESSAGE.ID, true);
    const cpu = this.#view.getBigUint64(at + SLOT.SENDER_CPU, true);
    const harts = BigInt(this.#load(HEADER.HARTS >> 2));
    const hart = cpu < harts ? Number(cpu) : null;
    this.#write(TRACE_KIND.PUBLISH, ring.sender, what, isMessage ? id : 0n, word(ring, slot, hart));
  }

  #list(end: number): void {
    const outgoing: WatchedRing[] = [];
    const incoming: WatchedRing[] = [];
    for (let channel = 0; channel < MAX_CHANNELS; channel++) {
      const entry = channelEntry(channel) >> 2;
      if (this.#load(entry + (CHANNEL.IN_USE >> 2)) === 0) continue;
      const a = this.#load(entry + (CHANNEL.A >> 2));
      const b = this.#load(entry + (CHANNEL.B >> 2));
      if (a !== end && b !== end) continue;
      const page = this.#load(entry + (CHANNEL.PAGE >> 2));
      for (const fromB of [false, true]) {
        const at = RAM_HOST + (page + (fromB ? RING_PAGES : 0)) * PAGE_SIZE;
        const [sender, receiver] = fromB ? [b, a] : [a, b];
        const ring = {
          channel,
          fromB,
          sender: instanceAt(sender),
          receiver: instanceAt(receiver),
          at,
          head: (at + RING.HEAD) >>> 2,
          tail: (at + RING.TAIL) >>> 2,
          seenHead: entry + ((fromB ? CHANNEL.SEEN_HEAD_BA : CHANNEL.SEEN_HEAD_AB) >> 2),
          seenTail: entry + ((fromB ? CHANNEL.SEEN_TAIL_BA : CHANNEL.SEEN_TAIL_AB) >> 2),
        };
        (sender === end ? outgoing : incoming).push(ring);
      }
    }
    this.#outgoing = outgoing;
    this.#incoming = incoming;
  }

  #move(index: number, from: number, to: number): boolean {
    return Atomics.compareExchange(this.#words, index, from | 0, to | 0) === (from | 0);
  }

  #load(index: number): number {
    return Atomics.load(this.#words, index) >>> 0;
  }
}

const instanceAt = (end: number): number | null => (end < MAX_INSTANCES ? end : null);

const slotAddress = (ring: WatchedRing, slot: number): number =>
  ring.at + RING.SLOTS + (slot & (RING_SLOTS - 1)) * SLOT_SIZE;

const word = (ring: WatchedRing, slot: number, senderHart: number | null): number =>
  ringWord({ channel: ring.channel, fromB: ring.fromB, senderHart, slot: slot & 0xffff });
