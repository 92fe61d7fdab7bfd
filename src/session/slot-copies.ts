/**
 * What the slots of rings held when messages were published in them. Publishing is a plain store of a guest and the slot is
 * used again 64 messages later, so whoever drains the trace copies the slot of each PUBLISH as soon as it comes by. The
 * ring's head tells afterwards whether the sender had claimed the slot again, in which case there is no copy. A guest can
 * write its ring as it likes at any time: a copy says what was there, not who wrote it.
 */
import { RING, RING_PAGES, RING_SLOTS, SLOT, SLOT_SIZE } from '../protocol/channel.ts';
import { CHANNEL, channelEntry, HEADER, MAX_CHANNELS, PAGE_SIZE, RAM_HOST } from '../protocol/layout.ts';
import { KEPT_BYTES, type SlotCopy } from '../protocol/stations.ts';
import { ringSlotOf, TRACE_KIND, type TraceRecord } from '../protocol/trace.ts';

/** Messages whose bytes are kept, the newest. */
const CAPACITY = 2048;
const ROW = SLOT.BUFFER + KEPT_BYTES;

export class SlotCopies {
  readonly #memory: WebAssembly.Memory;
  /** Number of the PUBLISH in each row; −1: none. */
  readonly #sequences = new Float64Array(CAPACITY).fill(-1);
  readonly #rows = new Uint8Array(CAPACITY * ROW);
  #next = 0;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }

  /** Copies the slots of the messages that these records say were published; the sooner after, the better. */
  add(records: readonly TraceRecord[]): void {
    for (const record of records) if (record.kind === TRACE_KIND.PUBLISH) this.#copy(record);
  }

  /** The copy made for the PUBLISH of that number; null: there is none. */
  of(sequence: number): SlotCopy | null {
    const row = this.#sequences.indexOf(sequence);
    if (row < 0) return null;
    const view = new DataView(this.#rows.buffer, row * ROW, ROW);
    return {
      senderCpu: view.getBigUint64(SLOT.SENDER_CPU, true),
      type: view.getBigUint64(SLOT.TYPE, true),
      dataSize: view.getBigUint64(SLOT.DATA_SIZE, true),
      bytes: this.#rows.slice(row * ROW + SLOT.BUFFER, (row + 1) * ROW),
    };
  }

  #copy({ c, sequence }: TraceRecord): void {
    const { channel, fromB, slot } = ringSlotOf(c);
    if (channel >= MAX_CHANNELS) return;
    const words = new Int32Array(this.#memory.buffer);
    const entry = channelEntry(channel) >> 2;
    if (Atomics.load(words, entry + (CHANNEL.IN_USE >> 2)) === 0) return;
    const page = (words[entry + (CHANNEL.PAGE >> 2)] ?? 0) >>> 0;
    const ramPages = (words[HEADER.RAM_PAGES >> 2] ?? 0) >>> 0;
    if (page + 2 * RING_PAGES > ramPages) return;
    const ring = RAM_HOST + (page + (fromB ? RING_PAGES : 0)) * PAGE_SIZE;
    const at = ring + RING.SLOTS + (slot % RING_SLOTS) * SLOT_SIZE;
    const row = this.#next;
    this.#rows.set(new Uint8Array(this.#memory.buffer, at, ROW), row * ROW);
    const claimed = (Atomics.load(words, (ring + RING.HEAD) >>> 2) - slot) & 0xffff;
    const whole = claimed > 0 && claimed <= RING_SLOTS;
    this.#sequences[row] = whole ? Number(sequence) : -1;
    if (whole) this.#next = (row + 1) % CAPACITY;
  }
}
