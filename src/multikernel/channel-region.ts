/**
 * The rings of a channel in TypeScript, over the one memory: the controller's ends of its management channels, and what
 * it does to any ring when a kernel starts or stops. protocol/channel.ts is the contract; guests/lib says it in C.
 *
 * Every word here can be written by a guest at any moment. So the controller keeps its own head and tail, reads a length
 * once and bounds it, copies before it looks, and never waits for a guest.
 */
import type { HostAddr } from '../base/brand.ts';
import { MESSAGE, RING, RING_SLOTS, SLOT, SLOT_SIZE } from '../protocol/channel.ts';

/** RECEIVER_CPU of a ring whose receiver does not run, or is the controller: nobody's hart. */
export const NO_RECEIVER_HART = 0xffff_ffff_ffff_ffffn;

export interface Message {
  readonly type: number;
  readonly subtype: number;
  readonly id: bigint;
  readonly payload: Uint8Array;
}

export interface Drained {
  readonly messages: readonly Message[];
  /** Slots whose content was no message; they are consumed all the same. */
  readonly malformed: number;
  /** Private tail for the next call. */
  readonly tail: number;
}

export class ChannelRegion {
  readonly #bytes: Uint8Array;
  readonly #words: Int32Array;
  readonly #longs: BigInt64Array;

  constructor(buffer: ArrayBufferLike) {
    this.#bytes = new Uint8Array(buffer);
    this.#words = new Int32Array(buffer);
    this.#longs = new BigInt64Array(buffer);
  }

  /**
   * Publishes a message in slot `head` of a ring in which the controller is the only sender; the caller counts `head`
   * up after true. False: the ring is full (ENOSPC). A receiver that lies about its tail only loses messages itself.
   */
  sendMessage(ring: HostAddr, head: number, message: Message): boolean {
    const slot = slotAddress(ring, head);
    const waiting = (head - this.#load(ring + RING.TAIL)) >>> 0;
    if (waiting >= RING_SLOTS || this.#load(slot + SLOT.DATA_SIZE) !== 0) return false;
    this.#store64(ring + RING.HEAD, BigInt((head + 1) >>> 0));
    this.#store64(slot + SLOT.SENDER_CPU, NO_RECEIVER_HART);
    this.#store64(slot + SLOT.TYPE, BigInt(message.type));
    const bytes = encodeMessage(message);
    this.#bytes.set(bytes, slot + SLOT.BUFFER);
    this.#store64(slot + SLOT.DATA_SIZE, BigInt(bytes.length));
    return true;
  }

  /** Slots that are free in a ring of which the caller sends at `head`, as its receiver says: 0 … 64. */
  freeSlots(ring: HostAddr, head: number): number {
    return Math.max(0, RING_SLOTS - ((head - this.#load(ring + RING.TAIL)) >>> 0));
  }

  /**
   * Takes what is published from the private tail on, at most one ring full, so that a guest that never stops sending
   * cannot hold the caller. The caller starts again at tail 0 after it has reset the ring; a guest that writes EPOCH
   * itself is not listened to.
   */
  drainMessages(ring: HostAddr, from: number): Drained {
    const messages: Message[] = [];
    let tail = from;
    let malformed = 0;
    for (let taken = 0; taken < RING_SLOTS; taken += 1) {
      const slot = slotAddress(ring, tail);
      const size = BigInt.asUintN(64, Atomics.load(this.#longs, (slot + SLOT.DATA_SIZE) >>> 3));
      if (size === 0n) break;
      const message = this.#copyMessage(slot, size);
      if (message) messages.push(message);
      else malformed += 1;
      this.#store64(slot + SLOT.DATA_SIZE, 0n);
      tail = (tail + 1) >>> 0;
      this.#store64(ring + RING.TAIL, BigInt(tail));
    }
    return { messages, malformed, tail };
  }

  /** Makes a ring empty under a new epoch. Its sender must be confirmed stopped, or be the controller. */
  resetRing(ring: HostAddr): void {
    for (let slot = 0; slot < RING_SLOTS; slot += 1)
      this.#store64(slotAddress(ring, slot) + SLOT.DATA_SIZE, 0n);
    this.#store64(ring + RING.HEAD, 0n);
    this.#beginEpoch(ring);
  }

  /**
   * The same for a ring whose receiver is confirmed stopped while its sender may run: takes what is published in the
   * receiver's stead, and succeeds only at an instant at which no slot is claimed, so that a slow sender cannot publish
   * an old message into the new epoch. False: a sender is between claim and publication, or the receiver was stopped
   * between emptying a slot and counting it; try again later.
   */
  tryResetLiveRing(ring: HostAddr): boolean {
    const head = Atomics.load(this.#longs, (ring + RING.HEAD) >>> 3);
    const end = Number(BigInt.asUintN(32, head));
    let tail = this.#load(ring + RING.TAIL);
    for (let taken = 0; taken < RING_SLOTS && tail !== end; taken += 1) {
      const size = slotAddress(ring, tail) + SLOT.DATA_SIZE;
      if (this.#load(size) === 0) return false;
      this.#store64(size, 0n);
      tail = (tail + 1) >>> 0;
      this.#store64(ring + RING.TAIL, BigInt(tail));
    }
    if (tail !== end) return false;
    // Fails when somebody claimed a slot since: then there is something to wait for. From here on a sender sees
    // HEAD − TAIL below zero, which is full, until TAIL follows: no slot may be touched any more.
    if (Atomics.compareExchange(this.#longs, (ring + RING.HEAD) >>> 3, head, 0n) !== head) return false;
    this.#beginEpoch(ring);
    return true;
  }

  /** Dead: the sender is gone for good, what it claimed and did not publish will never come. */
  setDead(ring: HostAddr, dead: boolean): void {
    this.#store64(ring + RING.DEAD, dead ? 1n : 0n);
  }

  setReceiverHart(ring: HostAddr, hart: number | null): void {
    this.#store64(ring + RING.RECEIVER_CPU, hart === null ? NO_RECEIVER_HART : BigInt(hart));
  }

  #beginEpoch(ring: HostAddr): void {
    this.#store64(ring + RING.TAIL, 0n);
    Atomics.add(this.#longs, (ring + RING.EPOCH) >>> 3, 1n);
  }

  #copyMessage(slot: number, size: bigint): Message | null {
    if (size < BigInt(MESSAGE.PAYLOAD) || size > BigInt(SLOT.BUFFER_SIZE)) return null;
    const from = slot + SLOT.BUFFER;
    // A copy first: from here on the guest cannot change what is checked.
    const copy = new Uint8Array(Number(size));
    copy.set(this.#bytes.subarray(from, from + copy.length));
    const view = new DataView(copy.buffer);
    const length = view.getUint32(MESSAGE.PAYLOAD_LEN, true);
    if (length > copy.length - MESSAGE.PAYLOAD) return null;
    return {
      type: view.getUint32(MESSAGE.TYPE, true),
      subtype: view.getUint32(MESSAGE.SUBTYPE, true),
      id: view.getBigUint64(MESSAGE.ID, true),
      payload: copy.subarray(MESSAGE.PAYLOAD, MESSAGE.PAYLOAD + length),
    };
  }

  #load(address: number): number {
    return Atomics.load(this.#words, address >>> 2) >>> 0;
  }

  #store64(address: number, value: bigint): void {
    Atomics.store(this.#longs, address >>> 3, BigInt.asIntN(64, value));
  }
}

const slotAddress = (ring: HostAddr, index: number): number =>
  ring + RING.SLOTS + (index & (RING_SLOTS - 1)) * SLOT_SIZE;

function encodeMessage(message: Message): Uint8Array {
  const bytes = new Uint8Array(MESSAGE.PAYLOAD + message.payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(MESSAGE.TYPE, message.type, true);
  view.setUint32(MESSAGE.SUBTYPE, message.subtype, true);
  view.setBigUint64(MESSAGE.ID, message.id, true);
  view.setUint32(MESSAGE.PAYLOAD_LEN, message.payload.length, true);
  bytes.set(message.payload, MESSAGE.PAYLOAD);
  return bytes;
}
