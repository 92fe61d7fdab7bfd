/** How exactly the host wakes a thread that sleeps: what no guest on it can do better. */
import { nextTask } from './next-task.ts';

const NS_PER_MS = 1_000_000;
/** Sleeps before this thread lets others have their turn. */
const AT_A_TIME = 10;

/**
 * The 99th percentile of how much later than asked this thread wakes, in nanoseconds, of `times` sleeps of `sleepMs`
 * milliseconds. By `Atomics.wait`, as a hart's worker sleeps (machine/hart-loop.ts); so not for a page's main thread.
 */
export async function hostWakeup(sleepMs: number, times: number): Promise<number> {
  const word = new Int32Array(new SharedArrayBuffer(4));
  const late: number[] = [];
  for (let i = 0; i < times; i++) {
    if (i % AT_A_TIME === 0) await nextTask();
    const due = performance.now() + sleepMs;
    Atomics.wait(word, 0, 0, sleepMs);
    late.push(Math.max(0, performance.now() - due));
  }
  late.sort((a, b) => a - b);
  return Math.round((late[Math.ceil(times * 0.99) - 1] ?? 0) * NS_PER_MS);
}
