/**
 * Reads, for show, what changes at machine speed: straight from the one memory, at the addresses of protocol/layout.ts.
 * Everything here is a plain load; nothing is written, nothing waits, and nothing is allocated in a frame.
 */
import { STATUS } from '../protocol/channel.ts';
import {
  channelEntry,
  CHANNEL,
  HART,
  hartBlock,
  HEADER,
  HSM_STARTED,
  HSM_SUSPENDED,
  INSTANCE,
  instanceBlock,
  MAX_HARTS,
  PHASE_LOST,
  RAM_BASE,
  RAM_HOST,
} from '../protocol/layout.ts';
import type { MachineMode } from '../protocol/machine-view.ts';

/** Ticks of machine time in a second. */
export const TICKS_PER_SECOND = 10_000_000;

/** Causes without the interrupt bit that a kernel does not live with: access faults and illegal instruction. */
const FAULT_CAUSES: ReadonlySet<number> = new Set([1, 2, 5, 7]);

export class MachineReader {
  private readonly words: Int32Array;
  private readonly doubles: Float64Array;
  private readonly longs: BigInt64Array;
  readonly mode: MachineMode;
  private lastTime = 0;

  constructor(memory: WebAssembly.Memory, mode: MachineMode) {
    this.words = new Int32Array(memory.buffer);
    this.doubles = new Float64Array(memory.buffer, 0, 512);
    this.longs = new BigInt64Array(memory.buffer);
    this.mode = mode;
  }

  private u32(address: number): number {
    return Atomics.load(this.words, address >>> 2) >>> 0;
  }

  private u64(address: number): number {
    return Number(BigInt.asUintN(64, Atomics.load(this.longs, address >>> 3)));
  }

  /** Machine time in ticks of 100 ns. In Repeatable mode, the greatest that a guest has seen. */
  time(): number {
    if (this.mode === 'repeatable') return this.u64(HEADER.TIME_SHOWN);
    const before = this.u32(HEADER.CLOCK_SEQ);
    const base = this.doubles[HEADER.CLOCK_TICKS_BASE >> 3] ?? 0;
    const hostBase = this.doubles[HEADER.CLOCK_HOST_BASE >> 3] ?? 0;
    const frozen = this.u32(HEADER.CLOCK_FROZEN) !== 0;
    // The writer is in the middle of a change: the last value does for one frame, the page never spins.
    if ((before & 1) !== 0 || this.u32(HEADER.CLOCK_SEQ) !== before) return this.lastTime;
    const elapsedMs = performance.timeOrigin + performance.now() - hostBase;
    this.lastTime = frozen ? base : base + Math.max(0, Math.floor((elapsedMs * TICKS_PER_SECOND) / 1000));
    return this.lastTime;
  }

  // ── Harts ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Instructions retired since the machine was made, as of the hart's last return to its loop. */
  instructions(hart: number): number {
    return this.u64(hartBlock(hart) + HART.INSTRET);
  }

  /** Microseconds of host time that the hart has spent in guest code, wrapping at 2^32. */
  busyMicroseconds(hart: number): number {
    return this.u32(hartBlock(hart) + HART.BUSY_US);
  }

  lost(hart: number): boolean {
    return this.u32(hartBlock(hart) + HART.PHASE) === PHASE_LOST;
  }

  /** Also while its kernel has suspended it, which is how some idle. */
  started(hart: number): boolean {
    const hsm = this.u32(hartBlock(hart) + HART.HSM);
    return hsm === HSM_STARTED || hsm === HSM_SUSPENDED;
  }

  /** Traps taken, wrapping. */
  traps(hart: number): number {
    return this.u32(hartBlock(hart) + HART.TRAPS);
  }

  /** Whether the last trap taken was a fault that a kernel does not live with. */
  lastTrapWasFault(hart: number): boolean {
    return FAULT_CAUSES.has(this.u32(hartBlock(hart) + HART.LAST_CAUSE));
  }

  /** Doorbells rung from one hart at another, wrapping. */
  doorbells(from: number, to: number): number {
    return this.u32(HEADER.DOORBELLS + (from * MAX_HARTS + to) * 4);
  }

  // ── Instances and channels ──────────────────────────────────────────────────────────────────────────────────────

  /** SBI calls of all the instance's harts since exec. */
  firmwareEntries(instance: number): number {
    return this.u32(instanceBlock(instance) + INSTANCE.FIRMWARE_ENTRIES);
  }

  /** Accesses that the gate refused since exec. */
  gateFaults(instance: number): number {
    return this.u32(instanceBlock(instance) + INSTANCE.GATE_FAULTS);
  }

  /** Hart at which doorbells to the instance arrive, or null when it does not run. */
  interruptHart(instance: number): number | null {
    const hart = this.u32(instanceBlock(instance) + INSTANCE.INTERRUPT_HART);
    return hart < MAX_HARTS ? hart : null;
  }

  /** Doorbells from a channel's end A to its end B. */
  doorbellsAB(channel: number): number {
    return this.u32(channelEntry(channel) + CHANNEL.DOORBELLS_AB);
  }

  /** Doorbells from a channel's end B to its end A. */
  doorbellsBA(channel: number): number {
    return this.u32(channelEntry(channel) + CHANNEL.DOORBELLS_BA);
  }

  /** Doorbells of a channel that had to wait because one end rang too fast, of both directions. */
  doorbellsLimited(channel: number): number {
    const entry = channelEntry(channel);
    return this.u32(entry + CHANNEL.LIMITED_AB) + this.u32(entry + CHANNEL.LIMITED_BA);
  }

  // ── Status block of a guest (protocol/channel.ts) ────────────────────────────────────────────────────────────────

  private statusWord(status: number, offset: number): number {
    const address = RAM_HOST + (status - RAM_BASE) + offset;
    return address + 8 <= this.words.byteLength ? this.u64(address) : 0;
  }

  /** Whether the guest keeps its status block at all. */
  keepsStatus(status: number): boolean {
    return this.statusWord(status, STATUS.MAGIC) !== 0;
  }

  beats(status: number): number {
    return this.statusWord(status, STATUS.BEATS);
  }

  /** Machine time of the last beat, ticks. */
  lastBeat(status: number): number {
    return this.statusWord(status, STATUS.LAST_BEAT);
  }

  work(status: number): number {
    return this.statusWord(status, STATUS.WORK);
  }
}
