/** The shape of each sort of event: it, and not a colour, tells sorts apart, since colours tell kernels. */
import type { EventCategory } from '../../protocol/timeline.ts';

/** Strokes of a mark in a square of −1 … 1: pairs of points, the next stroke after null. */
const MARKS: Readonly<Record<EventCategory, readonly (readonly [number, number] | null)[]>> = {
  run: [
    [0, -1],
    [0, 1],
  ],
  sbi: [
    [-0.7, 1],
    [0, -1],
    [0.7, 1],
  ],
  trap: [
    [-0.9, -0.9],
    [0.9, -0.9],
    [0, 0.9],
    [-0.9, -0.9],
  ],
  doorbell: [
    [0, -1],
    [0.8, 0],
    [0, 1],
    [-0.8, 0],
    [0, -1],
  ],
  publish: [
    [-0.7, -0.9],
    [0.8, 0],
    [-0.7, 0.9],
    [-0.7, -0.9],
  ],
  drain: [
    [0.7, -0.9],
    [-0.8, 0],
    [0.7, 0.9],
    [0.7, -0.9],
  ],
  fault: [[-0.8, -0.8], [0.8, 0.8], null, [-0.8, 0.8], [0.8, -0.8]],
  move: [[-0.8, 0], [0.8, 0], [0.2, -0.7], null, [0.8, 0], [0.2, 0.7]],
  state: [
    [-0.7, -0.7],
    [0.7, -0.7],
    [0.7, 0.7],
    [-0.7, 0.7],
    [-0.7, -0.7],
  ],
};

/** Adds a mark around a point. */
export function addMark(path: Path2D, category: EventCategory, x: number, y: number, radius: number): void {
  let starts = true;
  for (const point of MARKS[category]) {
    if (point && starts) path.moveTo(x + point[0] * radius, y + point[1] * radius);
    else if (point) path.lineTo(x + point[0] * radius, y + point[1] * radius);
    starts = point === null;
  }
}

/** A mark as the data of an SVG path in the square of −1 … 1. */
export function markPath(category: EventCategory): string {
  let starts = true;
  return MARKS[category]
    .map((point) => {
      const command = starts ? 'M' : 'L';
      starts = point === null;
      return point === null ? '' : `${command}${point[0]} ${point[1]}`;
    })
    .join('');
}
