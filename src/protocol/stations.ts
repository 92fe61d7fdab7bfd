/**
 * The six stations of a message on its way from one kernel to another, and what was true at each, as far as it is known.
 *
 *   fill      plain stores into a slot that the sender has claimed: the machine hears nothing of them
 *   publish   PUBLISH: the slot's size is there
 *   doorbell  DOORBELL: the sender's SBI call
 *   pending   SSIP of the receiver's hart, which the doorbell sets; a hart that rested goes on (HART_RUN)
 *   trap      SOFT_INTERRUPT: the receiver takes it
 *   drain     DRAIN: the receiver has taken the message out of its slot
 */
export const STATIONS = ['fill', 'publish', 'doorbell', 'pending', 'trap', 'drain'] as const;
export type Station = (typeof STATIONS)[number];

/** Bytes of a message that are kept, from the start of its slot's buffer. */
export const KEPT_BYTES = 256;

/** A record that a station stands for. */
interface StationMoment {
  /** Number of the record. */
  readonly sequence: number;
  /** Machine time, ticks. */
  readonly time: number;
  /** Hart, or the number of harts: the controller. */
  readonly lane: number;
}

/** What a slot of a ring held after the message in it was published, and before its sender claimed it again. */
export interface SlotCopy {
  readonly senderCpu: bigint;
  readonly type: bigint;
  /** As it was found; 0: the receiver had taken the message before the copy was made. */
  readonly dataSize: bigint;
  /** The first KEPT_BYTES of the buffer. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface StationTrap extends StationMoment {
  /** The pc that it interrupted. */
  readonly pc: bigint;
  /** Low halves of mstatus and mip before the trap. */
  readonly mstatus: number;
  readonly mip: number;
  readonly privilege: number;
}

export interface MessageStations {
  /** Type and subtype as in PUBLISH, and msg_id. */
  readonly what: bigint;
  readonly id: bigint;
  readonly channel: number;
  /** Lower 16 bits of the slot's number. */
  readonly slot: number;
  /** Sender and receiver as instances; null: the controller, or not known. */
  readonly from: number | null;
  readonly to: number | null;
  readonly publish: StationMoment;
  /** Null: no doorbell announced it, or the record of that is lost. */
  readonly doorbell: StationMoment | null;
  /** Hart that the doorbell was for. */
  readonly rang: number | null;
  /** The receiver's hart, which rested, goes on; null: it ran already, or went on for something else. */
  readonly wake: StationMoment | null;
  /** Null: no interrupt between the doorbell and the drain: polled, a handler was at work already, or not yet. */
  readonly trap: StationTrap | null;
  /** Null: not taken (yet). */
  readonly drain: StationMoment | null;
  /** Null: the slot was claimed again, or the ring emptied, before a copy was made; or the copy is forgotten. */
  readonly copy: SlotCopy | null;
  /** Whether records may be missing from around its way, so that an empty station may be a lost one. */
  readonly lossy: boolean;
}

export interface MessageQuery {
  /**
   * `of`: the message that the event of the number `sequence` belongs to. `next` and `previous`: the message published
   * after or before that number; `previous` of null: the last one.
   */
  readonly way: 'of' | 'next' | 'previous';
  readonly sequence: number | null;
  /** Only messages between these instances, in this direction; null: any. */
  readonly between: { readonly from: number; readonly to: number } | null;
}
