/**
 * The workers of the harts: made, watched, replaced, ended. One worker a hart; a worker that dies is LOST, which costs
 * its kernel and nobody else (the controller sees PHASE_LOST and acts).
 */
import type { HartWorkerInit } from '../machine/hart-loop.ts';
import { signalController } from '../protocol/hart-protocol.ts';
import {
  FENCE_CODE,
  FENCE_TLB,
  HART,
  hartBlock,
  HEADER,
  HSM_STOPPED,
  PHASE_LOST,
  PHASE_SAFE,
} from '../protocol/layout.ts';

export interface WorkerHandle {
  /** Ends the worker; resolves when it has ended for certain or the platform cannot say. */
  terminate(): Promise<void>;
}

/** How this platform makes workers. `lost` is called at most once, when the worker died by itself. */
export interface HartWorkerFactory {
  hart(init: HartWorkerInit, lost: (reason: string) => void): WorkerHandle;
}

export class HartWorkers {
  private readonly memory: WebAssembly.Memory;
  private readonly interpreter: WebAssembly.Module;
  private readonly factory: HartWorkerFactory;
  private readonly words: Int32Array;
  private readonly handles: (WorkerHandle | null)[] = [];
  private readonly reasons = new Map<number, string>();
  /** A command that is under way when the machine ends must not leave a worker behind. */
  private disposed = false;

  constructor(memory: WebAssembly.Memory, interpreter: WebAssembly.Module, factory: HartWorkerFactory) {
    this.memory = memory;
    this.interpreter = interpreter;
    this.factory = factory;
    this.words = new Int32Array(memory.buffer);
  }

  start(hart: number): void {
    if (this.disposed) return;
    const handle = this.factory.hart(
      { memory: this.memory, interpreter: this.interpreter, hart },
      (reason) => {
        if (this.handles[hart] === handle) this.lose(hart, reason);
      },
    );
    this.handles[hart] = handle;
  }

  /** Why the hart's worker was last lost, or ''. */
  lossReason(hart: number): string {
    return this.reasons.get(hart) ?? '';
  }

  /** Ends the hart's worker if it still lives, and starts another with the hart STOPPED and its caches to be dropped. */
  async replace(hart: number): Promise<void> {
    const old = this.handles[hart];
    this.handles[hart] = null;
    if (old) await old.terminate();
    const block = hartBlock(hart);
    Atomics.store(this.words, (block + HART.HSM) >> 2, HSM_STOPPED);
    Atomics.store(this.words, (block + HART.REASONS) >> 2, 0);
    Atomics.store(this.words, (block + HART.MIP) >> 2, 0);
    Atomics.store(this.words, (block + HART.IDLE) >> 2, 0);
    Atomics.store(this.words, (block + HART.STEP) >> 2, 0);
    Atomics.and(this.words, HEADER.FENCE_WAITERS >> 2, ~(1 << hart));
    // The new worker starts with what the old one left in the hart block: make it drop all of that first.
    Atomics.or(this.words, (block + HART.FENCE_KINDS) >> 2, FENCE_TLB | FENCE_CODE);
    Atomics.or(this.words, (block + HART.REASONS) >> 2, 2);
    Atomics.store(this.words, (block + HART.PHASE) >> 2, PHASE_SAFE);
    this.start(hart);
  }

  /** Ends a worker without a word to anybody: what a crash of the browser's worker process looks like. For tests. */
  async crash(hart: number): Promise<void> {
    const handle = this.handles[hart];
    if (!handle) return;
    await handle.terminate();
    // Somebody may have replaced it meanwhile: the new worker is not the one that ended.
    if (this.handles[hart] === handle) this.lose(hart, 'the worker was terminated');
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    const all = this.handles.splice(0);
    await Promise.all(all.flatMap((handle) => (handle === null ? [] : [handle.terminate()])));
  }

  private lose(hart: number, reason: string): void {
    this.handles[hart] = null;
    this.reasons.set(hart, reason);
    Atomics.store(this.words, (hartBlock(hart) + HART.PHASE) >> 2, PHASE_LOST);
    // Harts that wait for an acknowledgement of the lost one look again.
    for (let other = 0; other < 16; other++) {
      const wake = (hartBlock(other) + HART.WAKE) >> 2;
      Atomics.add(this.words, wake, 1);
      Atomics.notify(this.words, wake);
    }
    signalController(this.words);
  }
}
