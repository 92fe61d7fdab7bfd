import { expect, test } from 'vitest';
import { readMainThread } from './main-thread.ts';
import { percentile } from './verdict.ts';

const event = (name: string, tid: number, ts: number, dur = 0): object => ({
  name,
  ph: 'X',
  pid: 1,
  tid,
  ts,
  dur,
});
const task = (tid: number, ts: number, dur: number): object =>
  event('ThreadControllerImpl::RunTask', tid, ts, dur);
const frame = (tid: number, ts: number): object => event('FireAnimationFrame', tid, ts);
const json = (...traceEvents: object[]): string => JSON.stringify({ traceEvents });

test('a task counts for the frame whose beginning is in it, and else for the one in which it runs', () => {
  const read = readMainThread(
    json(
      // Before the first frame begins: of no frame.
      task(7, 0, 900),
      frame(7, 1_500),
      task(7, 1_000, 2_000),
      task(7, 10_000, 500),
      frame(7, 17_500),
      task(7, 17_000, 4_000),
      frame(7, 34_000),
    ),
  );
  expect(read.frames).toEqual([2.5, 4]);
  expect(read.tasks).toEqual([0.9, 2, 0.5, 4]);
});

test('the thread with the most frames is the page; other threads do not count', () => {
  const read = readMainThread(
    json(frame(7, 1), frame(7, 20_000), task(7, 100, 100), frame(8, 5), task(8, 200, 9_000)),
  );
  expect(read).toEqual({ frames: [0.1], tasks: [0.1] });
});

test('without a frame or a task nothing was measured', () => {
  expect(() => readMainThread(json(task(7, 0, 10)))).toThrow('has no frame');
  expect(() => readMainThread(json(frame(7, 0)))).toThrow('has no task');
});

test('percentiles are values that were measured', () => {
  const values = Array.from({ length: 200 }, (_, i) => 200 - i);
  expect([0, 50, 99, 100].map((p) => percentile(values, p))).toEqual([1, 100, 198, 200]);
  expect(percentile([], 99)).toBeNaN();
});
