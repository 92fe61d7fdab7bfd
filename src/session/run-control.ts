/** Pausing, resuming and stepping all harts, through the words of protocol/hart-protocol.ts. */
import { setClockFrozen } from '../machine/clock.ts';
import { signal } from '../protocol/hart-protocol.ts';
import { HART, hartBlock, HEADER, HSM_STARTED, PHASE_RUNNING, REASON_PAUSE } from '../protocol/layout.ts';
import type { Engine } from './engine.ts';

/** How long a hart may take to notice; it polls at every taken branch, so one that takes longer has hung, as with fences. */
const NOTICE_MS = 10_000;

export class RunControl {
  private readonly memory: WebAssembly.Memory;
  private readonly words: Int32Array;
  private readonly engine: Engine;
  private readonly harts: number;
  /** Counts `resume`, so that a pause that was taken back does not freeze the clock for a later one. */
  resumes = 0;

  constructor(memory: WebAssembly.Memory, engine: Engine, harts: number) {
    this.memory = memory;
    this.words = new Int32Array(memory.buffer);
    this.engine = engine;
    this.harts = harts;
  }

  get paused(): boolean {
    return Atomics.load(this.words, HEADER.PAUSED >> 2) !== 0;
  }

  /**
   * Resolves when no hart touches guest memory any more; machine time stands from then on. The worker of a hart that has
   * hung is ended, which costs its kernel what a crash does. When `resume` comes first, or the machine is given up, it
   * resolves without all that.
   */
  async pause(): Promise<void> {
    const resumes = this.resumes;
    Atomics.store(this.words, HEADER.PAUSED >> 2, 1);
    for (let hart = 0; hart < this.harts; hart++) signal(this.words, hart, REASON_PAUSE);
    const over = (): boolean => resumes !== this.resumes || this.allSafe();
    if (!(await this.engine.until(over, NOTICE_MS))) {
      await Promise.all(this.running().map((hart) => this.engine.crash(hart)));
      // One that was being replaced already had no worker to end, and is SAFE or LOST when it has another.
      await this.engine.until(over, NOTICE_MS);
    }
    if (resumes === this.resumes && this.allSafe()) setClockFrozen(this.memory, true);
  }

  resume(): void {
    this.resumes += 1;
    setClockFrozen(this.memory, false);
    Atomics.store(this.words, HEADER.PAUSED >> 2, 0);
    for (let hart = 0; hart < this.harts; hart++) signal(this.words, hart, REASON_PAUSE);
  }

  /**
   * Lets each started hart of `harts` execute `count` instructions while the machine is paused; an idle one stays idle.
   * Returns those that could.
   */
  async step(harts: readonly number[], count: number): Promise<readonly number[]> {
    // Also when it is on its way to be paused: what a hart runs until then are no steps.
    if (!this.paused || !this.allSafe()) await this.pause();
    if (!this.paused) return [];
    const stepped = harts.filter((hart) => this.canStep(hart));
    for (const hart of stepped) {
      Atomics.store(this.words, (hartBlock(hart) + HART.STEP) >> 2, count);
      signal(this.words, hart, REASON_PAUSE);
    }
    await this.engine.until(
      () => stepped.every((hart) => this.word(hart, HART.STEP) <= 0 || !this.canStep(hart)) && this.allSafe(),
      NOTICE_MS,
    );
    for (const hart of stepped) Atomics.store(this.words, (hartBlock(hart) + HART.STEP) >> 2, 0);
    return stepped;
  }

  /** False too for one that stops or falls idle on the way: what is left of its steps is not waited for. */
  canStep(hart: number): boolean {
    return this.word(hart, HART.HSM) === HSM_STARTED && this.word(hart, HART.IDLE) === 0;
  }

  private allSafe(): boolean {
    return this.running().length === 0;
  }

  private running(): number[] {
    const all = Array.from({ length: this.harts }, (_, hart) => hart);
    return all.filter((hart) => this.word(hart, HART.PHASE) === PHASE_RUNNING);
  }

  private word(hart: number, offset: number): number {
    return Atomics.load(this.words, (hartBlock(hart) + offset) >> 2);
  }
}
