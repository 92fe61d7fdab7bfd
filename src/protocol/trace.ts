/**
 * Trace: one ring for each hart and one for the controller. Records of fixed size; a ring has one writer (the hart's
 * worker, or the controller). Merging is by `sequence`, from one shared atomic counter, because host clocks of 5 µs
 * cannot order cause and effect.
 *
 * Ring: u32 atomic HEAD at +0 counts records ever written (wrapping); records from +TRACE_RECORDS. A reader keeps its
 * own position; when HEAD runs ahead by more than the capacity, the difference is lost, counted and shown.
 */
export const TRACE_RECORDS = 64;
export const TRACE_RECORD_SIZE = 48;
export const TRACE_CAPACITY = 8192;
export const TRACE_HEAD = 0;
/** Offsets in a record. */
export const RECORD = {
  /** u64 sequence, written last (store-release); 0 while being written. */
  SEQUENCE: 0,
  /** f64 host time, ms since the epoch of performance.timeOrigin. */
  HOST_TIME: 8,
  /** f64 machine time, ticks. */
  TIME: 16,
  /** u16 kind (TraceKind). */
  KIND: 24,
  /** u8 hart, 16 = controller. */
  HART: 26,
  /** u8 instance + 1, 0 = none. */
  INSTANCE: 27,
  /** u32. */
  C: 28,
  /** u64 words. */
  A: 32,
  B: 40,
} as const;

/** Kinds of record, with the meaning of a, b (64-bit) and c (32-bit). */
export const TRACE_KIND = {
  /** Hart changed HSM state: a = new state, b = pc. */
  HART_STATE: 1,
  /** Instance changed state: a = INSTANCE_STATES index, or INSTANCE_DELETED; b = boot ID. */
  INSTANCE_STATE: 2,
  /** SBI call: a = extension, b = function, c = error (as u32). */
  SBI: 3,
  /** Doorbell to another instance: a = target hart, b = target instance, c = channel. */
  DOORBELL: 4,
  /** The gate refused: a = physical address, b = owner byte of the page, c = access kind. */
  GATE_FAULT: 5,
  /** Hart's owner changed: a = hart, b = new owner + 1 (0 pool), c = old owner + 1. */
  HART_OWNER: 6,
  /** Message published by or to the controller: a = msg_type << 32 | subtype, b = msg_id, c = instance. */
  MESSAGE: 7,
  /** Phase of an update begins: a = index in UPDATE_PHASES, b = hart (2^64 − 1: memory, 2^64 − 2: the kernel, 2^64 − 3: devices), c = instance. */
  PHASE: 8,
  /** Worker of a hart died: a = hart. */
  HART_LOST: 9,
  /** Trap taken that the kernel may not expect: a = cause, b = tval, c = privilege. Page faults of U-mode excluded. */
  TRAP: 10,
  /**
   * A message was published in a ring: a = msg_type << 32 | subtype, or NO_MESSAGE; b = msg_id; c = ringWord. The
   * instance is the sender, the hart whoever saw it (machine/ring-watch.ts).
   */
  PUBLISH: 11,
  /** Messages were taken from a ring: a = first slot number, b = how many, c = ringWord. The instance is the receiver. */
  DRAIN: 12,
  /** So many came and went between two looks that they have no PUBLISH: a = first slot number, b = how many, c = ringWord. */
  RING_SKIPPED: 13,
  /** The hart goes on after it has rested. */
  HART_RUN: 14,
  /** The hart rests: a = HART_REST. */
  HART_REST: 15,
  /** Memory changed its owner: a = first RAM page << 32 | pages, b = new owner byte, c = old owner byte (PAGE_OWNER). */
  MEMORY_OWNER: 16,
  /** The last phase of an update that did not fail is over: b and c as in PHASE. */
  PHASE_END: 18,
  /** A device of the pool changed its owner: a = its number (pool-devices.ts), b = new owner + 1 (0 pool), c = old. */
  DEVICE_OWNER: 17,
  /**
   * A hart takes the supervisor software interrupt, as a doorbell or another hart's IPI raises it: a = pc that it
   * interrupts, b = mstatus << 32 | mip (the low halves of both, before the trap), c = privilege that it interrupts.
   */
  SOFT_INTERRUPT: 19,
} as const;
export type TraceKind = (typeof TRACE_KIND)[keyof typeof TRACE_KIND];
export const traceKindName = (kind: number): string =>
  Object.entries(TRACE_KIND).find(([, value]) => value === kind)?.[0] ?? `KIND_${kind}`;

/** `a` of INSTANCE_STATE: the instance is no more, and its ID may be given to another. */
export const INSTANCE_DELETED = 0xffn;

/** Why a hart rests, in HART_REST. CONSOLE: it waits for room in its kernel's console. */
export const HART_REST = { STOPPED: 0, WFI: 1, FENCE: 2, PAUSED: 3, LIMITED: 4, CONSOLE: 5 } as const;

/** `a` of PUBLISH: the slot holds what is no message. */
export const NO_MESSAGE = 0xffff_ffff_ffff_ffffn;

/** Which slot of which ring a record of a ring is about. */
export interface RingSlot {
  readonly channel: number;
  /** The ring is that of end B → end A of the channel. */
  readonly fromB: boolean;
  /** Hart that sent, as the slot says, which its sender can write as it likes; null: none of the machine. */
  readonly senderHart: number | null;
  /** Lower 16 bits of the number of the slot, counted since the ring was emptied. */
  readonly slot: number;
}

const NO_HART = 0x1f;

/** Word c: bits 0 … 6 channel, 7 from B, 8 … 12 hart (31: none), 16 … 31 slot. */
export const ringWord = (ring: RingSlot): number =>
  (ring.channel | (ring.fromB ? 0x80 : 0) | ((ring.senderHart ?? NO_HART) << 8) | (ring.slot << 16)) >>> 0;

export function ringSlotOf(word: number): RingSlot {
  const hart = (word >>> 8) & NO_HART;
  return {
    channel: word & 0x7f,
    fromB: (word & 0x80) !== 0,
    senderHart: hart === NO_HART ? null : hart,
    slot: word >>> 16,
  };
}

/** One decoded record. `a` and `b` are exact as bigint. */
export interface TraceRecord {
  readonly sequence: bigint;
  readonly hostTime: number;
  readonly time: number;
  readonly kind: number;
  readonly hart: number;
  /** Instance ID, or null. */
  readonly instance: number | null;
  readonly a: bigint;
  readonly b: bigint;
  readonly c: number;
}
