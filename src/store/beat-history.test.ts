import { describe, expect, it } from 'vitest';
import { BeatHistory } from './beat-history.ts';

function timesSince(history: BeatHistory, since: number): number[] {
  const times: number[] = [];
  history.forEachSince(since, (time) => times.push(time));
  return times;
}

describe('BeatHistory', () => {
  it('shows no beat for what was counted before it looked', () => {
    const history = new BeatHistory();
    history.update(12, 1000);
    expect(timesSince(history, 0)).toEqual([]);
  });

  it('keeps the exact time of a beat', () => {
    const history = new BeatHistory();
    history.update(0, 0);
    history.update(1, 1000);
    history.update(1, 1000);
    history.update(2, 2010);
    expect(timesSince(history, 0)).toEqual([2010, 1000]);
    expect(timesSince(history, 1500)).toEqual([2010]);
  });

  it('spreads beats that came between two looks over the time between the known ones', () => {
    const history = new BeatHistory();
    history.update(1, 1000);
    history.update(4, 4000);
    expect(timesSince(history, 0)).toEqual([4000, 3000, 2000]);
  });

  it('starts anew when the kernel booted again, and keeps what was drawn', () => {
    const history = new BeatHistory();
    history.update(0, 0);
    history.update(1, 1000);
    history.update(0, 0);
    history.update(1, 5000);
    expect(timesSince(history, 0)).toEqual([5000, 1000]);
  });
});
