/** Where wires hang between the tiles of cores: plain geometry, in CSS pixels of the board. */

/** The lower edge of a tile. */
export interface TileEdge {
  readonly left: number;
  readonly width: number;
  readonly y: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where a wire hangs: end points below two tiles and the control point of the curve between them. */
export interface Curve {
  readonly from: Point;
  readonly sag: Point;
  readonly to: Point;
}

/** The cores at the ends of a wire. */
export interface WireEnds {
  readonly from: number;
  readonly to: number;
}

/** Part of a tile's edge at either side that no wire hangs from: the corners are round. */
const CORNER = 12;
/** Straight pieces that a curve is taken as, to measure from it. */
const PIECES = 24;

const middle = (edge: TileEdge): Point => ({ x: edge.left + edge.width / 2, y: edge.y });

/** A wire from the middle of one tile to that of another; null when one of them is not there. */
export function curveBetween(
  edges: ReadonlyMap<number, TileEdge>,
  { from, to }: WireEnds,
  floor: number,
): Curve | null {
  const a = edges.get(from);
  const b = edges.get(to);
  return a && b ? hang(middle(a), middle(b), floor) : null;
}

/** Wires that stay: those that end at one tile are spread along its edge, in the order of where they come from. */
export function spreadCurves(
  edges: ReadonlyMap<number, TileEdge>,
  wires: readonly WireEnds[],
  floor: number,
): (Curve | null)[] {
  const endAt = (wire: WireEnds, core: number): Point | null => {
    const edge = edges.get(core);
    if (!edge) return null;
    const distance = (other: WireEnds): number => {
      const far = edges.get(other.from === core ? other.to : other.from);
      return far ? middle(far).x : 0;
    };
    const here = wires
      .filter((other) => other.from === core || other.to === core)
      .sort((one, other) => distance(one) - distance(other));
    const room = edge.width - 2 * CORNER;
    return { x: edge.left + CORNER + (room * (here.indexOf(wire) + 1)) / (here.length + 1), y: edge.y };
  };
  return wires.map((wire) => {
    const from = endAt(wire, wire.from);
    const to = endAt(wire, wire.to);
    return from && to ? hang(from, to, floor) : null;
  });
}

function hang(from: Point, to: Point, floor: number): Curve {
  const lowest = Math.max(from.y, to.y);
  // A quadratic curve reaches half-way to its control point: twice the depth that it shall hang.
  const depth = Math.min(36 + Math.abs(from.x - to.x) * 0.05, Math.max(12, floor - lowest - 18));
  return { from, sag: { x: (from.x + to.x) / 2, y: lowest + depth * 2 }, to };
}

/** The point at part `t` of the curve, 0 … 1. */
export function pointOn(curve: Curve, t: number): Point {
  const u = 1 - t;
  return {
    x: u * u * curve.from.x + 2 * u * t * curve.sag.x + t * t * curve.to.x,
    y: u * u * curve.from.y + 2 * u * t * curve.sag.y + t * t * curve.to.y,
  };
}

/** Least distance of a point from the curve, exact to a pixel or so. */
export function distanceFrom(curve: Curve, { x, y }: Point): number {
  let least = Infinity;
  for (let k = 0; k < PIECES; k++) {
    const a = pointOn(curve, k / PIECES);
    const b = pointOn(curve, (k + 1) / PIECES);
    const square = (b.x - a.x) ** 2 + (b.y - a.y) ** 2;
    const part = square === 0 ? 0 : ((x - a.x) * (b.x - a.x) + (y - a.y) * (b.y - a.y)) / square;
    const t = Math.min(1, Math.max(0, part));
    least = Math.min(least, Math.hypot(x - a.x - t * (b.x - a.x), y - a.y - t * (b.y - a.y)));
  }
  return least;
}
