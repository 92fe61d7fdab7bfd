import { expect, test } from 'vitest';
import { curveBetween, pointOn, spreadCurves, type TileEdge } from './wire-curves.ts';

/** Four tiles of 96 in a row. */
const EDGES = new Map<number, TileEdge>(
  [0, 1, 2, 3].map((core) => [core, { left: core * 200, width: 96, y: 50 }]),
);
const FLOOR = 200;

test('a wire that is alone hangs from the middle of its tiles', () => {
  const [curve] = spreadCurves(EDGES, [{ from: 0, to: 3 }], FLOOR);
  expect(curve?.from).toEqual({ x: 48, y: 50 });
  expect(curve?.to).toEqual({ x: 648, y: 50 });
});

test('wires that end at one tile are apart, in the order of their other ends, and do not cross there', () => {
  const wires = [
    { from: 3, to: 1 },
    { from: 1, to: 0 },
    { from: 1, to: 2 },
  ];
  const [toThree, toZero, toTwo] = spreadCurves(EDGES, wires, FLOOR);
  const ends = [toZero?.from.x, toTwo?.from.x, toThree?.to.x].map(Number);
  expect(ends).toEqual([...ends].sort((a, b) => a - b));
  expect(new Set(ends).size).toBe(3);
  for (const x of ends) expect(x > 200 && x < 296).toBe(true);
});

test('a wire to a core that is not shown does not hang', () => {
  expect(curveBetween(EDGES, { from: 0, to: 9 }, FLOOR)).toBeNull();
  expect(spreadCurves(EDGES, [{ from: 0, to: 9 }], FLOOR)).toEqual([null]);
});

test('a curve begins and ends at its tiles and hangs above the floor between them', () => {
  const curve = curveBetween(EDGES, { from: 0, to: 3 }, 90);
  if (!curve) throw new Error('both tiles are there');
  expect(pointOn(curve, 0)).toEqual(curve.from);
  expect(pointOn(curve, 1)).toEqual(curve.to);
  expect(pointOn(curve, 0.5).y).toBeGreaterThan(50);
  expect(pointOn(curve, 0.5).y).toBeLessThan(90);
});
