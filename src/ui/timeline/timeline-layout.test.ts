import { expect, it } from 'vitest';
import { laneAt, layoutOf, partsOf, pixelOf, timeOf } from './timeline-layout.ts';

it('has a row for each core, one for messages and one for the controller, all in its height', () => {
  for (const [height, harts] of [
    [230, 16],
    [340, 4],
    [200, 1],
  ] as const) {
    const layout = layoutOf(1000, height, harts);
    const rows = [...layout.lanes, layout.messages].sort((one, two) => one.top - two.top);
    expect(layout.lanes).toHaveLength(harts + 1);
    for (const [index, row] of rows.entries()) {
      const before = rows[index - 1] ?? layout.axis;
      expect(row.top).toBe(before.top + before.height);
      expect(row.height).toBeGreaterThanOrEqual(8);
      const { events, band } = partsOf(row);
      expect(events.top + events.height).toBeLessThanOrEqual(band.top);
      expect(band.top + band.height).toBeLessThan(row.top + row.height);
    }
    expect((rows.at(-1)?.top ?? 0) + (rows.at(-1)?.height ?? 0)).toBeLessThanOrEqual(height);
  }
});

it('leads from a time to a pixel and back', () => {
  const layout = layoutOf(1000, 300, 4);
  const view = { from: 500, to: 1500 };
  expect(pixelOf(layout, view, 500)).toBe(layout.gutter);
  expect(pixelOf(layout, view, 1500)).toBe(1000);
  for (const time of [500, 777, 1499])
    expect(timeOf(layout, view, pixelOf(layout, view, time))).toBeCloseTo(time);
});

it('finds the core under a pointer; the axis and the messages are none', () => {
  const layout = layoutOf(1000, 300, 4);
  expect(laneAt(layout, 5)).toBeNull();
  expect(laneAt(layout, layout.messages.top + 2)).toBeNull();
  for (const [lane, { top }] of layout.lanes.entries()) expect(laneAt(layout, top + 1)).toBe(lane);
});
