/** Waiting in Parallel mode. */
import { beforeEach, expect, it, vi } from 'vitest';
import { createMemory } from '../machine/memory.ts';
import { CONTROLLER_WAITER } from '../machine/hart-runner.ts';
import { HEADER } from '../protocol/layout.ts';
import { Waiters } from './waiters.ts';

const NEVER_MS = 1e6;

let words: Int32Array;
let waiters: Waiters;

beforeEach(() => {
  vi.useFakeTimers();
  const config = { harts: 1, memory: 2 ** 21, isolation: 'enforced', mode: 'parallel', seed: 0 } as const;
  const memory = createMemory(config);
  words = new Int32Array(memory.buffer);
  waiters = new Waiters(memory);
  return () => void vi.useRealTimers();
});

const listening = (): boolean =>
  (Atomics.load(words, HEADER.FENCE_WAITERS >> 2) & (1 << CONTROLLER_WAITER)) !== 0;

it('settles with the first look at which the condition holds, and rests', async () => {
  let holds = false;
  const wait = waiters.until(() => holds, NEVER_MS);
  expect([listening(), vi.getTimerCount()]).toEqual([true, 1]);
  holds = true;
  waiters.look();
  expect(await wait).toBe(true);
  expect([listening(), vi.getTimerCount()]).toEqual([false, 0]);
});

it('looks once also when there is no time, and rests', async () => {
  expect(await waiters.until(() => true, 0)).toBe(true);
  expect([listening(), vi.getTimerCount()]).toEqual([false, 0]);
});

it('gives up after the time', async () => {
  const wait = waiters.until(() => false, 20);
  await vi.advanceTimersByTimeAsync(30);
  expect(await wait).toBe(false);
  expect(vi.getTimerCount()).toBe(0);
});

it('gives up what a kernel has to do after as much time without a pause, and what the host has to do while it lasts', async () => {
  const outcomes: string[] = [];
  const note = (who: string) => (held: boolean) => void outcomes.push(`${who} ${held}`);
  void waiters.until(() => false, 20, true).then(note('kernel'));
  void waiters.until(() => false, 50).then(note('host'));
  await vi.advanceTimersByTimeAsync(10);
  Atomics.store(words, HEADER.PAUSED >> 2, 1);
  void waiters.until(() => false, 5, true).then(note('kernel, asked in the pause'));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(outcomes).toEqual(['host false']);
  Atomics.store(words, HEADER.PAUSED >> 2, 0);
  await vi.advanceTimersByTimeAsync(5);
  expect(outcomes).toEqual(['host false', 'kernel, asked in the pause false']);
  await vi.advanceTimersByTimeAsync(5);
  expect(outcomes.at(-1)).toBe('kernel false');
  expect(vi.getTimerCount()).toBe(0);
});

it('rejects the waiter whose condition throws, and no other', async () => {
  let broken = false;
  const bad = waiters.until(() => {
    if (broken) throw new Error('broken');
    return false;
  }, NEVER_MS);
  const good = waiters.until(() => broken, NEVER_MS);
  broken = true;
  expect(() => waiters.look()).not.toThrow();
  await expect(bad).rejects.toThrow('broken');
  expect(await good).toBe(true);
  expect([listening(), vi.getTimerCount()]).toEqual([false, 0]);
});

it('rejects when the condition throws at the first look', async () => {
  const bad = waiters.until(() => {
    throw new Error('broken');
  }, NEVER_MS);
  await expect(bad).rejects.toThrow('broken');
  expect([listening(), vi.getTimerCount()]).toEqual([false, 0]);
});

it('tells everybody at disposal, and whoever comes later', async () => {
  const waits = [waiters.until(() => false, NEVER_MS), waiters.until(() => false, NEVER_MS)];
  waiters.dispose();
  expect(await Promise.all(waits)).toEqual([false, false]);
  expect([listening(), vi.getTimerCount()]).toEqual([false, 0]);
  expect(await waiters.until(() => true, NEVER_MS)).toBe(false);
  expect(vi.getTimerCount()).toBe(0);
});
