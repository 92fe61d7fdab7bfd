/** Who may run a hart, when: the session's side, with workers that end when the test says so. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { HartWorkerInit } from '../machine/hart-loop.ts';
import { createInterpreter } from '../machine/hart-loop.ts';
import { createMemory } from '../machine/memory.ts';
import {
  FENCE_CODE,
  FENCE_TLB,
  HART,
  hartBlock,
  HSM_STARTED,
  HSM_STOPPED,
  INSTANCE,
  instanceBlock,
  PHASE_LOST,
  PHASE_RUNNING,
  PHASE_SAFE,
  REASON_FENCE,
  REASON_RETIRE,
  REASON_START,
} from '../protocol/layout.ts';
import { HartWorkers } from './hart-workers.ts';
import { Waiters } from './waiters.ts';

interface Made {
  readonly init: HartWorkerInit;
  readonly lost: (reason: string) => void;
  terminated: boolean;
  /** The platform says that it has ended (true), or that it cannot say. */
  ended: (certainly: boolean) => void;
}

let words: Int32Array;
let waiters: Waiters;
let workers: HartWorkers;
let made: Made[];
/** The platform makes no workers at all. */
let refusing: boolean;

beforeEach(() => {
  vi.useFakeTimers();
  const config = { harts: 2, memory: 2 ** 21, isolation: 'enforced', mode: 'parallel', seed: 0 } as const;
  const memory = createMemory(config);
  words = new Int32Array(memory.buffer);
  waiters = new Waiters(memory);
  made = [];
  refusing = false;
  const hart = (init: HartWorkerInit, lost: (reason: string) => void) => {
    if (refusing) throw new Error('no more threads');
    const worker: Made = { init, lost, terminated: false, ended: () => undefined };
    const promise = new Promise<boolean>((resolve) => (worker.ended = resolve));
    made.push(worker);
    return {
      terminate: () => {
        worker.terminated = true;
        return promise;
      },
    };
  };
  const until = (condition: () => boolean, ms: number): Promise<boolean> => waiters.until(condition, ms);
  workers = new HartWorkers(memory, createInterpreter(memory), { hart }, until);
  workers.start(0);
  return () => void vi.useRealTimers();
});

const at = (offset: number): number => (hartBlock(0) + offset) >> 2;
const load = (offset: number): number => Atomics.load(words, at(offset));
const store = (offset: number, value: number): void => void Atomics.store(words, at(offset), value);
const worker = (index: number): Made => {
  const found = made[index];
  if (!found) throw new Error(`no worker ${index}`);
  return found;
};
/** As a worker that has run its first turn, and runs. */
const run = (index: number): void => {
  store(HART.WORKER_READY, worker(index).init.generation);
  store(HART.PHASE, PHASE_RUNNING);
  store(HART.HSM, HSM_STARTED);
};
const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

describe('replacing', () => {
  it('raises the generation, makes running code leave, and then ends the worker', () => {
    run(0);
    expect([worker(0).init.generation, load(HART.GENERATION)]).toEqual([1, 1]);
    const woken = load(HART.WAKE);
    void workers.replace(0);
    expect(load(HART.GENERATION)).toBe(2);
    expect(load(HART.REASONS) & REASON_RETIRE).toBe(REASON_RETIRE);
    expect(load(HART.WAKE)).not.toBe(woken);
    expect(worker(0).terminated).toBe(true);
  });

  it('leaves the hart as it is until the old worker is gone', async () => {
    run(0);
    void workers.replace(0);
    worker(0).ended(false);
    await pass(2_500);
    expect([made.length, load(HART.PHASE), load(HART.HSM)]).toEqual([1, PHASE_RUNNING, HSM_STARTED]);
    store(HART.WORKER_GONE, 1);
    await pass(10);
    expect(made.length).toBe(2);
  });

  it.each([
    ['the worker says that it has left', () => store(HART.WORKER_GONE, 1)],
    ['the platform says that it has ended', () => worker(0).ended(true)],
  ])('goes on as soon as %s', async (_, end) => {
    run(0);
    store(HART.REASONS, REASON_START);
    void workers.replace(0);
    end();
    await pass(10);
    expect(worker(1).init.generation).toBe(2);
    expect([load(HART.PHASE), load(HART.HSM), load(HART.REASONS)]).toEqual([
      PHASE_SAFE,
      HSM_STOPPED,
      REASON_FENCE,
    ]);
    expect(load(HART.FENCE_KINDS)).toBe(FENCE_TLB | FENCE_CODE);
  });

  it('goes on after longer than any platform takes when nobody says anything', async () => {
    run(0);
    void workers.replace(0);
    worker(0).ended(false);
    await pass(10_000);
    expect(made.length).toBe(2);
  });

  it('hears no loss of a worker that it has ended', async () => {
    run(0);
    void workers.replace(0);
    worker(0).lost('too late');
    worker(0).ended(true);
    await pass(10);
    worker(0).lost('far too late');
    expect([load(HART.PHASE), workers.lossReason(0)]).toEqual([PHASE_SAFE, '']);
  });
});

describe('the end of a console that a worker had when it ended', () => {
  /** LOCK of a console's output ring (console-ring.ts): 1 + the hart that has it. */
  const lock = (instance: number): number => (instanceBlock(instance) + INSTANCE.CONSOLE_OUT + 12) >> 2;
  const held = (): number[] => [1, 2].map((instance) => Atomics.load(words, lock(instance)));
  beforeEach(() => {
    run(0);
    Atomics.store(words, lock(1), 1);
    Atomics.store(words, lock(2), 2);
  });

  it('is given back at once when the worker died: its siblings wait for it', () => {
    worker(0).lost('out of memory');
    expect(held()).toEqual([0, 2]);
  });

  it('is given back when the worker is gone, and not before', async () => {
    void workers.replace(0);
    await pass(100);
    expect(held()).toEqual([1, 2]);
    worker(0).ended(true);
    await pass(10);
    expect(held()).toEqual([0, 2]);
  });
});

describe('a worker that dies', () => {
  it('leaves the hart LOST until it is replaced, and is not waited for', async () => {
    run(0);
    worker(0).lost('out of memory');
    expect([load(HART.PHASE), workers.lossReason(0)]).toEqual([PHASE_LOST, 'out of memory']);
    await workers.replace(0);
    expect([made.length, load(HART.PHASE), worker(1).init.generation]).toEqual([2, PHASE_SAFE, 2]);
  });

  it('three times before it was ready is not replaced any more', async () => {
    for (const index of [0, 1, 2]) {
      expect(load(HART.PHASE)).toBe(PHASE_SAFE);
      worker(index).lost(`cannot load, attempt ${index}`);
      expect(load(HART.PHASE)).toBe(PHASE_LOST);
      const replaced = workers.replace(0);
      await pass(50);
      // Not at once: whatever was in the way may go.
      expect(made.length).toBe(index + 1);
      await pass(1_000);
      await replaced;
    }
    expect([made.length, load(HART.PHASE), load(HART.HSM)]).toEqual([3, PHASE_LOST, HSM_STOPPED]);
    expect(workers.lossReason(0)).toBe('cannot load, attempt 2');
  });

  it('is replaced for ever when each one was ready', async () => {
    for (let index = 0; index < 10; index += 1) {
      run(index);
      worker(index).lost('a guest killed it');
      await workers.replace(0);
    }
    expect([made.length, load(HART.PHASE)]).toEqual([11, PHASE_SAFE]);
  });

  it('because none can be made costs its hart alone', async () => {
    refusing = true;
    workers.start(1);
    expect(Atomics.load(words, (hartBlock(1) + HART.PHASE) >> 2)).toBe(PHASE_LOST);
    expect(workers.lossReason(1)).toBe('no more threads');
    const replaced = workers.replace(1);
    await pass(1_000);
    await replaced;
    expect(Atomics.load(words, (hartBlock(1) + HART.PHASE) >> 2)).toBe(PHASE_LOST);
    expect(load(HART.PHASE)).toBe(PHASE_SAFE);
  });
});

describe('a crash', () => {
  it('is LOST only when the worker runs no more', async () => {
    run(0);
    const crashed = workers.crash(0);
    worker(0).ended(false);
    await pass(100);
    expect(load(HART.PHASE)).toBe(PHASE_RUNNING);
    store(HART.WORKER_GONE, 1);
    await pass(10);
    await crashed;
    expect([load(HART.PHASE), workers.lossReason(0)]).toEqual([PHASE_LOST, 'the worker was terminated']);
  });

  it('is no loss when the worker was replaced meanwhile', async () => {
    run(0);
    const crashed = workers.crash(0);
    const replaced = workers.replace(0);
    worker(0).ended(true);
    await pass(10);
    await Promise.all([crashed, replaced]);
    expect([made.length, load(HART.PHASE), workers.lossReason(0)]).toEqual([2, PHASE_SAFE, '']);
  });
});

describe('disposal', () => {
  it('ends every worker, and waits for them', async () => {
    workers.start(1);
    let over = false;
    const disposed = workers.dispose().then(() => (over = true));
    expect(made.map((each) => each.terminated)).toEqual([true, true]);
    expect(load(HART.GENERATION)).toBe(2);
    await pass(10);
    expect(over).toBe(false);
    for (const each of made) each.ended(false);
    await disposed;
  });

  it('makes no worker for a replacement that was under way', async () => {
    run(0);
    const replaced = workers.replace(0);
    void workers.dispose();
    waiters.dispose();
    await replaced;
    await pass(10_000);
    expect([made.length, vi.getTimerCount()]).toEqual([1, 0]);
    workers.start(1);
    expect(made.length).toBe(1);
  });

  it('hears no loss', () => {
    void workers.dispose();
    worker(0).lost('it was terminated');
    expect([load(HART.PHASE), workers.lossReason(0)]).toEqual([PHASE_SAFE, '']);
  });
});
