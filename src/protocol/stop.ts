/**
 * Stops: a machine that is paused runs until something happens, and is paused again there. Written down before coded;
 * session/stop-control.ts is the side of who waits, machine/stop.ts that of who sees it happen.
 *
 * What can be waited for is a record of the trace (a message published, an IPI, an owner changed), or the return of one
 * hart from a function. The words lie in the header, at STOP.
 *
 * Arming. While HEADER.PAUSED is set and every hart is SAFE, the services
 *     1. store BY = 0, and for a return RETURN_*,
 *     2. store KINDS = the bits that are waited for,
 *     3. for MESSAGE: ask every hart for a fence of its TLB, which it serves before it touches guest memory again. A TLB
 *        that is filled while MESSAGE is armed holds no page of a channel for stores (hart/mmu.ts): each store there
 *        leaves the fast code, and the hart looks at its rings when that one instruction is done,
 *     4. let the machine run: PAUSED = 0, signal(h, REASON_PAUSE) for all.
 * Happening. Whoever writes such a record (a hart's worker, or the controller), or sees its hart returned,
 *     1. takes KINDS by compare-and-swap to 0: there is one winner, and whoever comes later goes on as always,
 *     2. stores the record, and what INSTRET of every hart says in memory now,
 *     3. stores PAUSED = 1, signal(h, REASON_PAUSE) for every hart, its own too,
 *     4. stores BY, and wakes the controller.
 *   A hart looks at REASONS before each `run`, and what makes it write such a record ends a `run`: it stands right behind
 *   the instruction that did it. The services wait for BY, then for all harts to be SAFE, and freeze the clock.
 * Giving up. The services take KINDS by exchange with 0. It was 0 already: there is a winner, whose BY is waited for.
 *
 * In Repeatable mode the other harts stand when it happens, either before or after their turn in that round: it is the
 * same place in every run of the same seed and commands. In Parallel mode they run, and stop when they see REASON_PAUSE,
 * at their next taken branch at the latest. How many instructions that took each is not known, but bounded: by INSTRET
 * when they stood less what INSTRET said in memory in step 2, which was too little by what they had run of their slice.
 */
import type { CodeAddress } from './last-words.ts';
import { HEADER } from './layout.ts';
import type { TraceRecord } from './trace.ts';

/** Offsets in the memory; u32 unless another type is said. */
export const STOP = {
  /** atomic: STOP_KIND bits that are waited for. Set by the services, cleared by the winner or the services. */
  KINDS: HEADER.STOP,
  /** atomic: hart + 1 whose it was, 17 the controller; 0: it has not happened. Written by the winner, last. */
  BY: HEADER.STOP + 0x04,
  /** Which hart is to return, and where to: written by the services. */
  RETURN_HART: HEADER.STOP + 0x08,
  RETURN_PRIVILEGE: HEADER.STOP + 0x0c,
  /** i64 each. */
  RETURN_PC: HEADER.STOP + 0x10,
  RETURN_SP: HEADER.STOP + 0x18,
  RETURN_SATP: HEADER.STOP + 0x20,
  /** The record, written by the winner. KIND 0: it was a return. */
  KIND: HEADER.STOP + 0x28,
  /** Instance + 1, 0: none. */
  INSTANCE: HEADER.STOP + 0x2c,
  C: HEADER.STOP + 0x30,
  /** u64. */
  SEQUENCE: HEADER.STOP + 0x38,
  /** f64: machine time in ticks. */
  TIME: HEADER.STOP + 0x40,
  /** u64. */
  A: HEADER.STOP + 0x48,
  B: HEADER.STOP + 0x50,
  /** u64 × 16: INSTRET of each hart as the winner found it in memory. */
  RETIRED: HEADER.STOP + 0x80,
} as const;

/** Bits of STOP.KINDS. */
export const STOP_KIND = { message: 1, ipi: 2, owner: 4, return: 8 } as const;

/** What ends a run: an instruction of each core, a function (or an instruction that calls none), or what happens first. */
export type StopAt = 'instruction' | 'function' | 'message' | 'ipi' | 'owner';

export interface RunUntil {
  readonly at: StopAt;
  /** The core whose function is meant. */
  readonly hart: number;
  /** The one instance that runs; null: all. The others stand still while machine time goes on. */
  readonly instance: number | null;
}

/**
 * How a run ended.
 * stepped: each core executed one instruction. returned: the function has. happened: the event did.
 * cancelled: somebody paused the machine. resumed: somebody let it run on. stuck: no core can execute anything.
 */
export type StopReason = 'stepped' | 'returned' | 'happened' | 'cancelled' | 'resumed' | 'stuck';

export interface StopReport {
  readonly at: StopAt;
  readonly why: StopReason;
  /** Machine time in ticks: of the event, or when it was over. */
  readonly time: number;
  /** What happened; null: nothing that the trace tells of. */
  readonly record: Omit<TraceRecord, 'hostTime'> | null;
  /** The core that did it, or that returned or was to; null: the controller. */
  readonly hart: number | null;
  /** Where that core stands. */
  readonly pc: CodeAddress | null;
  /**
   * Instructions that any other core has executed since at most; 0 in Repeatable mode, where they stood. null: nothing
   * happened.
   */
  readonly within: number | null;
}
