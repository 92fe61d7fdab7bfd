import { beforeEach, expect, it } from 'vitest';
import { TestMachine } from '../machine/machine.testkit.ts';
import { CHANNEL_PAGES, RING, RING_PAGES, RING_SLOTS, SLOT, SLOT_SIZE } from '../protocol/channel.ts';
import { CHANNEL, channelEntry, PAGE_SIZE, RAM_HOST } from '../protocol/layout.ts';
import { ringWord, TRACE_KIND, type TraceRecord } from '../protocol/trace.ts';
import { SlotCopies } from './slot-copies.ts';

const CHANNEL_ID = 5;
const FIRST_PAGE = 8;

let machine: TestMachine;
let copies: SlotCopies;
beforeEach(() => {
  machine = new TestMachine([1, 2]);
  machine.connect(CHANNEL_ID, 1, 2, FIRST_PAGE, CHANNEL_PAGES);
  copies = new SlotCopies(machine.memory);
});

const ringAt = (fromB: boolean): number => RAM_HOST + (FIRST_PAGE + (fromB ? RING_PAGES : 0)) * PAGE_SIZE;
/** Fills the slot of a number and claims up to a head. */
function send(slot: number, byte: number, head = slot + 1, fromB = false): void {
  const view = new DataView(machine.memory.buffer);
  const at = ringAt(fromB) + RING.SLOTS + (slot % RING_SLOTS) * SLOT_SIZE;
  view.setBigUint64(ringAt(fromB) + RING.HEAD, BigInt(head), true);
  view.setBigUint64(at + SLOT.SENDER_CPU, 1n, true);
  view.setBigUint64(at + SLOT.DATA_SIZE, 36n, true);
  view.setUint8(at + SLOT.BUFFER, byte);
}
const published = (sequence: number, slot: number, fromB = false, channel = CHANNEL_ID): TraceRecord => ({
  sequence: BigInt(sequence),
  hostTime: 0,
  time: 0,
  kind: TRACE_KIND.PUBLISH,
  hart: 0,
  instance: 1,
  a: 0n,
  b: 0n,
  c: ringWord({ channel, fromB, senderHart: 0, slot: slot & 0xffff }),
});

it('keeps what a slot held, of either ring, also when it is written again', () => {
  send(3, 0x11);
  send(3, 0x22, 4, true);
  copies.add([published(7, 3), published(8, 3, true)]);
  send(3 + RING_SLOTS, 0x33);
  expect(copies.of(7)).toMatchObject({ senderCpu: 1n, dataSize: 36n });
  expect(copies.of(7)?.bytes[0]).toBe(0x11);
  expect(copies.of(8)?.bytes[0]).toBe(0x22);
  expect(copies.of(9)).toBeNull();
});

it('has no copy of a slot that was claimed again before it came by', () => {
  send(3, 0x11, 3 + RING_SLOTS);
  copies.add([published(7, 3)]);
  expect(copies.of(7)).not.toBeNull();
  send(3, 0x11, 3 + RING_SLOTS + 1);
  copies.add([published(8, 3)]);
  expect(copies.of(8)).toBeNull();
});

it('has no copy of a ring that was emptied or of a channel that is gone, and counts slots beyond 16 bits', () => {
  send(3, 0x11, 3);
  copies.add([published(7, 3)]);
  expect(copies.of(7)).toBeNull();
  send(0x1_0001, 0x44);
  copies.add([published(8, 0x1_0001)]);
  expect(copies.of(8)?.bytes[0]).toBe(0x44);
  Atomics.store(new Int32Array(machine.memory.buffer), (channelEntry(CHANNEL_ID) + CHANNEL.IN_USE) >> 2, 0);
  copies.add([published(9, 0x1_0001)]);
  expect(copies.of(9)).toBeNull();
});

it('forgets the oldest', () => {
  for (let slot = 0; slot < 2050; slot++) {
    send(slot, slot & 0xff);
    copies.add([published(slot + 1, slot)]);
  }
  expect(copies.of(1)).toBeNull();
  expect(copies.of(2050)?.bytes[0]).toBe(2049 & 0xff);
});
