/**
 * The one memory: where every word of the machine's state lies. Every worker, the page and Node use this file and
 * nothing else to find it. All offsets are bytes into one `WebAssembly.Memory` (host addresses, HostAddr);
 * guest-physical RAM begins at host RAM_HOST and guest RAM_BASE.
 *
 *   0x0000_0000  header: machine-wide words             (64 KiB)
 *   0x0001_0000  page-owner table, one byte a RAM page  (up to 3 GiB of RAM: 768 KiB)
 *   0x000f_0000  channel table                          (64 KiB)
 *   0x0010_0000  instance blocks, 64 × 128 KiB
 *   0x0090_0000  trace rings, 17 × 512 KiB (one a hart, the last the controller's)
 *   0x0140_0000  hart blocks, 16 × 4 MiB
 *   0x0540_0000  bytes of the pool's disks, 8 × 1 MiB
 *   0x0600_0000  guest RAM
 *
 * Who may write what is said at each word. "atomic" words are touched with `Atomics` (or WebAssembly atomics) only.
 */
import type { HostAddr, PhysAddr } from '../base/brand.ts';

export const MAX_HARTS = 16;
/** Instance IDs 0 … 63 exist in this layout. */
export const MAX_INSTANCES = 64;
export const MAX_CHANNELS = 128;
export const PAGE_SIZE = 4096;

export const RAM_BASE = 0x8000_0000 as PhysAddr;
export const RAM_HOST = 0x0600_0000 as HostAddr;
/** Largest RAM in bytes: 3 GiB. */
export const MAX_RAM = 0xc000_0000;

// ── Header ────────────────────────────────────────────────────────────────────────────────────────────────────────
/** Written once by the creator of the memory before any worker starts, but for the atomic words. */
export const HEADER = {
  /** u32 'ARCH'. */
  MAGIC: 0x00,
  /** u32 layout version. */
  VERSION: 0x04,
  /** u32 number of harts of this machine, 1 … 16. */
  HARTS: 0x08,
  /** u32 RAM size in 4 KiB pages. */
  RAM_PAGES: 0x0c,
  /** u32 atomic: 1 enforced, 0 cooperative. Written by the controller; harts read it at each TLB fill. */
  ENFORCED: 0x10,
  /** u32 atomic: 1 when the machine is paused. Written by the services; set too by whoever meets a stop (stop.ts). */
  PAUSED: 0x14,
  /** i32 atomic, futex: counts what the controller should look at; bumped by harts, heard by the services worker. */
  CONTROLLER_WAKE: 0x18,
  /** u32 atomic: bit h set while hart h waits for acknowledgements of a fence (see hart-protocol.ts). */
  FENCE_WAITERS: 0x1c,
  /** u64 atomic: next number of a trace record. */
  TRACE_SEQUENCE: 0x20,
  /** i64 atomic: greatest mtime that any worker has shown a guest (parallel mode), ticks. */
  TIME_SHOWN: 0x28,
  /** Clock words, written under the seqlock CLOCK_SEQ by the controller only: see session/clock. */
  CLOCK_SEQ: 0x30,
  /** f64: machine ticks at CLOCK_HOST_BASE. */
  CLOCK_TICKS_BASE: 0x38,
  /** f64: host time (ms, performance.timeOrigin + performance.now()) at which time runs from CLOCK_TICKS_BASE. */
  CLOCK_HOST_BASE: 0x40,
  /** u32: 1 while machine time is frozen at CLOCK_TICKS_BASE. */
  CLOCK_FROZEN: 0x48,
  /** u32 atomic: raised by the controller after each change of who is at the ends of which channel. */
  CHANNELS_CHANGED: 0x4c,
  /** u8[16] atomic: owner of hart h as instance + 1, 0 = free (pool). Written by the controller only. */
  HART_OWNER: 0x80,
  /** What a run of the paused machine is to stop at: protocol/stop.ts. 256 bytes. */
  STOP: 0x100,
  /** u32[16×16] atomic: doorbells rung from hart row to hart column, wrapping; written by the firmware of the row. */
  DOORBELLS: 0x1000,
  /** Devices of the pool: the table of POOL_DEVICE entries below. */
  POOL_DEVICES: 0x2000,
} as const;
export const MAGIC = 0x41524348;
export const LAYOUT_VERSION = 3;

// ── Ownership of memory ───────────────────────────────────────────────────────────────────────────────────────────
/**
 * One byte for each RAM page: 0 = pool, 1 … 64 = instance + 1, 128 … 255 = channel number + 128.
 * Written by the controller only; read by every hart at a TLB fill.
 */
export const PAGE_OWNER = 0x0001_0000;
export const OWNER_POOL = 0;
export const OWNER_CHANNEL = 128;

/** Channel table entry k at CHANNELS + k × CHANNEL_STRIDE; written by the controller only, but for the counters. */
export const CHANNELS = 0x000f_0000;
export const CHANNEL_STRIDE = 128;
export const CHANNEL = {
  /** u32 atomic: 0 free, 1 in use. Set last when made, cleared first when freed. */
  IN_USE: 0x00,
  /** u32: instance ID of the one end; 0xffff_ffff is the controller itself (the management channel). */
  A: 0x04,
  /** u32: instance ID of the other end. */
  B: 0x08,
  /** u32: first RAM page of the region, counted from RAM_BASE. */
  PAGE: 0x0c,
  /** u32: pages of the region. */
  PAGES: 0x10,
  /** u32 atomic: doorbells A → B. Written by firmware on A's harts. */
  DOORBELLS_AB: 0x14,
  /** u32 atomic: doorbells B → A. */
  DOORBELLS_BA: 0x18,
  /**
   * u32 atomic: up to which slot the messages of the ring A → B are in the trace as published, and as taken; then the
   * same of B → A. Moved by compare-and-swap, by whoever looks (machine/ring-watch.ts); to 0 by the controller when it
   * has emptied the ring.
   */
  SEEN_HEAD_AB: 0x1c,
  SEEN_TAIL_AB: 0x20,
  SEEN_HEAD_BA: 0x24,
  SEEN_TAIL_BA: 0x28,
  /**
   * i64 atomic: until when, in ticks, the doorbells A → B that were rung so far use up the rate that is allowed; then the
   * same of B → A. Moved by compare-and-swap by the firmware of the sender's harts (machine/firmware/doorbell-limit.ts).
   */
  SPENT_AB: 0x30,
  SPENT_BA: 0x38,
  /** u32 atomic: how many of the doorbells A → B had to wait because they came too fast, wrapping; and B → A. */
  LIMITED_AB: 0x40,
  LIMITED_BA: 0x44,
} as const;
/** "Instance" of the machine's own controller at one end of a management channel. */
export const CONTROLLER_END = 0xffff_ffff;
/**
 * "Instance" at an end that was deleted while the other end was running: the region stays granted to that one, which has
 * it mapped, and is freed when it stops.
 */
export const GONE_END = 0xffff_fffe;

// ── Devices of the pool ───────────────────────────────────────────────────────────────────────────────────────────
/** As many as a kernel has slots, so that one kernel can have them all. */
export const MAX_POOL_DEVICES = 8;
export const POOL_DEVICE_STRIDE = 0x100;
/** Entry k, of the k-th device of protocol/pool-devices.ts, at poolDevice(k). */
export const POOL_DEVICE = {
  /** u32: virtio device ID; 0: this machine does not have the device. Written once, by the creator of the memory. */
  TYPE: 0x00,
  /** u32 atomic: 0 = pool, else instance + 1 in bits 0 … 7 and the slot in bits 8 … 15. Written by the controller only. */
  PLACE: 0x04,
  /** u32: 1 where its random numbers come from SEED (Repeatable mode), 0 where from the host. Written once. */
  SEEDED: 0x08,
  /** u32 atomic: counts up with each request for random numbers. */
  SEED: 0x0c,
  /** Its registers, all zero at reset: machine/devices/virtio/device-words.ts. */
  REGISTERS: 0x10,
} as const;
/** Bytes of disk k, if the k-th device is one. What is on it stays when the disk moves. */
export const DISKS = 0x0540_0000;
export const DISK_SIZE = 0x10_0000;

// ── Instance blocks: private devices and console of one kernel ────────────────────────────────────────────────────
export const INSTANCES = 0x0010_0000;
export const INSTANCE_STRIDE = 0x2_0000;
export const INSTANCE = {
  /** u32 atomic: 1 while the instance is executing (set by the controller at exec; cleared by whoever ends it). */
  ACTIVE: 0x00,
  /** u32: instance is entered in M-mode (1) or S-mode (0). Written at exec. */
  M_MODE: 0x0c,
  /** u32: hart that doorbells to this instance go to (the boot hart); 0xffff_ffff when not active. */
  INTERRUPT_HART: 0x10,
  /** u32 atomic: pause only this instance. */
  PAUSED: 0x14,
  /** u32 atomic: firmware entries (SBI calls) of all its harts since exec, wrapping. */
  FIRMWARE_ENTRIES: 0x18,
  /** u32 atomic: accesses refused by the gate since exec. */
  GATE_FAULTS: 0x1c,
  /** u32: boot ID, raised at each exec. */
  BOOT_ID: 0x20,
  /** u32 × 2: guest-physical base page (from RAM_BASE) and page count of its private memory. Written by controller. */
  MEMORY_PAGE: 0x24,
  MEMORY_PAGES: 0x28,
  /**
   * u32 atomic: why the kernel ended itself, 0 = it did not. EXIT_* below. One 64-bit word with EXIT_STATUS, so that
   * whoever sees it sees the status too: the first writer wins (compare-and-swap of both from 0, see machine/exit.ts),
   * then stops every hart of the instance and bumps CONTROLLER_WAKE. Cleared by the controller at exec, status first.
   */
  EXIT: 0x30,
  /** u32 atomic: exit status that came with it (finisher code, SRST reason, the hart of EXIT_LOST and EXIT_TAKEN). */
  EXIT_STATUS: 0x34,
  /** Devices: offsets of their register state; each device's own file says what lies there. */
  UART: 0x0400,
  PLIC: 0x0800,
  ACLINT: 0x3000,
  FINISHER: 0x3800,
  /** Console rings: see console-ring.ts. head, tail: u32 atomic; then the bytes. */
  CONSOLE_IN: 0x4000,
  CONSOLE_OUT: 0x8000,
} as const;
/** Bytes of data in the console rings; powers of two. */
export const CONSOLE_IN_SIZE = 4096;
export const CONSOLE_OUT_SIZE = 0x8000;
/** Ring header: head u32 at +0 (producer), tail u32 at +4 (consumer), lost u32 at +8 (producer), data at +64. */
export const CONSOLE_RING = { HEAD: 0, TAIL: 4, LOST: 8, DATA: 64 } as const;

export const EXIT_NONE = 0;
export const EXIT_SHUTDOWN = 1;
export const EXIT_REBOOT = 2;
export const EXIT_PANIC = 3;
/** The console said "Kernel panic" (reported by console, not by SRST). */
export const EXIT_PANIC_REPORTED = 4;
/** A hart's worker died. */
export const EXIT_LOST = 5;
/** `kerf kill --force`. Written by the controller. */
export const EXIT_KILLED = 6;
/** Recorded by the controller: a hart that it could not have ran on under it, and it did not let go of that. */
export const EXIT_TAKEN = 7;

// ── Trace rings ───────────────────────────────────────────────────────────────────────────────────────────────────
export const TRACES = 0x0090_0000;
export const TRACE_STRIDE = 0x8_0000;
/** Index of the controller's own trace ring. */
export const TRACE_CONTROLLER = 16;

// ── Hart blocks ───────────────────────────────────────────────────────────────────────────────────────────────────
export const HARTS = 0x0140_0000;
export const HART_STRIDE = 0x40_0000;
/**
 * Private to the worker that runs the hart, except the atomic words from WAKE to the end of the control words and
 * what the page reads for show. Exact while PHASE is SAFE.
 */
export const HART = {
  /** i64 × 32: x0 … x31; x0 is always 0. */
  X: 0x000,
  /** i64: where writes to x0 go. */
  X_SINK: 0x100,
  /** i64: pc of the next instruction. */
  PC: 0x108,
  /** i64: instructions retired since the machine was made. */
  INSTRET: 0x110,
  /** i32: instructions left of the present `run`. */
  BUDGET: 0x118,
  /** i32: privilege: 0 U, 1 S, 3 M. */
  PRIVILEGE: 0x11c,
  /** Place of f0 … f31 (i64 × 32), for F and D. */
  F: 0x200,
  /** CSR storage (i64 each): hart/csr-file.ts says which lies where. */
  CSRS: 0x400,
  /** Other private words of the hart's runtime (reservation, TLB context, bounce buffer): hart/hart-state.ts. */
  PRIVATE: 0x600,

  // Control words: see hart-protocol.ts for the protocol.
  /** i32 atomic, futex: raised by whoever gives the hart a reason to wake. */
  WAKE: 0x800,
  /** u32 atomic: REASON_* bits. Running code polls this one word; nonzero leaves `run`. */
  REASONS: 0x804,
  /** u32 atomic: PHASE_*. Written by the hart's worker (LOST by the session). */
  PHASE: 0x808,
  /** u32 atomic: SBI HSM state (0 STARTED, 1 STOPPED, 2 START_PENDING, 3 STOP_PENDING, 4 SUSPENDED). */
  HSM: 0x80c,
  /** u32 atomic: pending interrupts as bits of mip: SSIP 1, MSIP 3, STIP 5, MTIP 7, SEIP 9, MEIP 11. */
  MIP: 0x810,
  /** u32 atomic: tickets of fences asked of this hart, raised by requesters. */
  FENCE_REQUEST: 0x814,
  /** u32 atomic: last ticket this hart has acted on. Written by its worker. */
  FENCE_ACK: 0x818,
  /** u32 atomic: FENCE_* kinds asked for since the last acknowledgement (or-ed by requesters, taken by exchange). */
  FENCE_KINDS: 0x81c,
  /** i64: HART_START parameters, written by whoever made HSM START_PENDING, before REASON_START. */
  START_PC: 0x820,
  /** i64: opaque (a1). */
  START_OPAQUE: 0x828,
  /** u32: privilege to start in, 1 or 3. */
  START_PRIVILEGE: 0x830,
  /** u32 atomic: microseconds this hart has spent running guest code, wrapping; for the load bar. */
  BUSY_US: 0x838,
  /** u32 atomic: 1 while idle in WFI, 2 while waiting for a fence, 3 until it may ring, 4 until its console has room, 0 otherwise. */
  IDLE: 0x83c,
  /** u32: traps taken (exceptions and interrupts), wrapping. */
  TRAPS: 0x840,
  /** u32: last trap taken, for the tile: bits 0 … 7 the code of mcause or scause, bit 31 set for an interrupt. */
  LAST_CAUSE: 0x844,
  /** i32 atomic: instructions to step, when the machine is paused; 0 none. */
  STEP: 0x848,
  /** i32 atomic: the generation of worker that may run the hart, 1 the first; 0: no workers. Raised by the session only. */
  GENERATION: 0x84c,
  /** i32 atomic: last generation whose worker has finished a turn of its loop. Written by that worker. */
  WORKER_READY: 0x850,
  /** i32 atomic: last generation whose worker has left its loop for good. The last thing that worker writes. */
  WORKER_GONE: 0x854,
  /** i32: instructions of the present turn that BUDGET leaves out, because the hart is to be looked at before. */
  HELD: 0x858,

  /** The hart's request to the controller: protocol/mk.ts. 2 KiB. */
  MK_REQUEST: 0x2000,

  /** Soft TLB: hart/tlb.ts. 128 KiB. */
  TLB: 0x1_0000,
  /** Fetch TLB: hart/tlb.ts. 64 KiB. */
  FETCH_TLB: 0x3_0000,
  /** Decoded pages: hart/decoded-pages.ts. 3 MiB. */
  DECODED: 0x10_0000,
} as const;

/** HART.REASONS bits. */
export const REASON_INTERRUPT = 1;
export const REASON_FENCE = 2;
export const REASON_STOP = 4;
export const REASON_PAUSE = 8;
export const REASON_START = 16;
/** GENERATION was raised: the worker whose generation is older ends. Cleared by the session alone. */
export const REASON_RETIRE = 64;

/** HART.PHASE values. */
export const PHASE_SAFE = 0;
export const PHASE_RUNNING = 1;
export const PHASE_LOST = 2;

/** HART.FENCE_KINDS bits: drop TLBs (and page-walk results); drop decoded and translated code. */
export const FENCE_TLB = 1;
export const FENCE_CODE = 2;

export const HSM_STARTED = 0;
export const HSM_STOPPED = 1;
export const HSM_START_PENDING = 2;
export const HSM_STOP_PENDING = 3;
export const HSM_SUSPENDED = 4;

export const hartBlock = (hart: number): HostAddr => (HARTS + hart * HART_STRIDE) as HostAddr;
export const instanceBlock = (instance: number): HostAddr =>
  (INSTANCES + instance * INSTANCE_STRIDE) as HostAddr;
export const poolDevice = (index: number): HostAddr =>
  (HEADER.POOL_DEVICES + index * POOL_DEVICE_STRIDE) as HostAddr;
export const diskBytes = (index: number): HostAddr => (DISKS + index * DISK_SIZE) as HostAddr;
export const channelEntry = (channel: number): HostAddr => (CHANNELS + channel * CHANNEL_STRIDE) as HostAddr;
export const traceRing = (index: number): HostAddr => (TRACES + index * TRACE_STRIDE) as HostAddr;
