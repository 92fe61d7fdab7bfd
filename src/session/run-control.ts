/** Pausing, resuming and stepping all harts, through the words of protocol/hart-protocol.ts. */
import { setClockFrozen } from '../machine/clock.ts';
import { signal } from '../protocol/hart-protocol.ts';
import { HART, hartBlock, HEADER, HSM_STARTED, PHASE_RUNNING, REASON_PAUSE } from '../protocol/layout.ts';
import type { Engine } from './engine.ts';

/** How long a hart may take to notice; it polls at every taken branch, so this is never reached by a live one. */
const NOTICE_MS = 5_000;

export class RunControl {
  private readonly memory: WebAssembly.Memory;
  private readonly words: Int32Array;
  private readonly engine: Engine;
  private readonly harts: number;
  /** Counts `resume`, so that a pause that was taken back does not freeze the clock for a later one. */
  private resumes = 0;

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
   * Resolves when no hart touches guest memory any more; machine time stands from then on. When `resume` comes first, it
   * resolves without that.
   */
  async pause(): Promise<void> {
    const resumes = this.resumes;
    Atomics.store(this.words, HEADER.PAUSED >> 2, 1);
    for (let hart = 0; hart < this.harts; hart++) signal(this.words, hart, REASON_PAUSE);
    await this.engine.until(() => resumes !== this.resumes || this.allSafe(), NOTICE_MS);
    if (resumes === this.resumes) setClockFrozen(this.memory, true);
  }

  resume(): void {
    this.resumes += 1;
    setClockFrozen(this.memory, false);
    Atomics.store(this.words, HEADER.PAUSED >> 2, 0);
    for (let hart = 0; hart < this.harts; hart++) signal(this.words, hart, REASON_PAUSE);
  }

  /** Lets each started hart of `harts` execute `count` instructions while the machine is paused; an idle one stays idle. */
  async step(harts: readonly number[], count: number): Promise<void> {
    // Also when it is on its way to be paused: what a hart runs until then are no steps.
    if (!this.paused || !this.allSafe()) await this.pause();
    if (!this.paused) return;
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
  }

  /** False too for one that stops or falls idle on the way: what is left of its steps is not waited for. */
  private canStep(hart: number): boolean {
    return this.word(hart, HART.HSM) === HSM_STARTED && this.word(hart, HART.IDLE) === 0;
  }

  private allSafe(): boolean {
    for (let hart = 0; hart < this.harts; hart++)
      if (this.word(hart, HART.PHASE) === PHASE_RUNNING) return false;
    return true;
  }

  private word(hart: number, offset: number): number {
    return Atomics.load(this.words, (hartBlock(hart) + offset) >> 2);
  }
}
