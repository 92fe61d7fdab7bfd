import { describe, expect, it } from 'vitest';
import {
  around,
  axisMarks,
  bounded,
  endingAt,
  LONGEST,
  panned,
  revealing,
  SHORTEST,
  spanOf,
  zoomed,
} from './timeline-view.ts';

const SECOND = 10_000_000;

describe('zoom', () => {
  it('keeps the time under the pointer where it is', () => {
    const view = { from: 1000, to: 2000 };
    for (const [factor, at] of [
      [0.5, 1250],
      [3, 1990],
      [0.1, 1000],
    ] as const) {
      const next = zoomed(view, factor, at);
      expect(spanOf(next)).toBeCloseTo(1000 * factor);
      expect((at - next.from) / spanOf(next)).toBeCloseTo((at - view.from) / 1000);
    }
  });

  it('ends at single ticks and at hours', () => {
    let view = { from: 0, to: SECOND };
    for (let k = 0; k < 60; k++) view = zoomed(view, 0.5, 77);
    expect(spanOf(view)).toBeCloseTo(SHORTEST);
    expect(view.from).toBeLessThanOrEqual(77);
    for (let k = 0; k < 80; k++) view = zoomed(view, 2, 77);
    expect(spanOf(view)).toBeCloseTo(LONGEST);
  });
});

describe('pan', () => {
  it('moves both ends', () => {
    expect(panned({ from: 10, to: 30 }, -5)).toEqual({ from: 5, to: 25 });
    expect(endingAt({ from: 10, to: 30 }, 100)).toEqual({ from: 80, to: 100 });
  });

  it('stays where there was a machine: half of the view at least', () => {
    expect(bounded({ from: -100, to: -60 }, 1000)).toEqual({ from: -20, to: 20 });
    expect(bounded({ from: 5000, to: 5040 }, 1000)).toEqual({ from: 980, to: 1020 });
    expect(bounded({ from: 100, to: 140 }, 1000)).toEqual({ from: 100, to: 140 });
  });

  it('reveals a time only when it is not well inside', () => {
    const view = { from: 0, to: 1000 };
    expect(revealing(view, 500)).toBe(view);
    expect(revealing(view, 990)).toEqual({ from: 490, to: 1490 });
    expect(revealing(view, 4000)).toEqual({ from: 3500, to: 4500 });
  });

  it('shows what lasts with room around it, also an instant', () => {
    expect(around(1000, 2000)).toEqual({ from: 500, to: 2500 });
    expect(spanOf(around(1000, 1000))).toBe(SHORTEST);
  });
});

describe('marks of the axis', () => {
  const labels = (from: number, to: number): string[] =>
    axisMarks({ from, to }, 1000, 100).map(({ label }) => label);

  it('stand at round seconds with their unit', () => {
    expect(labels(0, 10 * SECOND)).toEqual(Array.from({ length: 10 }, (_, k) => `${k} s`));
    expect(labels(0, 60 * SECOND).slice(0, 3)).toEqual(['0 s', '10 s', '20 s']);
  });

  it('have as many digits as tell them from each other, down to ticks', () => {
    expect(labels(12_040_000, 12_050_000).slice(0, 2)).toEqual(['1.2040 s', '1.2041 s']);
    expect(labels(12_040_000, 12_040_100).slice(0, 2)).toEqual(['1.204000 s', '1.204001 s']);
    for (const span of [20, 333, 4_567, 1e6, 7e8]) {
      const all = labels(1_234_567, 1_234_567 + span);
      expect(new Set(all).size).toBe(all.length);
      expect(all.length).toBeGreaterThan(1);
      expect(all.length).toBeLessThanOrEqual(11);
    }
  });

  it('begin at the start of the machine', () => {
    expect(labels(-5 * SECOND, 5 * SECOND)[0]).toBe('0 s');
  });
});
