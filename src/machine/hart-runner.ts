/**
 * What a hart's worker does between two looks at the shared words: serves requests, runs the hart, answers its SBI
 * calls. Never blocks: `turn` says whether there is something to do, and only the worker's loop parks
 * (protocol/hart-protocol.ts has the protocol; this file is the hart's side of it). In Repeatable mode the same runner
 * takes turns with the others in one thread.
 */
import { EXIT } from '../hart/interpreter-abi.ts';
import type { HartCore } from '../hart/environment.ts';
import { signalController, wake } from '../protocol/hart-protocol.ts';
import {
  HART,
  hartBlock,
  HEADER,
  HSM_STARTED,
  HSM_START_PENDING,
  HSM_STOPPED,
  HSM_SUSPENDED,
  INSTANCE,
  instanceBlock,
  PHASE_RUNNING,
  PHASE_SAFE,
  REASON_FENCE,
  REASON_INTERRUPT,
  REASON_PAUSE,
  REASON_START,
  REASON_STOP,
} from '../protocol/layout.ts';
import { HART_REST, TRACE_KIND } from '../protocol/trace.ts';
import { hostNow, type Clock } from './clock.ts';
import { awaitConsoleRoom } from './console-ring.ts';
import { fenceDone, type PendingFence } from './fence.ts';
import type { MachineContext } from './firmware/context.ts';
import { handleEcall } from './firmware/firmware.ts';
import { readU64 } from './memory.ts';
import { ReturnWatch } from './return-watch.ts';

/** HART.IDLE values: why a started hart does not run. */
const NOT_IDLE = 0;
const IDLE_WFI = 1;
const IDLE_FENCE = 2;
const IDLE_LIMITED = 3;
const IDLE_CONSOLE = 4;

/** SEIP and MEIP. */
const MIP_EXTERNAL = (1 << 9) | (1 << 11);

/** Bit of FENCE_WAITERS for the controller (harts have 0 … 15). */
export const CONTROLLER_WAITER = 16;

export class HartRunner {
  readonly core: HartCore;
  private readonly machine: MachineContext;
  private readonly memory: WebAssembly.Memory;
  private readonly clock: Clock;
  private readonly words: Int32Array;
  /** Index of word 0 of this hart's block in `words`. */
  private readonly at: number;
  private readonly generation: number;
  private readonly returns: ReturnWatch;
  private waitingFor: PendingFence | null = null;
  /** Machine time (ticks) until which it waits inside an SBI call, or null. */
  private waitingUntil: number | null = null;
  /** It waits inside an SBI call for room in the console. */
  private waitingForRoom = false;
  private idle = false;
  /** The last turn ended with more to do. */
  private busy = false;
  /** What the trace says last: the hart goes on, or rests. */
  private going = false;
  /** Where a non-retentive suspend resumes, or null. */
  private resumeAt: { pc: bigint; opaque: bigint } | null = null;

  /** `generation`: of the worker that this runner lives in; 0 where there are no workers. */
  constructor(core: HartCore, machine: MachineContext, clock: Clock, generation = 0) {
    this.core = core;
    this.generation = generation;
    this.machine = machine;
    this.memory = machine.memory;
    this.clock = clock;
    this.words = new Int32Array(this.memory.buffer);
    this.returns = new ReturnWatch(core, machine);
    this.at = hartBlock(core.id) >> 2;
  }

  /** The futex word's value: load it before `turn`, wait on it after, so that no wake-up is lost in between. */
  wakeCount(): number {
    return Atomics.load(this.words, this.at + (HART.WAKE >> 2));
  }

  /** True: another worker has the hart, or will have it. This one must end, and write nothing of the hart any more. */
  retired(): boolean {
    return this.load(HART.GENERATION) !== this.generation;
  }

  /**
   * Leaves SAFE, serves what is asked, runs at most `budget` instructions. True: call again soon. False: there is
   * nothing to do until a wake-up or the deadline; the caller makes the hart SAFE and may park. False too when retired.
   */
  turn(budget: number): boolean {
    this.busy = this.takeTurn(budget);
    return this.busy;
  }

  private takeTurn(budget: number): boolean {
    if (this.retired()) return false;
    if (this.load(HART.PHASE) !== PHASE_RUNNING) this.store(HART.PHASE, PHASE_RUNNING);
    this.serveReasons();
    const steps = this.load(HART.STEP);
    if (this.paused() && steps === 0) return false;
    if (this.waitingFor !== null && !this.finishFence()) return false;
    const hsm = this.load(HART.HSM);
    if (hsm !== HSM_STARTED && hsm !== HSM_SUSPENDED) return false;
    if (this.waitingUntil !== null && !this.finishWait(this.waitingUntil)) return false;
    if (this.waitingForRoom) {
      if (!this.roomCame()) return false;
      // Another hart may have taken the room: then this one looks again, to be woken for the next.
      if (!this.callFirmware(true)) return this.waitingForRoom;
    }
    this.core.updateTimer();
    if (this.idle && !this.leaveIdle()) return false;
    const mayRun = steps === 0 ? budget : Math.min(budget, steps);
    if (!this.going) {
      this.going = true;
      this.machine.trace(TRACE_KIND.HART_RUN, 0n, 0n, 0);
    }
    const began = hostNow();
    const left = this.execute(mayRun, budget - mayRun);
    if (this.retired()) return false;
    this.hold(left + budget - mayRun, 0);
    this.machine.lookAtRings();
    Atomics.add(this.words, this.at + (HART.BUSY_US >> 2), Math.round((hostNow() - began) * 1000));
    if (steps !== 0)
      Atomics.sub(this.words, this.at + (HART.STEP >> 2), Math.min(steps, Math.max(1, mayRun - left)));
    return this.waitingFor === null && this.waitingUntil === null && !this.idle;
  }

  /**
   * Declares the hart SAFE and wakes whoever waits for that. After it, park only if this returns true: no reason has
   * come in since (a later one changes the wake count). Does nothing when retired.
   */
  becomeSafe(): boolean {
    if (this.retired()) return false;
    if (this.going && !this.busy) this.rest();
    this.store(HART.PHASE, PHASE_SAFE);
    this.wakeFenceWaiters();
    return this.load(HART.REASONS) === 0;
  }

  /** Host milliseconds for which the hart may sleep: until `deadline`, else until woken. */
  sleepMs(): number {
    return this.clock.hostMsUntil(this.deadline());
  }

  /** Ticks at which a hart that rests goes on by itself; Infinity when only others can wake it. */
  deadline(): number {
    if (this.waitingFor !== null || this.paused()) return Infinity;
    return this.waitingUntil ?? (this.idle ? this.core.deadline() : Infinity);
  }

  /** `beyond`: instructions of the turn that are left when these are over. */
  private execute(budget: number, beyond: number): number {
    const returns = this.returns.awaited();
    let left = budget;
    while (left > 0 && !this.retired()) {
      // Who is to return is looked at behind each instruction.
      const next = returns ? 1 : left;
      this.store(HART.HELD, beyond + left - next);
      const exit = this.core.run(next);
      if (this.retired()) break;
      left += this.load(HART.BUDGET) - next;
      if (exit === EXIT.FIRMWARE) {
        this.hold(left, beyond);
        if (!this.callFirmware()) break;
      } else if (exit === EXIT.WFI) {
        this.becomeIdle();
        break;
      } else if (exit !== EXIT.BUDGET) break;
      // Behind the last instruction of a turn, too: the next turn would go on from there.
      if (returns && this.returns.look()) break;
    }
    return Math.max(0, left);
  }

  /** What is left of the turn: for the clock of a machine whose time is the count of instructions. */
  private hold(budget: number, held: number): void {
    this.store(HART.BUDGET, budget);
    this.store(HART.HELD, held);
  }

  /** Answers the SBI call at pc. True: the hart can go on at once. */
  private callFirmware(waited = false): boolean {
    const outcome = handleEcall(this.core, this.machine, waited);
    switch (outcome.kind) {
      case 'done':
        return true;
      case 'fence':
        this.waitingFor = outcome.pending;
        Atomics.or(this.words, HEADER.FENCE_WAITERS >> 2, 1 << this.core.id);
        this.store(HART.IDLE, IDLE_FENCE);
        return this.finishFence();
      case 'full':
        // The next turn looks at the ring, and parks if it is still full.
        this.waitingForRoom = true;
        this.store(HART.IDLE, IDLE_CONSOLE);
        return false;
      case 'wait':
        this.waitingUntil = outcome.until;
        this.store(HART.IDLE, IDLE_LIMITED);
        return false;
      case 'stopped':
        this.stop();
        return false;
      case 'suspend':
        this.resumeAt = outcome.resume;
        this.setHsm(HSM_SUSPENDED);
        this.becomeIdle();
        // Before it parks, as WFI: an interrupt that is pending already gives it no other reason to wake.
        this.core.updateTimer();
        return this.leaveIdle();
    }
  }

  private serveReasons(): void {
    const reasons = this.load(HART.REASONS);
    if (reasons === 0) return;
    if ((reasons & REASON_FENCE) !== 0) this.serveFence();
    if ((reasons & REASON_PAUSE) !== 0) this.clearReason(REASON_PAUSE);
    if ((reasons & REASON_START) !== 0) {
      this.clearReason(REASON_START);
      if (this.load(HART.HSM) === HSM_START_PENDING) this.start();
    }
    if ((reasons & REASON_STOP) !== 0) {
      this.clearReason(REASON_STOP);
      if (this.load(HART.HSM) !== HSM_STOPPED) this.stop();
    }
    // Whoever runs next reads mip first; one that does not run (paused, waiting, stopped) must not be kept awake by it.
    if ((reasons & REASON_INTERRUPT) !== 0) this.clearReason(REASON_INTERRUPT);
  }

  private serveFence(): void {
    this.clearReason(REASON_FENCE);
    const request = this.load(HART.FENCE_REQUEST);
    const kinds = Atomics.exchange(this.words, this.at + (HART.FENCE_KINDS >> 2), 0);
    if (kinds !== 0) this.core.fence(kinds);
    this.store(HART.FENCE_ACK, request);
    this.wakeFenceWaiters();
  }

  private wakeFenceWaiters(): void {
    const waiters = Atomics.load(this.words, HEADER.FENCE_WAITERS >> 2);
    if (waiters === 0) return;
    for (let hart = 0; hart < 32; hart++) {
      if ((waiters & (1 << hart)) === 0) continue;
      if (hart === CONTROLLER_WAITER) {
        signalController(this.words);
      } else {
        wake(this.words, hart);
      }
    }
  }

  private finishFence(): boolean {
    if (this.waitingFor === null) return true;
    if (!fenceDone(this.words, this.waitingFor)) return false;
    this.waitingFor = null;
    Atomics.and(this.words, HEADER.FENCE_WAITERS >> 2, ~(1 << this.core.id));
    this.store(HART.IDLE, NOT_IDLE);
    this.core.setX(10, 0n);
    return true;
  }

  /** Makes the call again whose time has come. False: it has not, or the hart does not go on after it. */
  private finishWait(until: number): boolean {
    if (this.clock.time() < until) return false;
    this.waitingUntil = null;
    this.store(HART.IDLE, NOT_IDLE);
    return this.callFirmware(true);
  }

  private roomCame(): boolean {
    const owner = this.machine.owner();
    if (owner !== null && !awaitConsoleRoom(this.memory, owner, this.core.id)) return false;
    this.waitingForRoom = false;
    this.store(HART.IDLE, NOT_IDLE);
    return true;
  }

  private start(): void {
    this.forgetWaits();
    // What others rang before this start is gone; the PLIC's lines are levels and stay.
    Atomics.and(this.words, this.at + (HART.MIP >> 2), MIP_EXTERNAL);
    const privilege = this.load(HART.START_PRIVILEGE) === 3 ? 3 : 1;
    const block = hartBlock(this.core.id);
    this.core.start(
      readU64(this.memory, block + HART.START_PC),
      readU64(this.memory, block + HART.START_OPAQUE),
      privilege,
    );
    this.setHsm(HSM_STARTED);
    this.tellController();
  }

  private stop(): void {
    this.forgetWaits();
    this.setHsm(HSM_STOPPED);
    this.tellController();
  }

  /** Of a hart that has started or stopped (hart-protocol.ts, "Starting"). */
  private tellController(): void {
    const waiters = Atomics.load(this.words, HEADER.FENCE_WAITERS >> 2);
    if ((waiters & (1 << CONTROLLER_WAITER)) !== 0) signalController(this.words);
  }

  private forgetWaits(): void {
    this.waitingFor = null;
    this.waitingUntil = null;
    this.waitingForRoom = false;
    this.idle = false;
    this.resumeAt = null;
    Atomics.and(this.words, HEADER.FENCE_WAITERS >> 2, ~(1 << this.core.id));
    this.store(HART.IDLE, NOT_IDLE);
  }

  private setHsm(state: number): void {
    this.store(HART.HSM, state);
    this.machine.trace(TRACE_KIND.HART_STATE, BigInt(state), this.core.pc(), 0);
  }

  private becomeIdle(): void {
    this.idle = true;
    this.store(HART.IDLE, IDLE_WFI);
  }

  /** Says in the trace that the hart does not go on, and why. Only where its worker is about to park. */
  private rest(): void {
    this.going = false;
    const why =
      this.waitingFor !== null
        ? HART_REST.FENCE
        : this.waitingUntil !== null
          ? HART_REST.LIMITED
          : this.waitingForRoom
            ? HART_REST.CONSOLE
            : this.idle
              ? HART_REST.WFI
              : this.load(HART.HSM) === HSM_STOPPED
                ? HART_REST.STOPPED
                : HART_REST.PAUSED;
    this.machine.trace(TRACE_KIND.HART_REST, BigInt(why), 0n, 0);
  }

  private leaveIdle(): boolean {
    if (!this.core.wakeable()) return false;
    this.idle = false;
    this.store(HART.IDLE, NOT_IDLE);
    if (this.load(HART.HSM) === HSM_SUSPENDED) {
      const resume = this.resumeAt;
      this.resumeAt = null;
      if (resume !== null) this.core.start(resume.pc, resume.opaque, 1);
      this.setHsm(HSM_STARTED);
    }
    return true;
  }

  private paused(): boolean {
    if (Atomics.load(this.words, HEADER.PAUSED >> 2) !== 0) return true;
    const owner = this.machine.owner();
    return owner !== null && Atomics.load(this.words, (instanceBlock(owner) + INSTANCE.PAUSED) >> 2) !== 0;
  }

  private clearReason(bit: number): void {
    Atomics.and(this.words, this.at + (HART.REASONS >> 2), ~bit);
  }

  private load(offset: number): number {
    return Atomics.load(this.words, this.at + (offset >> 2));
  }

  private store(offset: number, value: number): void {
    Atomics.store(this.words, this.at + (offset >> 2), value);
  }
}
