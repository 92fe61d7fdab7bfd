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
  /** Instance changed state: a = INSTANCE_STATES index, b = boot ID. */
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
  /** Phase of an update begins: a = index in UPDATE_PHASES, b = hart (2^64 − 1: memory), c = instance. */
  PHASE: 8,
  /** Worker of a hart died: a = hart. */
  HART_LOST: 9,
  /** Trap taken that the kernel may not expect: a = cause, b = tval, c = privilege. Page faults of U-mode excluded. */
  TRAP: 10,
} as const;
export type TraceKind = (typeof TRACE_KIND)[keyof typeof TRACE_KIND];
export const traceKindName = (kind: number): string =>
  Object.entries(TRACE_KIND).find(([, value]) => value === kind)?.[0] ?? `KIND_${kind}`;

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
