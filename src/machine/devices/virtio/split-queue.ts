/**
 * The device's side of a split virtqueue (virtio 1.2, 2.7), with indirect descriptors. Everything in it was written by a
 * guest: each field is read once and checked, every loop is bounded by the size of the queue, and what the specification
 * forbids makes the whole queue 'broken'.
 */
import { ACCESS } from '../../../hart/interpreter-abi.ts';
import type { GuestBytes, Segment } from './guest-bytes.ts';

/** Entries of the largest queue. */
export const QUEUE_SIZE_MAX = 64;

/** As the driver has set it up; `served` chains were served before. */
export interface QueueRegisters {
  readonly size: number;
  readonly descriptors: number;
  readonly available: number;
  readonly used: number;
  readonly served: number;
  /** VIRTIO_F_INDIRECT_DESC was negotiated. */
  readonly indirect: boolean;
}

/** Buffers that the device reads, and after them those that it writes. */
export interface Chain {
  readonly readable: readonly Segment[];
  readonly writable: readonly Segment[];
}

/** Does what a chain asks for. Returns how many bytes were written; null: the driver must not ask for this. */
export type ChainHandler = (chain: Chain, guest: GuestBytes) => number | null;

export type Served =
  | { readonly kind: 'broken' }
  | { readonly kind: 'served'; readonly served: number; readonly interrupt: boolean };

const DESCRIPTOR = { SIZE: 16, LENGTH: 8, FLAGS: 12, NEXT: 14 } as const;
const FLAG = { NEXT: 1, WRITE: 2, INDIRECT: 4 } as const;
const NO_INTERRUPT = 1;
/** Of both rings: u16 flags, u16 index, then the entries. */
const RING = { INDEX: 2, ENTRIES: 4 } as const;
const BROKEN: Served = { kind: 'broken' };

interface Descriptor extends Segment {
  readonly flags: number;
  readonly next: number;
}

export class SplitQueue {
  private readonly bytes: DataView;
  private readonly halves: Uint16Array;

  constructor(memory: WebAssembly.Memory) {
    this.bytes = new DataView(memory.buffer);
    this.halves = new Uint16Array(memory.buffer);
  }

  /** Serves what is available now, at most `size` chains. */
  serve(queue: QueueRegisters, guest: GuestBytes, handle: ChainHandler): Served {
    const { size } = queue;
    if (!isQueueSize(size) || queue.descriptors % 16 !== 0) return BROKEN;
    if (queue.available % 2 !== 0 || queue.used % 4 !== 0) return BROKEN;
    const table = guest.at({ address: queue.descriptors, length: size * DESCRIPTOR.SIZE }, ACCESS.LOAD);
    const available = guest.at({ address: queue.available, length: RING.ENTRIES + 2 * size }, ACCESS.LOAD);
    const used = guest.at({ address: queue.used, length: RING.ENTRIES + 8 * size }, ACCESS.STORE);
    if (table === null || available === null || used === null) return BROKEN;

    const waiting = (this.loadHalf(available + RING.INDEX) - queue.served) & 0xffff;
    if (waiting > size) return BROKEN;
    for (let n = 0; n < waiting; n++) {
      const place = (queue.served + n) % size;
      const head = this.bytes.getUint16(available + RING.ENTRIES + 2 * place, true);
      const chain = this.chain(queue, table, head, guest);
      const written = chain === null ? null : handle(chain, guest);
      if (written === null) return BROKEN;
      this.bytes.setUint32(used + RING.ENTRIES + 8 * place, head, true);
      this.bytes.setUint32(used + RING.ENTRIES + 8 * place + 4, written, true);
      // Publishes the entry (2.7.8.2); the index wraps at 2^16.
      Atomics.store(this.halves, (used + RING.INDEX) / 2, queue.served + n + 1);
    }
    const quiet = (this.loadHalf(available) & NO_INTERRUPT) !== 0;
    return {
      kind: 'served',
      served: (queue.served + waiting) & 0xffff,
      interrupt: waiting > 0 && !quiet,
    };
  }

  /** Null: it is no chain that a driver may make (2.7.4, 2.7.5.3). */
  private chain(queue: QueueRegisters, table: number, head: number, guest: GuestBytes): Chain | null {
    if (head >= queue.size) return null;
    const first = this.descriptor(table, head);
    if ((first.flags & FLAG.INDIRECT) === 0) return this.walk(table, queue.size, head, queue.size);
    const { address, length } = first;
    const count = length / DESCRIPTOR.SIZE;
    if (!queue.indirect || (first.flags & FLAG.NEXT) !== 0) return null;
    if (!Number.isInteger(count) || count < 1 || count > queue.size) return null;
    const indirect = guest.at({ address, length }, ACCESS.LOAD);
    return indirect === null ? null : this.walk(indirect, count, 0, queue.size);
  }

  /** The chain from `head` in a table of `count` descriptors, at most `most` long, none of them indirect. */
  private walk(table: number, count: number, head: number, most: number): Chain | null {
    const readable: Segment[] = [];
    const writable: Segment[] = [];
    for (let at = head, n = 0; n < most; n++) {
      if (at >= count) return null;
      const { address, length, flags, next } = this.descriptor(table, at);
      if ((flags & FLAG.INDIRECT) !== 0 || length === 0) return null;
      if ((flags & FLAG.WRITE) !== 0) writable.push({ address, length });
      else if (writable.length === 0) readable.push({ address, length });
      else return null;
      if ((flags & FLAG.NEXT) === 0) return { readable, writable };
      at = next;
    }
    return null;
  }

  private descriptor(table: number, index: number): Descriptor {
    const at = table + index * DESCRIPTOR.SIZE;
    const low = this.bytes.getUint32(at, true);
    return {
      address: this.bytes.getUint32(at + 4, true) * 2 ** 32 + low,
      length: this.bytes.getUint32(at + DESCRIPTOR.LENGTH, true),
      flags: this.bytes.getUint16(at + DESCRIPTOR.FLAGS, true),
      next: this.bytes.getUint16(at + DESCRIPTOR.NEXT, true),
    };
  }

  private loadHalf(at: number): number {
    return Atomics.load(this.halves, at / 2);
  }
}

const isQueueSize = (size: number): boolean =>
  size >= 1 && size <= QUEUE_SIZE_MAX && (size & (size - 1)) === 0;
