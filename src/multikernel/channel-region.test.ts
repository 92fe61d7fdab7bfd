import { beforeEach, describe, expect, it } from 'vitest';
import type { HostAddr } from '../base/brand.ts';
import { MESSAGE, MSG_RESOURCE, RESOURCE, RING, RING_SLOTS, SLOT, SLOT_SIZE } from '../protocol/channel.ts';
import { ChannelRegion, NO_RECEIVER_HART, type Message } from './channel-region.ts';

const RING_AT = 0x1000 as HostAddr;
const RING_BYTES = RING.SLOTS + RING_SLOTS * SLOT_SIZE;

let buffer: SharedArrayBuffer;
let view: DataView;
let region: ChannelRegion;

beforeEach(() => {
  buffer = new SharedArrayBuffer(0x60_000);
  view = new DataView(buffer);
  region = new ChannelRegion(buffer);
});

const slot = (index: number): number => RING_AT + RING.SLOTS + (index % RING_SLOTS) * SLOT_SIZE;
const word = (offset: number): bigint => view.getBigUint64(RING_AT + offset, true);
const message = (id: number, payload: number[] = []): Message => ({
  type: MSG_RESOURCE,
  subtype: RESOURCE.CPU_ADD,
  id: BigInt(id),
  payload: Uint8Array.from(payload),
});

/** A sender as a guest is one: claims the slot at HEAD; `publish` completes it. */
function claim(): number {
  const head = Number(word(RING.HEAD));
  view.setBigUint64(RING_AT + RING.HEAD, BigInt(head + 1), true);
  return head;
}
function publish(index: number, size: bigint, payloadLength: number, id = index): void {
  view.setUint32(slot(index) + SLOT.BUFFER + MESSAGE.TYPE, MSG_RESOURCE, true);
  view.setBigUint64(slot(index) + SLOT.BUFFER + MESSAGE.ID, BigInt(id), true);
  view.setUint32(slot(index) + SLOT.BUFFER + MESSAGE.PAYLOAD_LEN, payloadLength, true);
  view.setBigUint64(slot(index) + SLOT.DATA_SIZE, size, true);
}

describe('a ring', () => {
  it('carries messages in order, for many times its length', () => {
    let tail = 0;
    for (let n = 0; n < 5 * RING_SLOTS; n += 1) {
      expect(region.sendMessage(RING_AT, n, message(n, [n & 0xff, 7]))).toBe(true);
      if (n % 3 !== 2) continue;
      const drained = region.drainMessages(RING_AT, tail);
      expect(drained.messages.map((got) => got.id)).toEqual([n - 2, n - 1, n].map(BigInt));
      expect([...(drained.messages[2]?.payload ?? [])]).toEqual([n & 0xff, 7]);
      tail = drained.tail;
    }
    expect(word(RING.HEAD)).toBe(BigInt(5 * RING_SLOTS));
  });

  it('is full after 64 messages, and open again after a drain', () => {
    for (let n = 0; n < RING_SLOTS; n += 1) expect(region.sendMessage(RING_AT, n, message(n))).toBe(true);
    expect(region.sendMessage(RING_AT, RING_SLOTS, message(99))).toBe(false);
    expect(word(RING.HEAD)).toBe(BigInt(RING_SLOTS));
    expect(region.drainMessages(RING_AT, 0)).toMatchObject({ tail: RING_SLOTS, malformed: 0 });
    expect(region.sendMessage(RING_AT, RING_SLOTS, message(99))).toBe(true);
  });

  it('writes a slot as the contract says', () => {
    region.sendMessage(RING_AT, 0, message(0x1_0000_0002, [1, 2, 3, 4, 5, 6, 7, 8]));
    expect(view.getBigUint64(slot(0) + SLOT.DATA_SIZE, true)).toBe(BigInt(MESSAGE.PAYLOAD + 8));
    expect(view.getBigUint64(slot(0) + SLOT.SENDER_CPU, true)).toBe(NO_RECEIVER_HART);
    expect(view.getUint32(slot(0) + SLOT.BUFFER + MESSAGE.TYPE, true)).toBe(MSG_RESOURCE);
    expect(view.getBigUint64(slot(0) + SLOT.BUFFER + MESSAGE.ID, true)).toBe(0x1_0000_0002n);
    expect(view.getUint8(slot(0) + SLOT.BUFFER + MESSAGE.PAYLOAD + 7)).toBe(8);
  });
});

describe('a lying guest', () => {
  it.each([
    ['a size beyond the buffer', 4097n, 0],
    ['a size of 2^64 − 1', 0xffff_ffff_ffff_ffffn, 0],
    ['a size too small for a message', 19n, 0],
    ['a payload longer than the slot says', 30n, 11],
    ['a payload of 4 GiB', 4096n, 0xffff_ffff],
  ])('gets %s counted as malformed, and the next message read', (_what, size, payloadLength) => {
    publish(claim(), size, payloadLength);
    publish(claim(), 20n, 0, 5);
    const drained = region.drainMessages(RING_AT, 0);
    expect(drained).toMatchObject({ malformed: 1, tail: 2 });
    expect(drained.messages.map((got) => got.id)).toEqual([5n]);
  });

  it('cannot lead the reader outside the ring by HEAD, TAIL or EPOCH', () => {
    for (const offset of [RING.HEAD, RING.TAIL, RING.EPOCH])
      view.setBigUint64(RING_AT + offset, 2n ** 63n + 12345n, true);
    publish(3, 20n, 0);
    expect(region.drainMessages(RING_AT, 3)).toMatchObject({ tail: 4, messages: [{ id: 3n }] });
    expect(region.drainMessages(RING_AT, 0xffff_ffff)).toMatchObject({ tail: 0xffff_ffff, messages: [] });
  });

  it('that fills every slot is given one ring full of attention', () => {
    for (let n = 0; n < RING_SLOTS; n += 1) publish(n, 20n, 0);
    expect(region.drainMessages(RING_AT, 0).messages).toHaveLength(RING_SLOTS);
  });

  it('loses only its own messages by a wrong TAIL', () => {
    view.setBigUint64(RING_AT + RING.TAIL, 5n, true);
    expect(region.sendMessage(RING_AT, 0, message(1))).toBe(false);
    view.setBigUint64(RING_AT + RING.TAIL, 0n, true);
    expect(region.sendMessage(RING_AT, 0, message(1))).toBe(true);
    const outside = new Uint8Array(buffer, RING_AT + RING_BYTES);
    expect(outside.every((byte) => byte === 0)).toBe(true);
  });
});

describe('resetting', () => {
  it('empties a ring of a stopped sender, published or claimed', () => {
    publish(claim(), 20n, 0);
    claim();
    region.setDead(RING_AT, true);
    region.resetRing(RING_AT);
    expect([word(RING.HEAD), word(RING.TAIL), word(RING.EPOCH), word(RING.DEAD)]).toEqual([0n, 0n, 1n, 1n]);
    expect(region.drainMessages(RING_AT, 0).messages).toEqual([]);
  });

  it('waits for a running sender to publish what it claimed', () => {
    publish(claim(), 20n, 0);
    const slow = claim();
    publish(claim(), 20n, 0);
    expect(region.tryResetLiveRing(RING_AT)).toBe(false);
    expect(word(RING.EPOCH)).toBe(0n);
    publish(slow, 20n, 0);
    expect(region.tryResetLiveRing(RING_AT)).toBe(true);
    expect([word(RING.HEAD), word(RING.TAIL), word(RING.EPOCH)]).toEqual([0n, 0n, 1n]);
    publish(claim(), 20n, 0, 77);
    expect(region.drainMessages(RING_AT, 0).messages.map((got) => got.id)).toEqual([77n]);
  });

  it('does not run after a HEAD that lies', () => {
    view.setBigUint64(RING_AT + RING.HEAD, 2n ** 40n + 1000n, true);
    for (let n = 0; n < RING_SLOTS; n += 1) publish(n, 20n, 0);
    expect(region.tryResetLiveRing(RING_AT)).toBe(false);
  });
});

it('names the hart that takes doorbells, or nobody', () => {
  region.setReceiverHart(RING_AT, 3);
  expect(word(RING.RECEIVER_CPU)).toBe(3n);
  region.setReceiverHart(RING_AT, null);
  expect(word(RING.RECEIVER_CPU)).toBe(NO_RECEIVER_HART);
});
