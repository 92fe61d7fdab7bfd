/** The channel table in the one memory (CHANNEL, protocol/layout.ts). The controller alone writes it. */
import { assert } from '../base/assert.ts';
import type { HostAddr, InstanceId } from '../base/brand.ts';
import { RING_PAGES } from '../protocol/channel.ts';
import {
  CHANNEL,
  channelEntry,
  type CONTROLLER_END,
  GONE_END,
  HEADER,
  MAX_CHANNELS,
  PAGE_SIZE,
  RAM_BASE,
  RAM_HOST,
} from '../protocol/layout.ts';
import type { PageRun } from './ownership.ts';

/** End of a channel: an instance, the controller (CONTROLLER_END), or nobody any more (GONE_END). */
export type ChannelEnd = InstanceId | typeof CONTROLLER_END | typeof GONE_END;

export interface Channel extends PageRun {
  readonly id: number;
  readonly a: ChannelEnd;
  readonly b: ChannelEnd;
}

/** Host address of the ring that end A sends in (`a-to-b`), or end B. */
export function ringOf(channel: Channel, direction: 'a-to-b' | 'b-to-a'): HostAddr {
  const page = channel.page + (direction === 'a-to-b' ? 0 : RING_PAGES);
  return (RAM_HOST + page * PAGE_SIZE) as HostAddr;
}

/** The ring in which `sender` sends. */
export function ringFrom(channel: Channel, sender: ChannelEnd): HostAddr {
  assert(sender === channel.a || sender === channel.b, 'not an end of the channel');
  return ringOf(channel, sender === channel.a ? 'a-to-b' : 'b-to-a');
}

/** Guest-physical address of the ring in which `sender` sends. */
export const ringAddress = (channel: Channel, sender: ChannelEnd): number =>
  ringFrom(channel, sender) - RAM_HOST + RAM_BASE;

export const otherEnd = (channel: Channel, end: ChannelEnd): ChannelEnd =>
  end === channel.a ? channel.b : channel.a;

export class ChannelTable {
  readonly #words: Int32Array;
  readonly #longs: BigInt64Array;

  constructor(buffer: ArrayBufferLike) {
    this.#words = new Int32Array(buffer);
    this.#longs = new BigInt64Array(buffer);
  }

  list(): Channel[] {
    const channels: Channel[] = [];
    for (let id = 0; id < MAX_CHANNELS; id += 1) {
      if (Atomics.load(this.#words, this.#at(id, CHANNEL.IN_USE)) === 0) continue;
      channels.push({
        id,
        a: this.#read(id, CHANNEL.A) as ChannelEnd,
        b: this.#read(id, CHANNEL.B) as ChannelEnd,
        page: this.#read(id, CHANNEL.PAGE),
        pages: this.#read(id, CHANNEL.PAGES),
      });
    }
    return channels;
  }

  /** Channels with `end` at either end. */
  of(end: ChannelEnd): Channel[] {
    return this.list().filter((channel) => channel.a === end || channel.b === end);
  }

  between(one: ChannelEnd, other: ChannelEnd): Channel | undefined {
    return this.of(one).find((channel) => otherEnd(channel, one) === other);
  }

  /** Enters a channel in the lowest free entry. The number of free entries was checked before: running out is a bug. */
  add(a: ChannelEnd, b: InstanceId, run: PageRun): Channel {
    const used = new Set(this.list().map((channel) => channel.id));
    let id = 0;
    while (used.has(id)) id += 1;
    assert(id < MAX_CHANNELS, 'channel table full');
    for (const [offset, value] of [
      [CHANNEL.A, a],
      [CHANNEL.B, b],
      [CHANNEL.PAGE, run.page],
      [CHANNEL.PAGES, run.pages],
      [CHANNEL.DOORBELLS_AB, 0],
      [CHANNEL.DOORBELLS_BA, 0],
      [CHANNEL.SEEN_HEAD_AB, 0],
      [CHANNEL.SEEN_TAIL_AB, 0],
      [CHANNEL.SEEN_HEAD_BA, 0],
      [CHANNEL.SEEN_TAIL_BA, 0],
      [CHANNEL.LIMITED_AB, 0],
      [CHANNEL.LIMITED_BA, 0],
    ] as const) {
      Atomics.store(this.#words, this.#at(id, offset), value);
    }
    for (const offset of [CHANNEL.SPENT_AB, CHANNEL.SPENT_BA])
      Atomics.store(this.#longs, (channelEntry(id) + offset) >> 3, 0n);
    Atomics.store(this.#words, this.#at(id, CHANNEL.IN_USE), 1);
    this.#changed();
    return { id, a, b, page: run.page, pages: run.pages };
  }

  /** Takes an instance off its end; the region stays granted to the other. */
  leave(channel: Channel, end: ChannelEnd): void {
    const offset = channel.a === end ? CHANNEL.A : CHANNEL.B;
    Atomics.store(this.#words, this.#at(channel.id, offset), GONE_END | 0);
    this.#changed();
  }

  remove(id: number): void {
    Atomics.store(this.#words, this.#at(id, CHANNEL.IN_USE), 0);
    this.#changed();
  }

  /** Counts a doorbell that the controller rang from end A of a management channel. */
  countDoorbell(id: number): void {
    Atomics.add(this.#words, this.#at(id, CHANNEL.DOORBELLS_AB), 1);
  }

  /** To be called when the ring in which `sender` sends has been emptied: its slots count from 0 again. */
  forgetSeen(channel: Channel, sender: ChannelEnd): void {
    const fromA = sender === channel.a;
    for (const offset of fromA
      ? [CHANNEL.SEEN_HEAD_AB, CHANNEL.SEEN_TAIL_AB]
      : [CHANNEL.SEEN_HEAD_BA, CHANNEL.SEEN_TAIL_BA])
      Atomics.store(this.#words, this.#at(channel.id, offset), 0);
  }

  #changed(): void {
    Atomics.add(this.#words, HEADER.CHANNELS_CHANGED >> 2, 1);
  }

  #at(id: number, offset: number): number {
    return (channelEntry(id) + offset) >> 2;
  }

  #read(id: number, offset: number): number {
    return Atomics.load(this.#words, this.#at(id, offset)) >>> 0;
  }
}
