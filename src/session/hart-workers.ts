/**
 * The workers of the harts: made, watched, replaced, ended, so that a hart never has two (protocol/hart-protocol.ts). One
 * worker a hart; a worker that dies is LOST, which costs its kernel and nobody else (the controller sees PHASE_LOST and
 * acts). A hart whose workers die again and again before they have run a turn stays LOST.
 */
import { releaseConsoles } from '../machine/console-ring.ts';
import type { HartWorkerInit } from '../machine/hart-loop.ts';
import { signal, signalController, wake } from '../protocol/hart-protocol.ts';
import { HART, hartBlock, MAX_HARTS, PHASE_LOST, PHASE_SAFE, REASON_RETIRE } from '../protocol/layout.ts';
import { resetHart } from './reset-hart.ts';

/** Longer than any platform lets a terminated worker run on (Chromium: 2 s). */
const GRACE_MS = 4_000;
/** Workers in a row that may die before their first turn is over. */
const MOST_FAILURES = 3;
/** Wait before the second attempt; each later one waits four times as long. */
const BACKOFF_MS = 100;

interface WorkerHandle {
  /** Ends the worker. Resolves true when it has ended for certain, false when the platform cannot say. Never rejects. */
  terminate(): Promise<boolean>;
}

/**
 * How this platform makes workers. `lost` is called at most once, when the worker died by itself and runs no more. May
 * throw when no worker can be made; that is a loss, too.
 */
export interface HartWorkerFactory {
  hart(init: HartWorkerInit, lost: (reason: string) => void): WorkerHandle;
}

interface Running {
  readonly generation: number;
  readonly handle: WorkerHandle;
}

/** Resolves true when `condition` holds, false after `timeoutMs` or when the machine is disposed of. */
type Until = (condition: () => boolean, timeoutMs: number) => Promise<boolean>;

export class HartWorkers {
  private readonly memory: WebAssembly.Memory;
  private readonly interpreter: WebAssembly.Module;
  private readonly factory: HartWorkerFactory;
  private readonly until: Until;
  private readonly words: Int32Array;
  private readonly running: (Running | null)[] = [];
  private readonly reasons = new Map<number, string>();
  /** Workers of each hart in a row that died before they were ready. */
  private readonly failures = new Map<number, number>();
  /** A command that is under way when the machine ends must not leave a worker behind. */
  private disposed = false;

  constructor(
    memory: WebAssembly.Memory,
    interpreter: WebAssembly.Module,
    factory: HartWorkerFactory,
    until: Until,
  ) {
    this.memory = memory;
    this.interpreter = interpreter;
    this.factory = factory;
    this.until = until;
    this.words = new Int32Array(memory.buffer);
  }

  /** Makes the first worker of a hart. */
  start(hart: number): void {
    Atomics.add(this.words, at(hart, HART.GENERATION), 1);
    this.make(hart);
  }

  /** Why the hart's worker was last lost, or ''. */
  lossReason(hart: number): string {
    return this.reasons.get(hart) ?? '';
  }

  /**
   * Ends the hart's worker if it still lives, and starts another with the hart STOPPED and its caches to be dropped. The
   * hart stays LOST when its workers have failed too often.
   */
  async replace(hart: number): Promise<void> {
    const old = this.running[hart];
    this.running[hart] = null;
    if (old) await this.end(hart, old);
    if (this.disposed) return;
    resetHart(this.words, hart);
    while (!this.givenUp(hart)) {
      await this.backOff(hart);
      Atomics.store(this.words, at(hart, HART.PHASE), PHASE_SAFE);
      if (this.make(hart)) return;
    }
    Atomics.store(this.words, at(hart, HART.PHASE), PHASE_LOST);
  }

  /** Ends a worker without a word to anybody: what a crash of the browser's worker process looks like. For tests. */
  async crash(hart: number): Promise<void> {
    const running = this.running[hart];
    if (!running) return;
    await this.end(hart, running);
    // Somebody may have replaced it meanwhile: the new worker is not the one that ended.
    if (this.running[hart] === running) this.lose(hart, 'the worker was terminated');
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    const all = this.running.splice(0);
    await Promise.all(
      all.flatMap((running, hart) => {
        if (!running) return [];
        this.retire(hart);
        return [running.handle.terminate()];
      }),
    );
  }

  /** False: there is none, and the hart is LOST. */
  private make(hart: number): boolean {
    if (this.disposed) return false;
    const { memory, interpreter } = this;
    const generation = Atomics.load(this.words, at(hart, HART.GENERATION));
    const lost = (reason: string): void => {
      // One that was ended is nobody's loss.
      if (this.disposed || Atomics.load(this.words, at(hart, HART.GENERATION)) !== generation) return;
      this.count(hart, generation);
      this.retire(hart);
      this.lose(hart, reason);
    };
    try {
      const handle = this.factory.hart({ memory, interpreter, hart, generation }, lost);
      this.running[hart] = { generation, handle };
    } catch (error) {
      lost(error instanceof Error ? error.message : String(error));
      return false;
    }
    return true;
  }

  /** Resolves when the worker runs no more. */
  private async end(hart: number, { generation, handle }: Running): Promise<void> {
    this.retire(hart);
    const gone = { certainly: false };
    void handle.terminate().then((certainly) => {
      gone.certainly = certainly;
      signalController(this.words);
    });
    await this.until(
      () => gone.certainly || Atomics.load(this.words, at(hart, HART.WORKER_GONE)) - generation >= 0,
      GRACE_MS,
    );
  }

  private retire(hart: number): void {
    Atomics.add(this.words, at(hart, HART.GENERATION), 1);
    signal(this.words, hart, REASON_RETIRE);
  }

  private count(hart: number, generation: number): void {
    const ready = Atomics.load(this.words, at(hart, HART.WORKER_READY)) === generation;
    this.failures.set(hart, ready ? 0 : (this.failures.get(hart) ?? 0) + 1);
  }

  private givenUp(hart: number): boolean {
    return this.disposed || (this.failures.get(hart) ?? 0) >= MOST_FAILURES;
  }

  private async backOff(hart: number): Promise<void> {
    const failures = this.failures.get(hart) ?? 0;
    if (failures > 0) await this.until(() => this.disposed, BACKOFF_MS * 4 ** (failures - 1));
  }

  private lose(hart: number, reason: string): void {
    this.running[hart] = null;
    this.reasons.set(hart, reason);
    // Its siblings may be waiting for what it had, and could not be stopped before it is replaced.
    releaseConsoles(this.words, hart);
    Atomics.store(this.words, at(hart, HART.PHASE), PHASE_LOST);
    // Harts that wait for an acknowledgement of the lost one look again.
    for (let other = 0; other < MAX_HARTS; other++) wake(this.words, other);
    signalController(this.words);
  }
}

/** Index of a word of a hart's block. */
const at = (hart: number, offset: number): number => (hartBlock(hart) + offset) >> 2;
