import { beforeEach, describe, expect, it } from 'vitest';
import {
  CHANNEL_PAGES,
  MESSAGE,
  RING,
  RING_PAGES,
  RING_SLOTS,
  SLOT,
  SLOT_SIZE,
} from '../protocol/channel.ts';
import { CHANNEL, channelEntry, CONTROLLER_END, PAGE_SIZE, RAM_HOST } from '../protocol/layout.ts';
import { NO_MESSAGE, ringSlotOf, TRACE_KIND, traceKindName, type TraceRecord } from '../protocol/trace.ts';
import { TestMachine } from './machine.testkit.ts';
import { RingWatch } from './ring-watch.ts';
import { createTraceReader, type TraceReader } from './trace-reader.ts';
import { createTraceWriter } from './trace-writer.ts';

const ALPHA = 1;
const BETA = 2;
const USER_PING = (0x4000n << 32n) | 1n;

let machine: TestMachine;
let reader: TraceReader;
let alpha: RingWatch;
let beta: RingWatch;

beforeEach(() => {
  machine = new TestMachine([ALPHA, ALPHA, BETA]);
  machine.connect(5, ALPHA, BETA, 8, CHANNEL_PAGES);
  reader = createTraceReader(machine.memory);
  alpha = new RingWatch(
    machine.memory,
    createTraceWriter(machine.memory, 0, () => 0),
  );
  beta = new RingWatch(
    machine.memory,
    createTraceWriter(machine.memory, 2, () => 0),
  );
});

/** The ring alpha → beta, driven as its ends do, one word at a time. */
const ring = RAM_HOST + 8 * PAGE_SIZE;
const view = (): DataView => new DataView(machine.memory.buffer);
const set = (at: number, value: bigint): void => view().setBigUint64(at, value, true);
const slotAt = (slot: number): number => ring + RING.SLOTS + (slot % RING_SLOTS) * SLOT_SIZE;
const claim = (head: number): void => set(ring + RING.HEAD, BigInt(head));
function publish(slot: number, size = 36n, cpu = 1n): void {
  const at = slotAt(slot);
  set(at + SLOT.SENDER_CPU, cpu);
  view().setUint32(at + SLOT.BUFFER + MESSAGE.TYPE, 0x4000, true);
  view().setUint32(at + SLOT.BUFFER + MESSAGE.SUBTYPE, 1, true);
  set(at + SLOT.BUFFER + MESSAGE.ID, BigInt(100 + slot));
  set(at + SLOT.DATA_SIZE, size);
}
function send(slot: number): void {
  claim(slot + 1);
  publish(slot);
}
function take(slot: number): void {
  set(slotAt(slot) + SLOT.DATA_SIZE, 0n);
  set(ring + RING.TAIL, BigInt(slot + 1));
}
const records = (): TraceRecord[] => reader.drain().records;
const seen = (): unknown[] =>
  records().map(({ kind, instance, a, b }) => [traceKindName(kind), instance, a, b]);

describe('what is sent and taken', () => {
  it('is recorded once each, whoever looks and however often', () => {
    send(0);
    alpha.look(ALPHA);
    alpha.look(ALPHA);
    beta.look(BETA);
    take(0);
    alpha.look(ALPHA);
    beta.look(BETA);
    beta.look(BETA);
    const found = records();
    expect(found.map(({ kind, instance, hart, a, b }) => [kind, instance, hart, a, b])).toEqual([
      [TRACE_KIND.PUBLISH, ALPHA, 0, USER_PING, 100n],
      [TRACE_KIND.DRAIN, BETA, 2, 0n, 1n],
    ]);
    expect(ringSlotOf(found[0]?.c ?? 0)).toEqual({ channel: 5, fromB: false, senderHart: 1, slot: 0 });
    expect(ringSlotOf(found[1]?.c ?? 0)).toEqual({ channel: 5, fromB: false, senderHart: null, slot: 0 });
  });

  it('is published before it is drained, also when the receiver is the first to look', () => {
    send(0);
    send(1);
    take(0);
    take(1);
    beta.look(BETA);
    alpha.look(ALPHA);
    expect(seen()).toEqual([
      ['PUBLISH', ALPHA, USER_PING, 100n],
      ['PUBLISH', ALPHA, USER_PING, 101n],
      ['DRAIN', BETA, 0n, 2n],
    ]);
  });

  it('is recorded by the other end’s ring too: B → A', () => {
    const back = ring + RING_PAGES * PAGE_SIZE;
    set(back + RING.SLOTS + SLOT.DATA_SIZE, 20n);
    set(back + RING.HEAD, 1n);
    beta.look(BETA);
    const [record] = records();
    expect(record).toMatchObject({ kind: TRACE_KIND.PUBLISH, instance: BETA, hart: 2 });
    expect(ringSlotOf(record?.c ?? 0).fromB).toBe(true);
  });
});

describe('a slot that is claimed', () => {
  it('is not recorded before it is published, nor is what lies behind it', () => {
    claim(2);
    publish(1);
    alpha.look(ALPHA);
    expect(seen()).toEqual([]);
    publish(0);
    alpha.look(ALPHA);
    expect(seen()).toHaveLength(2);
  });
});

describe('more than a look records', () => {
  it('is counted', () => {
    for (let slot = 0; slot < 40; slot++) send(slot);
    alpha.look(ALPHA);
    const found = seen();
    expect(found[0]).toEqual(['RING_SKIPPED', ALPHA, 0n, 24n]);
    expect(found.slice(1)).toEqual(
      Array.from({ length: 16 }, (_, n) => ['PUBLISH', ALPHA, USER_PING, BigInt(124 + n)]),
    );
  });
});

describe('lies in a ring', () => {
  it('a head far ahead costs a bounded number of records, and reads no memory beyond the ring', () => {
    claim(0x7fff_0000);
    alpha.look(ALPHA);
    claim(0xffff_ffff);
    alpha.look(ALPHA);
    expect(records().length).toBeLessThanOrEqual(2);
  });

  it('a head or tail that goes back records nothing, and what is true after it is seen', () => {
    send(0);
    send(1);
    alpha.look(ALPHA);
    records();
    claim(1);
    alpha.look(ALPHA);
    set(ring + RING.TAIL, 0xffff_fff0n);
    beta.look(BETA);
    expect(seen()).toEqual([]);
    set(ring + RING.TAIL, 1n);
    beta.look(BETA);
    expect(seen()).toEqual([['DRAIN', BETA, 0n, 1n]]);
    send(1);
    alpha.look(ALPHA);
    expect(seen()).toEqual([['PUBLISH', ALPHA, USER_PING, 101n]]);
  });

  it.each([[1n], [19n], [4097n]])('a size of %s is no message', (size) => {
    claim(1);
    publish(0, size, 0xffff_ffff_ffff_ffffn);
    alpha.look(ALPHA);
    const [record] = records();
    expect(record).toMatchObject({ kind: TRACE_KIND.PUBLISH, a: NO_MESSAGE, b: 0n });
    expect(ringSlotOf(record?.c ?? 0).senderHart).toBeNull();
  });
});

describe('the channel table', () => {
  it('is followed: a channel that is made or freed is looked at from then on, or not any more', () => {
    alpha.look(ALPHA);
    machine.connect(6, CONTROLLER_END, ALPHA, 200, CHANNEL_PAGES);
    const down = RAM_HOST + 200 * PAGE_SIZE;
    set(down + RING.SLOTS + SLOT.DATA_SIZE, 20n);
    set(down + RING.HEAD, 1n);
    set(down + RING.SLOTS + SLOT.DATA_SIZE, 0n);
    set(down + RING.TAIL, 1n);
    alpha.look(ALPHA);
    expect(records().map(({ kind, instance }) => [kind, instance])).toEqual([
      [TRACE_KIND.PUBLISH, null],
      [TRACE_KIND.DRAIN, ALPHA],
    ]);
    machine.disconnect(5);
    send(0);
    alpha.look(ALPHA);
    expect(records()).toEqual([]);
    expect(machine.word(channelEntry(5) + CHANNEL.SEEN_HEAD_AB)).toBe(0);
  });
});
