/**
 * Repeatable mode: all harts take turns in one thread, and time is the count of instructions. The machine moves only
 * while somebody pumps it (`until`), one round at a time: in a round every hart gets one turn, in an order and of a length
 * drawn from the seed. Nothing here looks at host time, so the same seed and the same commands give the same trace in
 * every engine.
 */
import { createHartRunner } from '../machine/hart-loop.ts';
import type { HartRunner } from '../machine/hart-runner.ts';
import { InstructionClock, TICKS_PER_MS } from '../machine/clock.ts';
import { HART, hartBlock, HEADER } from '../protocol/layout.ts';

/** Instructions that a hart executes in a tick (100 ns) of machine time: a core of 100 million a second. */
const INSTRUCTIONS_PER_TICK = 10;
/** Least and greatest instructions of one turn. */
const TURN_LEAST = 512;
const TURN_SPREAD = 1024;
/** While no hart has anything to do and no timer is set, an idle round stands for this much machine time. */
const IDLE_ROUND_TICKS = TICKS_PER_MS;

export class SoloMachine {
  readonly clock: InstructionClock;
  private readonly runners: HartRunner[];
  private readonly words: Int32Array;
  private random: number;
  /** Called after each round: drains rings, lets the controller look. */
  private readonly afterRound: () => void;

  constructor(
    memory: WebAssembly.Memory,
    interpreter: WebAssembly.Module,
    options: { harts: number; seed: number; afterRound: () => void },
  ) {
    this.clock = new InstructionClock(memory);
    this.words = new Int32Array(memory.buffer);
    this.random = options.seed >>> 0;
    this.afterRound = options.afterRound;
    this.runners = Array.from({ length: options.harts }, (_, hart) =>
      createHartRunner({ memory, interpreter, hart }, this.clock),
    );
  }

  time(): number {
    return this.clock.time();
  }

  /**
   * Runs rounds until `condition` holds (looked at after every round) or `ticks` of machine time have gone by. While the
   * machine is paused, a round is a millisecond of waiting in which no hart runs and time stands still.
   */
  async until(condition: () => boolean, ticks: number): Promise<boolean> {
    const end = this.clock.time() + ticks;
    let pausedTicks = 0;
    for (;;) {
      // Whoever was woken by the last round goes first; the order of promise jobs is fixed by the language.
      await Promise.resolve();
      if (condition()) return true;
      if (this.clock.time() + pausedTicks >= end) return false;
      if (Atomics.load(this.words, HEADER.PAUSED >> 2) !== 0 && !this.stepping()) {
        pausedTicks += TICKS_PER_MS;
        this.turnAll(false);
      } else {
        this.round(end);
      }
      this.afterRound();
    }
  }

  private stepping(): boolean {
    return this.runners.some(
      (runner) => Atomics.load(this.words, (hartBlock(runner.core.id) + HART.STEP) >> 2) !== 0,
    );
  }

  private round(end: number): void {
    const began = this.clock.time();
    const ran = this.turnAll(true);
    if (ran > 0) {
      this.clock.advanceTo(began + Math.ceil(ran / INSTRUCTIONS_PER_TICK));
      return;
    }
    const deadline = Math.min(...this.runners.map((runner) => runner.deadline()));
    const next = deadline === Infinity ? began + IDLE_ROUND_TICKS : Math.max(deadline, began + 1);
    this.clock.advanceTo(Math.min(end, next));
  }

  /** One turn for each hart, beginning with a drawn one. Returns the most instructions that any hart executed. */
  private turnAll(draw: boolean): number {
    const count = this.runners.length;
    const first = draw ? this.next() % count : 0;
    let most = 0;
    for (let i = 0; i < count; i++) {
      const runner = this.runners[(first + i) % count];
      if (runner === undefined) continue;
      const budget = draw ? TURN_LEAST + (this.next() % TURN_SPREAD) : TURN_LEAST;
      const budgetWord = (hartBlock(runner.core.id) + HART.BUDGET) >> 2;
      this.words[budgetWord] = budget;
      this.clock.beginSlice(() =>
        Math.max(0, Math.floor((budget - (this.words[budgetWord] ?? 0)) / INSTRUCTIONS_PER_TICK)),
      );
      runner.turn(budget);
      this.clock.endSlice();
      runner.becomeSafe();
      most = Math.max(most, budget - (this.words[budgetWord] ?? 0));
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
