/**
 * The protocol between a hart's worker and everybody else, in words of HART (layout.ts). Written down before coded;
 * machine/hart-loop.ts is the parker's side, `signal` below the waker's, machine/fence.ts the requester's.
 *
 * Waking. Whoever has a reason to wake hart h
 *     1. stores what the reason is about (MIP bits, FENCE_KINDS and a ticket, START_* and HSM, …),
 *     2. Atomics.or(REASONS[h], bit),
 *     3. Atomics.add(WAKE[h], 1), Atomics.notify(WAKE[h]).
 * The parker
 *     1. w = load(WAKE), 2. store(PHASE, SAFE), wakes waiters of fences if FENCE_WAITERS ≠ 0,
 *     3. re-checks all reasons (REASONS ≠ 0, deadline passed) and does not park if there is one,
 *     4. Atomics.wait(WAKE, w, deadline).
 *   A reason stored before step 3 is seen there; one stored after it changes WAKE, so wait returns at once.
 * Leaving SAFE. store(PHASE, RUNNING), then load REASONS and serve FENCE, STOP, PAUSE before guest memory is touched.
 *   All these are sequentially consistent, so either the requester reads SAFE (and the hart will see the request when it
 *   leaves), or the hart reads the request.
 *
 * Fences (RFENCE, ownership change, isolation change). The requester
 *     1. or(FENCE_KINDS[t], kinds); ticket[t] = add(FENCE_REQUEST[t], 1) + 1; signal(t, REASON_FENCE), for every target t;
 *     2. waits until, for every target, FENCE_ACK[t] has reached ticket[t] (wrapping compare), or PHASE[t] is SAFE or LOST.
 *   A hart that waits is SAFE, sets its bit in FENCE_WAITERS before it checks, and serves its own requests meanwhile:
 *   two harts that fence each other both end. The controller waits in the same way through CONTROLLER_WAKE.
 *   The target, when it sees REASON_FENCE: clears the bit, r = load(FENCE_REQUEST), k = exchange(FENCE_KINDS, 0), acts,
 *   store(FENCE_ACK, r), then wakes every hart in FENCE_WAITERS (add WAKE, notify) and bumps CONTROLLER_WAKE.
 *
 * Interrupts. MIP bits are set and cleared by single atomics; REASON_INTERRUPT says "look at MIP". The hart clears the
 *   reason bit first and then reads MIP, so nothing is lost.
 *
 * Starting. HSM goes STOPPED → START_PENDING by compare-and-swap (one winner), after which the winner writes START_*,
 *   then signals REASON_START; the hart goes STARTED when it takes it. Only the winner of the swap may write START_*.
 * Stopping. The hart itself goes STARTED → STOPPED (HART_STOP, or REASON_STOP). REASON_STOP works with interrupts masked
 *   and in a tight loop, because running code polls REASONS at every taken branch. A hart that is STOPPED has no reason to
 *   run: it parks until REASON_START.
 *   Who has started or stopped stores HSM, then wakes the controller if its bit of FENCE_WAITERS is set; the controller
 *   sets the bit, then looks at HSM, as with fences. While it waits for nothing it is not woken: a kernel may start and
 *   stop its harts as fast as it likes. Ends of kernels, losses and commands, which nobody may be waiting for, wake it.
 * Suspending. The hart itself goes STARTED → SUSPENDED (HART_SUSPEND), and back when an interrupt that is enabled in mie is
 *   pending. It reads mip after it has stored SUSPENDED and before it parks: one that is pending by then has no reason bit
 *   any more, and nobody will ring for it again. Nobody waits for either, and nobody is told.
 * Pausing. HEADER.PAUSED or INSTANCE.PAUSED set, then signal(h, REASON_PAUSE): the hart parks (SAFE) until both are 0;
 *   who clears it signals again. A hart pauses the machine itself where somebody waits for that (stop.ts).
 *
 * Replacing a worker. No platform ends a worker at once (Chromium lets it run on for up to 2 s), and one hart must never
 *   have two that write. So every worker has a generation, told to it when it is made. The session
 *     1. add(GENERATION[h], 1), 2. signal(h, REASON_RETIRE), 3. asks the platform to end the worker,
 *     4. waits until WORKER_GONE[h] has reached the old generation, or the platform says that the worker has ended, or –
 *        when neither comes – for longer than any platform takes,
 *     5. clears the control words, sets PHASE to SAFE, and makes the next worker with the generation of step 1.
 *   Until step 5 PHASE is as the old worker left it: a fence on the hart goes on waiting, and nobody who waits for the hart
 *   to be settled gives its memory to another. LOST says the same: no worker of the hart runs.
 *   The worker compares GENERATION with its own before it publishes RUNNING or SAFE, before each `run`, and before it acts
 *   on what `run` ended with (firmware calls, its account of steps and time). When they differ it writes WORKER_GONE and
 *   nothing else, and ends. Running code comes there by itself: REASON_RETIRE is polled at every taken branch, and no
 *   worker clears it.
 * A worker that has finished its first turn writes its generation to WORKER_READY. Several workers in a row that die before
 *   that (their script does not load, the interpreter cannot be instantiated) leave the hart LOST for good.
 */
import { HART, hartBlock, HEADER } from './layout.ts';

/** Gives hart `h` the reason `bit` (REASON_*) and wakes its worker. What the reason is about must be stored before. */
export function signal(words: Int32Array, hart: number, bit: number): void {
  Atomics.or(words, (hartBlock(hart) + HART.REASONS) >> 2, bit);
  wake(words, hart);
}

/** Lets a hart look again at what it waits for inside an SBI call. That must be stored before. */
export function wake(words: Int32Array, hart: number): void {
  const word = (hartBlock(hart) + HART.WAKE) >> 2;
  Atomics.add(words, word, 1);
  Atomics.notify(words, word);
}

/** Tells the controller that there is something to look at. */
export function signalController(words: Int32Array): void {
  Atomics.add(words, HEADER.CONTROLLER_WAKE >> 2, 1);
  Atomics.notify(words, HEADER.CONTROLLER_WAKE >> 2);
}

/** Sets bits of `mip` of a hart and makes it look. */
export function raiseInterrupt(words: Int32Array, hart: number, mipBits: number): void {
  Atomics.or(words, (hartBlock(hart) + HART.MIP) >> 2, mipBits);
  signal(words, hart, 1);
}

/** Clears bits of `mip` of a hart. */
export function lowerInterrupt(words: Int32Array, hart: number, mipBits: number): void {
  Atomics.and(words, (hartBlock(hart) + HART.MIP) >> 2, ~mipBits);
}
