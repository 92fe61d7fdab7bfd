/**
 * Repeatable mode: all harts take turns in one thread, and time is the count of instructions. The machine moves one round
 * at a time: in a round every hart gets one turn, in an order and of a length drawn from the seed. Rounds run while
 * somebody waits (`until`), or, when the machine is paced, as far as `allow` says; what a round does depends on neither.
 *
 * Host time has no say in the trace, so the same seed and the same commands give the same trace in every engine:
 * whoever was woken by a round has acted to the end before the next one begins, and a yield to the host comes when
 * nobody is on the way.
 */
import { createHartRunner } from '../machine/hart-loop.ts';
import type { HartRunner } from '../machine/hart-runner.ts';
import { InstructionClock, TICKS_PER_MS } from '../machine/clock.ts';
import { signalController } from '../protocol/hart-protocol.ts';
import { HART, hartBlock, HEADER, PHASE_LOST, PHASE_SAFE } from '../protocol/layout.ts';
import { nextTask } from './next-task.ts';
import { resetHart } from './reset-hart.ts';
import { SoloWaiters } from './solo-waiters.ts';

/** Instructions that a hart executes in a tick (100 ns) of machine time: a core of 100 million a second. */
const INSTRUCTIONS_PER_TICK = 10;
/** Least and greatest instructions of one turn. */
const TURN_LEAST = 512;
const TURN_SPREAD = 1024;
/** Ticks of a slice. No round in which all sleep jumps over a multiple of it: who waits is asked, and a pace is kept. */
export const SLICE_TICKS = 10 * TICKS_PER_MS;
/** A timer that is set for later than this (14 years) is set for never: beyond it, ticks lose their exactness. */
const NEVER = 2 ** 52;
/** How many slices a paced machine may have before it at most: what a slow host cannot keep up with is let go. */
const MOST_AHEAD = 5;
/** Longest time in host milliseconds in which the thread hears nothing else. */
const YIELD_EVERY_MS = 4;
/** While the machine stands, how often it looks whether it may go on, in host milliseconds. */
const LOOK_EVERY_MS = 5;
/** Rounds without progress after which a machine that stands is left alone: requests to harts take one or two. */
const SETTLING_ROUNDS = 4;

export interface SoloOptions {
  readonly harts: number;
  readonly seed: number;
  /** Called after each round: drains rings, lets the controller look. */
  readonly afterRound: () => void;
  /** The machine goes no further than `allow` says, also when somebody waits for something later. */
  readonly paced: boolean;
}

export class SoloMachine {
  readonly clock: InstructionClock;
  private readonly runners: HartRunner[];
  private readonly makeRunner: (hart: number) => HartRunner;
  /** Harts that get no turn: as if their worker had died. */
  private readonly lost = new Set<number>();
  private readonly words: Int32Array;
  private readonly afterRound: () => void;
  private readonly waiters = new SoloWaiters();
  private readonly paced: boolean;
  private random: number;
  /** Machine time up to which rounds may begin. */
  private allowed: number;
  private pumping = false;
  private disposed = false;
  /** Ends a rest before its time. */
  private rouse: () => void = () => undefined;
  /** Rounds since anything was last asked of a machine that stands. */
  private standing = 0;
  private yieldedAt = performance.now();
  /** CONTROLLER_WAKE after the last round. */
  private wakesSeen = 0;

  constructor(memory: WebAssembly.Memory, interpreter: WebAssembly.Module, options: SoloOptions) {
    this.clock = new InstructionClock(memory);
    this.words = new Int32Array(memory.buffer);
    this.random = options.seed >>> 0;
    this.afterRound = options.afterRound;
    this.paced = options.paced;
    this.allowed = options.paced ? 0 : Infinity;
    this.makeRunner = (hart) => createHartRunner({ memory, interpreter, hart }, this.clock);
    this.runners = Array.from({ length: options.harts }, (_, hart) => this.makeRunner(hart));
  }

  /**
   * Resolves true when `condition` holds (looked at now and after every round), false after `ticks` of machine time.
   * Time in which the machine is paused counts as host time, or not at all if the limit `stands`. Without a limit, a machine whose harts all sleep and have no
   * timer set stands still until somebody wakes one.
   */
  until(condition: () => boolean, ticks: number, stands = false): Promise<boolean> {
    if (condition()) return Promise.resolve(true);
    if (ticks <= 0 || this.disposed) return Promise.resolve(false);
    const outcome = this.waiters.add(condition, this.clock.time() + ticks, stands);
    this.goOn();
    return outcome;
  }

  /** Lets a paced machine run `slices` slices more than it was allowed before. No effect while it is paused. */
  allow(slices: number): void {
    if (!this.paced || this.isPaused()) return;
    const present = Math.floor(this.clock.time() / SLICE_TICKS) * SLICE_TICKS;
    const wished = Math.max(this.allowed, present) + slices * SLICE_TICKS;
    this.allowed = Math.min(wished, present + MOST_AHEAD * SLICE_TICKS);
    this.goOn();
  }

  /** The hart gets no more turns, as if it had had a worker that died. To be called between rounds. */
  lose(hart: number): void {
    this.lost.add(hart);
    Atomics.store(this.words, (hartBlock(hart) + HART.PHASE) >> 2, PHASE_LOST);
    signalController(this.words);
  }

  /** A lost hart begins anew, STOPPED, and remembers nothing. Nothing happens to any other. */
  replace(hart: number): void {
    if (!this.lost.delete(hart)) return;
    resetHart(this.words, hart);
    this.runners[hart] = this.makeRunner(hart);
    Atomics.store(this.words, (hartBlock(hart) + HART.PHASE) >> 2, PHASE_SAFE);
  }

  /** Ends the pump; whoever waits is told that it did not happen. */
  dispose(): void {
    this.disposed = true;
    this.waiters.giveUp();
    this.rouse();
  }

  private goOn(): void {
    this.standing = 0;
    this.rouse();
    if (this.pumping || this.disposed) return;
    this.pumping = true;
    void this.pump();
  }

  /** The one loop that runs rounds, for all that wait. */
  private async pump(): Promise<void> {
    try {
      // Who asked for it goes first, and so does everybody who was woken together with it.
      await nextTask();
      while (!this.disposed && this.wanted()) await this.step();
    } catch (error) {
      // A bug is theirs to see who wait; without any of them it is nobody's but the host's.
      if (!this.waiters.fail(error)) throw error;
    } finally {
      this.pumping = false;
    }
  }

  private wanted(): boolean {
    return this.waiters.size > 0 || (this.paced && !this.caughtUp() && !this.isPaused());
  }

  /** A paced machine has used up what `allow` gave it. */
  private caughtUp(): boolean {
    return this.clock.time() >= this.allowed;
  }

  private async step(): Promise<void> {
    const moved = this.move();
    this.afterRound();
    const settled = this.waiters.look(this.clock.time());
    // Whoever has something to tell the controller or a reader of consoles counts CONTROLLER_WAKE.
    const wakes = Atomics.load(this.words, HEADER.CONTROLLER_WAKE >> 2);
    const told = wakes !== this.wakesSeen;
    this.wakesSeen = wakes;
    if (settled || told || moved) this.standing = 0;
    else this.standing += 1;
    if (this.standing > SETTLING_ROUNDS) return this.rest();
    if (settled || told || performance.now() - this.yieldedAt >= YIELD_EVERY_MS) {
      await nextTask();
      this.yieldedAt = performance.now();
    }
  }

  /** A round, or as much of one as the machine may do. False: it stands. */
  private move(): boolean {
    if (this.isPaused() && !this.stepping()) {
      this.turnAll(false);
      return false;
    }
    // Stepping is nobody's pace: each step has been asked for.
    if (!this.caughtUp() || this.isPaused()) return this.round();
    return false;
  }

  /** Waits for a word from the host's side, which may pass by words in memory alone. */
  private async rest(): Promise<void> {
    const began = performance.now();
    await new Promise<void>((settle) => {
      this.rouse = settle;
      setTimeout(settle, LOOK_EVERY_MS);
    });
    this.rouse = () => undefined;
    this.yieldedAt = performance.now();
    if (this.isPaused()) this.waiters.shorten(Math.round((this.yieldedAt - began) * TICKS_PER_MS));
  }

  private isPaused(): boolean {
    return Atomics.load(this.words, HEADER.PAUSED >> 2) !== 0;
  }

  private stepping(): boolean {
    return this.runners.some(
      (runner) => Atomics.load(this.words, (hartBlock(runner.core.id) + HART.STEP) >> 2) !== 0,
    );
  }

  /** False: nobody ran, and time stands because nobody waits for a time. */
  private round(): boolean {
    const began = this.clock.time();
    const drawnBefore = this.random;
    const ran = this.turnAll(true);
    if (ran > 0) {
      this.clock.advanceTo(began + Math.ceil(ran / INSTRUCTIONS_PER_TICK));
      return true;
    }
    const deadline = Math.min(...this.runners.map((runner) => this.deadlineOf(runner)));
    const next = Math.min(deadline, this.waiters.earliest);
    // A paced machine follows the host's clock, whoever looks at its own.
    if (this.isPaused() || (next > NEVER && !this.paced)) {
      // How often a standing machine is looked at is the host's affair, and must not show in what comes after.
      this.random = drawnBefore;
      return false;
    }
    const slice = (Math.floor(began / SLICE_TICKS) + 1) * SLICE_TICKS;
    this.clock.advanceTo(Math.min(slice, Math.max(next, began + 1)));
    return true;
  }

  private deadlineOf(runner: HartRunner): number {
    return this.lost.has(runner.core.id) ? Infinity : runner.deadline();
  }

  /** One turn for each hart, beginning with a drawn one. Returns the most instructions that any hart executed. */
  private turnAll(draw: boolean): number {
    const count = this.runners.length;
    const first = draw ? this.next() % count : 0;
    let most = 0;
    for (let i = 0; i < count; i++) {
      const runner = this.runners[(first + i) % count];
      if (runner === undefined || this.lost.has(runner.core.id)) continue;
      const budget = draw ? TURN_LEAST + (this.next() % TURN_SPREAD) : TURN_LEAST;
      const budgetWord = (hartBlock(runner.core.id) + HART.BUDGET) >> 2;
      const heldWord = (hartBlock(runner.core.id) + HART.HELD) >> 2;
      this.words[budgetWord] = budget;
      this.words[heldWord] = 0;
      const executed = (): number => budget - (this.words[budgetWord] ?? 0) - (this.words[heldWord] ?? 0);
      this.clock.beginSlice(() => Math.max(0, Math.floor(executed() / INSTRUCTIONS_PER_TICK)));
      runner.turn(budget);
      runner.becomeSafe();
      this.clock.endSlice();
      most = Math.max(most, executed());
    }
    return most;
  }

  /** xorshift-multiply (splitmix32): a drawn 32-bit number. */
  private next(): number {
    this.random = (this.random + 0x9e3779b9) >>> 0;
    let z = this.random;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  }
}
