/** Pausing and stepping, on the real words; the harts here do what the test makes them do. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HostClock, startClock } from '../machine/clock.ts';
import { createMemory } from '../machine/memory.ts';
import {
  HART,
  hartBlock,
  HEADER,
  HSM_STARTED,
  HSM_STOPPED,
  PHASE_LOST,
  PHASE_RUNNING,
  PHASE_SAFE,
  REASON_PAUSE,
} from '../protocol/layout.ts';
import { RunControl } from './run-control.ts';
import { Waiters } from './waiters.ts';

let words: Int32Array;
let waiters: Waiters;
let control: RunControl;
/** Harts whose workers were ended. */
let crashed: number[];
/** There are no workers to end. */
let gone: boolean;

beforeEach(() => {
  crashed = [];
  gone = false;
  const config = { harts: 3, memory: 2 ** 21, isolation: 'enforced', mode: 'parallel', seed: 0 } as const;
  const memory = createMemory(config);
  startClock(memory);
  words = new Int32Array(memory.buffer);
  waiters = new Waiters(memory);
  control = new RunControl(
    memory,
    {
      clock: new HostClock(memory),
      until: (condition, timeoutMs) => waiters.until(condition, timeoutMs),
      untilKernel: (condition, timeoutMs) => waiters.until(condition, timeoutMs, true),
      replaceWorker: () => Promise.resolve(),
      crash: (hart) => {
        if (gone) return Promise.resolve(false);
        crashed.push(hart);
        store(hart, HART.PHASE, PHASE_LOST);
        return Promise.resolve(true);
      },
      lossReason: () => '',
      dispose: () => Promise.resolve(),
    },
    config.harts,
  );
  return () => waiters.dispose();
});

const at = (hart: number, offset: number): number => (hartBlock(hart) + offset) >> 2;
const load = (hart: number, offset: number): number => Atomics.load(words, at(hart, offset));
const store = (hart: number, offset: number, value: number): void =>
  void Atomics.store(words, at(hart, offset), value);
const frozen = (): boolean => Atomics.load(words, HEADER.CLOCK_FROZEN >> 2) !== 0;
/** Lets promises that are settled be heard, without a look at the waiters. */
const hear = async (): Promise<void> => {
  for (let n = 0; n < 10; n += 1) await Promise.resolve();
};

describe('pause', () => {
  it('freezes the clock when the last hart is SAFE, and not before', async () => {
    store(1, HART.PHASE, PHASE_RUNNING);
    const paused = control.pause();
    expect([control.paused, load(0, HART.REASONS) & REASON_PAUSE]).toEqual([true, REASON_PAUSE]);
    await hear();
    expect(frozen()).toBe(false);
    store(1, HART.PHASE, PHASE_SAFE);
    waiters.look();
    await paused;
    expect(frozen()).toBe(true);
    control.resume();
    expect([frozen(), control.paused]).toEqual([false, false]);
  });

  it('that was taken back freezes nothing, also when another has come since', async () => {
    store(1, HART.PHASE, PHASE_RUNNING);
    const first = control.pause();
    store(1, HART.PHASE, PHASE_SAFE);
    // The first is over for the waiters, but has not been heard of yet.
    waiters.look();
    control.resume();
    store(1, HART.PHASE, PHASE_RUNNING);
    const second = control.pause();
    await first;
    expect(frozen()).toBe(false);
    store(1, HART.PHASE, PHASE_SAFE);
    waiters.look();
    await second;
    expect(frozen()).toBe(true);
  });

  describe('of a hart that does not notice', () => {
    beforeEach(() => void vi.useFakeTimers());
    afterEach(() => void vi.useRealTimers());

    it('ends its worker, and no other: no hart runs when the clock is frozen', async () => {
      store(1, HART.PHASE, PHASE_RUNNING);
      const paused = control.pause();
      await vi.advanceTimersByTimeAsync(9_000);
      expect([frozen(), crashed]).toEqual([false, []]);
      await vi.advanceTimersByTimeAsync(1_100);
      await paused;
      expect([frozen(), crashed, load(1, HART.PHASE)]).toEqual([true, [1], PHASE_LOST]);
    });

    it('ends nothing when it was taken back', async () => {
      store(1, HART.PHASE, PHASE_RUNNING);
      const paused = control.pause();
      control.resume();
      await vi.advanceTimersByTimeAsync(20_000);
      await paused;
      expect([frozen(), crashed]).toEqual([false, []]);
    });

    it('freezes nothing when the machine is given up, which has no workers any more', async () => {
      store(1, HART.PHASE, PHASE_RUNNING);
      gone = true;
      const paused = control.pause();
      waiters.dispose();
      await paused;
      expect([frozen(), load(1, HART.PHASE)]).toEqual([false, PHASE_RUNNING]);
    });
  });

  it('that was taken back is over at once', async () => {
    store(1, HART.PHASE, PHASE_RUNNING);
    const first = control.pause();
    control.resume();
    waiters.look();
    await first;
    expect(frozen()).toBe(false);
  });
});

describe('step', () => {
  beforeEach(async () => {
    for (const hart of [0, 1]) store(hart, HART.HSM, HSM_STARTED);
    await control.pause();
    for (const hart of [0, 1, 2]) store(hart, HART.REASONS, 0);
  });

  it('asks the started harts for as many instructions, and waits until they are done', async () => {
    let over = false;
    const stepped = control.step([0, 1, 2], 5).then(() => (over = true));
    expect([0, 1, 2].map((hart) => load(hart, HART.STEP))).toEqual([5, 5, 0]);
    expect([0, 1, 2].map((hart) => load(hart, HART.REASONS))).toEqual([REASON_PAUSE, REASON_PAUSE, 0]);
    store(0, HART.STEP, 0);
    waiters.look();
    await hear();
    expect(over).toBe(false);
    store(1, HART.STEP, 0);
    store(1, HART.PHASE, PHASE_RUNNING);
    waiters.look();
    await hear();
    expect(over).toBe(false);
    store(1, HART.PHASE, PHASE_SAFE);
    waiters.look();
    await stepped;
    expect([control.paused, frozen()]).toEqual([true, true]);
  });

  it.each([
    ['stops', HART.HSM, HSM_STOPPED],
    ['falls idle', HART.IDLE, 1],
  ])('does not wait for a hart that %s on the way, and leaves it no steps', async (_, offset, value) => {
    const stepped = control.step([0], 5);
    store(0, HART.STEP, 3);
    store(0, offset, value);
    waiters.look();
    await stepped;
    expect(load(0, HART.STEP)).toBe(0);
  });

  it('leaves an idle hart idle', async () => {
    store(0, HART.IDLE, 1);
    await control.step([0], 5);
    expect([load(0, HART.STEP), load(0, HART.REASONS)]).toEqual([0, 0]);
  });

  it('of a machine that runs pauses it first: what harts run until then are no steps', async () => {
    control.resume();
    store(0, HART.PHASE, PHASE_RUNNING);
    const stepped = control.step([0], 5);
    // And one that is on its way to be paused.
    const again = control.step([0], 5);
    await hear();
    expect(load(0, HART.STEP)).toBe(0);
    store(0, HART.PHASE, PHASE_SAFE);
    waiters.look();
    await hear();
    expect(load(0, HART.STEP)).toBe(5);
    store(0, HART.STEP, 0);
    waiters.look();
    await Promise.all([stepped, again]);
    expect(frozen()).toBe(true);
  });

  it('steps nothing when the machine is resumed instead', async () => {
    control.resume();
    store(0, HART.PHASE, PHASE_RUNNING);
    const stepped = control.step([0], 5);
    control.resume();
    waiters.look();
    await stepped;
    expect([load(0, HART.STEP), control.paused]).toEqual([0, false]);
  });
});
