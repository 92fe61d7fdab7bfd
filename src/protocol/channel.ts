/**
 * The shared region of a channel: what both ends (guests in C, the controller in TypeScript) agree on.
 * guests/lib/ring.h says the same in C.
 *
 * A channel is one region of CHANNEL_PAGES pages: first the ring end A → end B, then the ring B → A.
 * A ring is one header page and 64 slots. All words little-endian; offsets from the ring's start.
 *
 * Send: read HEAD and TAIL; HEAD − TAIL ≥ 64 is full (ENOSPC). Compare-and-swap HEAD → HEAD + 1 claims slot
 * HEAD mod 64. Fill sender_cpu, type, buffer; store-release data_size (nonzero: that publishes); ring the doorbell.
 * Drain (the receiver's interrupt context, one hart at a time): the true tail is the receiver's private memory.
 * While slot[tail mod 64].data_size (load-acquire, read once, bounded to 4096) is nonzero: copy, store data_size = 0,
 * tail + 1, store TAIL (a copy for the sender's full test; a lie there hurts only the sender).
 * EPOCH is raised by the controller when it resets a ring (before an exec): the receiver whose private epoch differs
 * sets its tail to 0 and goes on. DEAD is set to 1 by the controller when the sending instance has stopped: a slot that
 * was claimed but not published will never be; the receiver drains what was published and then waits for a new EPOCH.
 */
export const RING = {
  HEAD: 0x00,
  TAIL: 0x40,
  EPOCH: 0x80,
  DEAD: 0x88,
  /** u64: hart at which the receiver takes doorbells; 2^64 − 1 = ring the controller (MK NOTIFY), also while it is stopped. */
  RECEIVER_CPU: 0x90,
  SLOTS: 0x1000,
} as const;
export const RING_SLOTS = 64;
export const SLOT_SIZE = 4120;
export const SLOT = { SENDER_CPU: 0, TYPE: 8, DATA_SIZE: 16, BUFFER: 24, BUFFER_SIZE: 4096 } as const;
/** 4096 + 64 × 4120 bytes, rounded up. */
export const RING_PAGES = 66;
export const CHANNEL_PAGES = 2 * RING_PAGES;

/** Message in a slot's buffer: u32 msg_type, u32 subtype, u64 msg_id, u32 payload_len, payload. */
export const MESSAGE = { TYPE: 0, SUBTYPE: 4, ID: 8, PAYLOAD_LEN: 16, PAYLOAD: 20 } as const;
export const MSG_IO = 0x1000;
export const MSG_RESOURCE = 0x2000;
export const MSG_SYSTEM = 0x3000;
export const MSG_USER = 0x4000;
export const MSG_NETWORK = 0x5000;
/**
 * Subtypes of RESOURCE; the acknowledgement of X is X + ACK, has the msg_id of X, and the payload u64 (the first word of
 * X), i64 status: 0, or an SBI error. CPU_*: payload u64 hart. CPU_REMOVE is acknowledged when the hart is STOPPED.
 * MEM_*: payload u64 base, u64 size, both multiples of 2 MiB; MEM_ADD gives memory that the kernel may use from then on,
 * MEM_REMOVE is acknowledged with 0 when no hart of the kernel touches it any more. A request that was not acknowledged
 * in time is followed by its opposite. A kernel that finds an ADD and its REMOVE in the ring does neither: what it was to
 * get is another's by then.
 * DEVICE_*: payload u64 address of a virtio-mmio window, u64 interrupt, then the name of the device in UTF-8. DEVICE_ADD
 * comes when the device is there, at reset; DEVICE_REMOVE is acknowledged with 0 when the kernel does not touch it any more.
 * PEER_*: a channel to another kernel that came, or whose other kernel was deleted, since the device tree was made. Payload
 * u64 address of the ring in which the kernel receives (the name of the channel), and for PEER_ADD u64 address of the ring
 * in which it sends, u64 instance ID and the name of the other kernel, to the end of the payload. The acknowledgement of
 * PEER_REMOVE with 0 says that the kernel touches the region no more, which is then freed; nobody waits for it.
 * 5 is no subtype: what a kernel has is known from its acknowledgements, and what it believes from its status block.
 */
export const RESOURCE = {
  CPU_ADD: 1,
  CPU_REMOVE: 2,
  MEM_ADD: 3,
  MEM_REMOVE: 4,
  DEVICE_ADD: 6,
  DEVICE_REMOVE: 7,
  PEER_ADD: 8,
  PEER_REMOVE: 9,
  ACK: 0x100,
} as const;
/**
 * Subtypes of SYSTEM; 4 is none (that a kernel has halted is known from its harts). HEARTBEAT: payload u64 n. SHUTDOWN: u64
 * machine time, ticks, after which it is not obeyed any more (whoever sent it has given up); the acknowledgement has its id.
 * KERF_REPLY: protocol/mk.ts. KHO_*: kexec hand-over, on the management channel; an answer has the id of its question.
 */
export const SYSTEM = {
  HEARTBEAT: 1,
  SHUTDOWN: 2,
  SHUTDOWN_ACK: 3,
  KERF_REPLY: 5,
  /** Asks what the kernel would leave to the next one; it goes on as before. */
  KHO_PRESERVE: 0x10,
  /** i64 status, u64 physical address and u64 bytes of the tree (multikernel/kho-tree.ts). */
  KHO_PRESERVED: 0x11,
  /** What is preserved must not change any more; nothing is answered. */
  KHO_FREEZE: 0x12,
  /** i64 status, u64 counter and u64 hash of the service. */
  KHO_FROZEN: 0x13,
  /** Every hart stops; the kernel is over. */
  KHO_STOP: 0x14,
  /** The hand-over is called off; the kernel goes on where it froze. */
  KHO_ABORT: 0x15,
  /** From the next kernel: i64 status, u64 counter, u64 hash, u64 requests that were taken and never answered. */
  KHO_FINISH: 0x16,
  /**
   * HANDOVER_*: to a kernel beside the old one. FOLLOW and SEND: u64 address of the ring in which the receiver of the
   * message hears the other kernel. All that kernels say: i64 status, u64, u64.
   */
  HANDOVER_FOLLOW: 0x20,
  HANDOVER_FOLLOWING: 0x21,
  HANDOVER_SEND: 0x22,
  HANDOVER_SENDING: 0x23,
  /** From the new kernel, with the id of FOLLOW: all of the state is there; counter, bytes received. */
  HANDOVER_READY: 0x24,
  HANDOVER_COMMIT: 0x25,
  /** The old kernel answers nothing any more: counter, hash. */
  HANDOVER_SEALED: 0x26,
  /** From the new kernel, with the id of FOLLOW: it serves; counter, hash. */
  HANDOVER_DONE: 0x27,
  /** The new one serves: the old one sends everybody there. */
  HANDOVER_MOVE: 0x28,
  /** Requests that were waiting and have been sent there. */
  HANDOVER_MOVED: 0x29,
  /** u64 id of the FOLLOW or SEND that comes to nothing. */
  HANDOVER_CANCEL: 0x2a,
  HANDOVER_CANCELLED: 0x2b,
} as const;
/**
 * Subtypes of USER used by islet. PING and PONG: payload u64 number, u64 sent (ticks). TEXT: bytes.
 * REQUEST: u64 number, u64 argument; REPLY: u64 number, u64 counter after the request.
 * BALL and BALL_BACK: u64 number, u64 polled (0: ring for the answer, 1: the other end polls); BALL_BACK has two more:
 * u64 hart that answered, u64 instructions that it has retired. POLL: u64 time in ticks for which the receiver should poll
 * the ring after the last ball.
 * FOLLOW, UNFOLLOW, STATE_END: no payload. STATE_BEGIN: u64 pages, u64 epoch of the service. STATE_DATA: u64 chunk, 128 bytes.
 * STATE_MARK: u64 counter, u64 hash, u64 0 (goes on), 1 (sealed) or 2 (paused). TAKEN: u64 epoch under which the sender serves.
 * MOVED, to a request: u64 number, name of the kernel that serves. Who serves when: guests/islet/migrate.h.
 */
export const USER = {
  PING: 1,
  PONG: 2,
  TEXT: 3,
  REQUEST: 4,
  REPLY: 5,
  BALL: 6,
  BALL_BACK: 7,
  POLL: 8,
  FOLLOW: 9,
  STATE_BEGIN: 10,
  STATE_DATA: 11,
  STATE_MARK: 12,
  MOVED: 13,
  TAKEN: 14,
  STATE_END: 15,
  UNFOLLOW: 16,
} as const;

/**
 * Status block, in the header page of the ring instance → controller of its management channel, at STATUS.
 * Written by the guest, shown by the page; nothing acts on it. All u64.
 */
export const STATUS_OFFSET = 0x200;
export const STATUS = {
  /** 'ISLET\0\0\1' or another nonzero number once the guest keeps this block; 0 = it does not. */
  MAGIC: 0x00,
  /** Beats published. */
  BEATS: 0x08,
  BEATS_LATE: 0x10,
  BEATS_MISSED: 0x18,
  /** mtime of the last beat. */
  LAST_BEAT: 0x20,
  /** Units of work done by load threads since boot. */
  WORK: 0x28,
  /** Bitmask of harts the kernel itself considers online. */
  HARTS_ONLINE: 0x30,
  /**
   * Periodic tasks of a metronome (guests/lib/periodic.c), brought up to date every 100 ms; times in nanoseconds of machine
   * time. The period is nonzero once the other words hold something. COUNT activations came due; latency is from the due
   * time to the first look at the clock by whoever was woken; jitter is its change from one activation of a task to the
   * next; MISSED were over a period late. Percentiles are at most 1/16 too great; the maxima are exact.
   */
  METRONOME_PERIOD: 0x40,
  METRONOME_COUNT: 0x48,
  METRONOME_MISSED: 0x50,
  METRONOME_P50: 0x58,
  METRONOME_P99: 0x60,
  METRONOME_MAX: 0x68,
  JITTER_P50: 0x70,
  JITTER_P99: 0x78,
  JITTER_MAX: 0x80,
  /** Requests of peers answered: the counter of islet's `serve`. */
  SERVED: 0x88,
  /**
   * The last run of islet's `request`. DROPPED had no answer within a second, or could not be sent; OUT_OF_ORDER were
   * answered after one with a higher number; BLACKOUT is the longest time without an answer, in nanoseconds.
   */
  REQUESTS_SENT: 0x90,
  REQUESTS_ANSWERED: 0x98,
  REQUESTS_DROPPED: 0xa0,
  REQUESTS_OUT_OF_ORDER: 0xa8,
  REQUESTS_BLACKOUT: 0xb0,
  /** Requests that one kernel had answered and the one that served after it had not counted. */
  REQUESTS_LOST: 0xb8,
} as const;
/** Bytes of the block, all of which the controller clears before an exec. */
export const STATUS_SIZE = 0xc0;
