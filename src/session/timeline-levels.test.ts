/** The levels against a count of all that ever happened, on random events of a fixed seed. */
import { describe, expect, it } from 'vitest';
import { EVENT_CATEGORIES } from '../protocol/timeline.ts';
import { random } from './random.testkit.ts';
import { TimelineLevels } from './timeline-levels.ts';

const LANES = 3;
const ALL = (1 << EVENT_CATEGORIES.length) - 1;

interface Happened {
  readonly events: { time: number; lane: number; category: number }[];
  readonly runs: { from: number; to: number; lane: number }[];
}

/** Fills levels with `count` events in `ticks`, nearly in the order of time, as rings are drained. */
function fill(levels: TimelineLevels, seed: number, count: number, ticks: number): Happened {
  const next = random(seed);
  const happened: Happened = { events: [], runs: [] };
  const free = new Array<number>(LANES).fill(0);
  for (let k = 0; k < count; k++) {
    const time = Math.max(0, Math.floor((k / count) * ticks - next() * 3000));
    const lane = Math.floor(next() * LANES);
    const category = Math.floor(next() * EVENT_CATEGORIES.length);
    levels.count(time, lane, category);
    happened.events.push({ time, lane, category });
    const from = free[lane] ?? 0;
    if (time <= from + 1 || next() < 0.5) continue;
    const to = from + Math.floor(next() * (time - from));
    levels.ran(from, to, lane);
    happened.runs.push({ from, to, lane });
    free[lane] = time;
  }
  return happened;
}

function check(levels: TimelineLevels, happened: Happened, from: number, to: number, columns: number): void {
  const mask = 0b1_0101_1010;
  const read = levels.read(from, to, columns, mask);
  const end = read.from + read.columns * read.columnTicks;
  expect(read.columns).toBeLessThanOrEqual(columns);
  expect(read.from).toBeLessThanOrEqual(from);
  expect(end).toBeGreaterThanOrEqual(to);
  const counts = new Uint32Array(LANES * read.columns);
  const busy = new Float64Array(LANES * read.columns);
  const totals = new Float64Array(EVENT_CATEGORIES.length);
  const columnOf = (time: number): number => Math.floor((time - read.from) / read.columnTicks);
  for (const { time, lane, category } of happened.events) {
    if (time < read.from || time >= end || time < read.since) continue;
    totals[category] = (totals[category] ?? 0) + 1;
    const at = lane * read.columns + columnOf(time);
    if ((mask & (1 << category)) !== 0) counts[at] = (counts[at] ?? 0) + 1;
  }
  for (const run of happened.runs)
    for (let column = 0; column < read.columns; column++) {
      const start = read.from + column * read.columnTicks;
      const ticks = Math.min(run.to, start + read.columnTicks) - Math.max(run.from, start, read.since);
      const at = run.lane * read.columns + column;
      if (ticks > 0) busy[at] = (busy[at] ?? 0) + ticks;
    }
  expect(read.counts).toEqual(counts);
  expect(read.totals).toEqual(totals);
  const published = EVENT_CATEGORIES.indexOf('publish');
  expect(read.messages.reduce((sum, count) => sum + count, 0)).toBe(totals[published]);
  expect(read.busy).toEqual(busy);
}

describe('levels of the timeline', () => {
  it('count what a count of everything counts, for windows of any length and place', () => {
    const ticks = 40_000_000;
    const levels = new TimelineLevels(LANES);
    const happened = fill(levels, 1, 4000, ticks);
    const next = random(2);
    for (let k = 0; k < 24; k++) {
      const length = Math.max(1, Math.floor(ticks * next() ** 4));
      const from = Math.floor(next() * (ticks - length));
      check(levels, happened, from, from + length, 1 + Math.floor(next() * 300));
    }
    check(levels, happened, 0, ticks, 1);
    check(levels, happened, 0, ticks, 4096);
  });

  it('keep the last moments fine and the far past coarse', () => {
    const levels = new TimelineLevels(1);
    const second = 10_000_000;
    for (let at = 0; at < 600 * second; at += second / 10) levels.count(at, 0, 1);
    const fine = levels.read(599.8 * second, 600 * second, 2000, ALL);
    expect(fine.columnTicks).toBe(2 ** 10);
    const old = levels.read(10 * second, 10.2 * second, 2000, ALL);
    expect(old.columnTicks).toBeGreaterThan(2 ** 18);
    expect(old.since).toBeLessThanOrEqual(10 * second);
    expect(old.totals[1]).toBeGreaterThan(0);
  });

  it('forget beyond the coarsest level, and say since when they know', () => {
    const levels = new TimelineLevels(1);
    levels.count(5, 0, 1);
    const far = 2 ** 24 * 5000;
    levels.count(far, 0, 1);
    const { since, totals } = levels.read(0, far + 1, 100, ALL);
    expect(since).toBe(levels.since);
    expect(since).toBe((5000 - 4095) * 2 ** 24);
    expect(totals[1]).toBe(1);
  });

  it('take no longer for a window that is absurdly long', () => {
    const levels = new TimelineLevels(1);
    levels.count(1000, 0, 1);
    const read = levels.read(0, Number.MAX_SAFE_INTEGER, 7, ALL);
    expect(read.columns).toBeLessThanOrEqual(7);
    expect(read.totals[1]).toBe(1);
  });
});
