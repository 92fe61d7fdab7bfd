import { describe, expect, it } from 'vitest';
import { RateWindow } from './rate-window.ts';

describe('RateWindow', () => {
  it('is 0 until two samples are there', () => {
    const window = new RateWindow(100);
    expect(window.rate()).toBe(0);
    window.add(0, 5);
    expect(window.rate()).toBe(0);
  });

  it('gives the rise per unit of time', () => {
    const window = new RateWindow(100);
    window.add(0, 0);
    window.add(50, 25);
    expect(window.rate()).toBe(0.5);
  });

  it('forgets what is older than its span, however many samples come', () => {
    const window = new RateWindow(100);
    for (let time = 0; time <= 1000; time += 1) window.add(time, time < 500 ? 0 : (time - 500) * 2);
    expect(window.rate()).toBeCloseTo(2, 1);
  });

  it('starts anew when the counter or the time goes back', () => {
    const window = new RateWindow(100);
    window.add(0, 1000);
    window.add(50, 2000);
    window.add(60, 0);
    expect(window.rate()).toBe(0);
    window.add(80, 10);
    expect(window.rate()).toBe(0.5);
    window.add(0, 20);
    expect(window.rate()).toBe(0);
  });
});
