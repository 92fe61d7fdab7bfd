import { expect, it } from 'vitest';
import { distanceFrom, pointOn, type Curve } from './wire-curves.ts';
import { wireAt, type DrawnWire } from './wire-messages.ts';

const curve: Curve = { from: { x: 0, y: 0 }, sag: { x: 100, y: 80 }, to: { x: 200, y: 0 } };
const wire: DrawnWire = {
  from: 0,
  to: 2,
  curve,
  dots: [pointOn(curve, 0.8), pointOn(curve, 0.2)],
  all: true,
};

it('measures from the curve and from its ends', () => {
  expect(distanceFrom(curve, pointOn(curve, 0.37))).toBeLessThan(1);
  expect(distanceFrom(curve, { x: 100, y: 50 })).toBeCloseTo(10, 0);
  expect(distanceFrom(curve, { x: -30, y: 0 })).toBeCloseTo(30);
});

it('takes the nearest dot, and counts the doorbells after it', () => {
  const near = (t: number) => ({ x: pointOn(curve, t).x + 5, y: pointOn(curve, t).y });
  expect(wireAt([wire], near(0.8))).toEqual({ from: 0, to: 2, later: 1 });
  expect(wireAt([wire], near(0.2))).toEqual({ from: 0, to: 2, later: 0 });
  expect(wireAt([{ ...wire, all: false }], near(0.2))).toEqual({ from: 0, to: 2, later: null });
});

it('takes the wire where there is no dot, and nothing where there is no wire', () => {
  expect(wireAt([wire], pointOn(curve, 0.5))).toEqual({ from: 0, to: 2, later: null });
  expect(wireAt([wire], { x: 100, y: 90 })).toBeUndefined();
});
