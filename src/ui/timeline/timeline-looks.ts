/** Colours and hatches of kernels for canvases, as the style sheet has them now. */
import { kernelLook } from '../../store/kernel-look.ts';
import { cssColour } from '../kit/canvas.ts';

/** Index of the pool's look, after the four hues of kernels. */
export const POOL_LOOK = 4;
const LOOKS = 5;

export interface Looks {
  /** By look: 0 … 3 as `data-hue`, and the pool's. */
  readonly hues: readonly string[];
  /** The same as red, green, blue, 0 … 255. */
  readonly rgb: readonly (readonly [number, number, number])[];
  readonly hatches: readonly (CanvasPattern | null)[];
  /** For what is not known. */
  readonly gap: CanvasPattern | null;
  readonly text: string;
  readonly textRgb: readonly [number, number, number];
  readonly muted: string;
  readonly line: string;
  readonly background: string;
}

/** Look of an owner as a span tells it: instance + 1, 0 = pool. */
export const lookOf = (owner: number): number => (owner <= 0 ? POOL_LOOK : kernelLook(owner - 1).hue);

function rgbOf(colour: string): [number, number, number] {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  return [red, green, blue];
}

const HATCH = 8;

/** Lines of a hatch of HATCH × HATCH: level, rising, dots, falling; the pool has none. Upright ones would look like runs. */
const LINES: readonly (readonly (readonly [number, number, number, number])[])[] = [
  [[0, 4, 8, 4]],
  [
    [-1, 9, 9, -1],
    [-1, 1, 1, -1],
    [7, 9, 9, 7],
  ],
  [
    [1, 2, 3, 2],
    [5, 6, 7, 6],
  ],
  [
    [-1, -1, 9, 9],
    [-1, 7, 1, 9],
    [7, -1, 9, 1],
  ],
  [],
];

function hatch(
  context: CanvasRenderingContext2D,
  colour: string,
  lines: readonly (readonly [number, number, number, number])[],
): CanvasPattern | null {
  const tile = new OffscreenCanvas(HATCH, HATCH);
  const drawing = tile.getContext('2d');
  if (!drawing) return null;
  drawing.strokeStyle = colour;
  drawing.lineWidth = 1.5;
  for (const [x0, y0, x1, y1] of lines) {
    drawing.beginPath();
    drawing.moveTo(x0, y0);
    drawing.lineTo(x1, y1);
    drawing.stroke();
  }
  return context.createPattern(tile, 'repeat');
}

/** Reads the looks for one canvas: all of them when the theme is another, which the colour of text tells. */
export class LooksReader {
  #looks: Looks | null = null;

  read(canvas: HTMLElement, context: CanvasRenderingContext2D): Looks {
    const foreground = cssColour(canvas, '--text');
    if (this.#looks?.text === foreground) return this.#looks;
    const hues = Array.from({ length: LOOKS }, (_, look) =>
      cssColour(canvas, look === POOL_LOOK ? '--hue-pool' : `--hue-${look}`),
    );
    const [muted, line, background] = ['--muted', '--line', '--bg'].map((name) => cssColour(canvas, name));
    this.#looks = {
      hues,
      rgb: hues.map(rgbOf),
      hatches: hues.map((hue, look) => hatch(context, hue, LINES[look] ?? [])),
      gap: hatch(context, muted ?? '', [...(LINES[1] ?? []), ...(LINES[3] ?? [])]),
      text: foreground,
      textRgb: rgbOf(foreground),
      muted: muted ?? '',
      line: line ?? '',
      background: background ?? '',
    };
    return this.#looks;
  }
}

/** Draws a kernel's shape around a point. */
export function drawShape(
  context: CanvasRenderingContext2D,
  shape: 'square' | 'triangle' | 'circle' | 'diamond',
  x: number,
  y: number,
  radius: number,
): void {
  context.beginPath();
  if (shape === 'square') context.rect(x - radius, y - radius, 2 * radius, 2 * radius);
  else if (shape === 'circle') context.arc(x, y, radius, 0, 2 * Math.PI);
  else {
    context.moveTo(x, y - radius * 1.1);
    if (shape === 'triangle') {
      context.lineTo(x + radius * 1.1, y + radius);
      context.lineTo(x - radius * 1.1, y + radius);
    } else {
      context.lineTo(x + radius * 1.1, y);
      context.lineTo(x, y + radius * 1.1);
      context.lineTo(x - radius * 1.1, y);
    }
    context.closePath();
  }
  context.fill();
}
