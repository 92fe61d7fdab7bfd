/**
 * The rows of cores as a picture with one pixel a column: how much each ran, in its owner's colour, and how many events it
 * had. Made once for each window of the trace; a frame only stretches it over the canvas.
 */
import { SPAN_STRIDE, type TimelineWindow } from '../../protocol/timeline.ts';
import { partsOf, type Layout } from './timeline-layout.ts';
import { lookOf, POOL_LOOK, type Looks } from './timeline-looks.ts';

/** Opacity of a band that never ran and of one that ran all the time, 0 … 255. */
const REST = 46;
const RUN = 225;
const EVENTS = 150;

export class LanePicture {
  /** Null: there is nothing in it. */
  canvas: OffscreenCanvas | null = null;
  #window: TimelineWindow | null = null;
  #key = '';
  #pixels: ImageData | null = null;

  /** Makes the picture anew if the window, the layout or the colours are others. */
  update(window: TimelineWindow, layout: Layout, looks: Looks, ratio: number): void {
    const key = `${layout.height} ${layout.lanes.length} ${ratio} ${looks.text} ${window.runs !== null} ${window.events !== null}`;
    if (this.#window === window && this.#key === key) return;
    this.#window = window;
    this.#key = key;
    const width = window.columns;
    const height = Math.round(layout.height * ratio);
    if (width === 0 || height === 0) {
      this.canvas = null;
      return;
    }
    if (this.canvas?.width !== width || this.canvas.height !== height || !this.#pixels) {
      this.canvas = new OffscreenCanvas(width, height);
      this.#pixels = new ImageData(width, height);
    }
    const pixels = new Uint32Array(this.#pixels.data.buffer);
    pixels.fill(0);
    // What is drawn singly is not drawn as a part or a count.
    if (!window.runs) paintBands(pixels, window, layout, looks, ratio);
    if (!window.events) paintCounts(pixels, window, layout, looks, ratio);
    this.canvas.getContext('2d')?.putImageData(this.#pixels, 0, 0);
  }
}

/** Pixels of an ImageData are red, green, blue, alpha by ascending address; the host is little-endian as WebAssembly is. */
const pixel = ([red, green, blue]: readonly [number, number, number], alpha: number): number =>
  ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;

/** Look of the owner of a lane in each column. */
function looksByColumn(window: TimelineWindow, lane: number): Uint8Array {
  const { owners, columns, from, columnTicks } = window;
  const looks = new Uint8Array(columns).fill(POOL_LOOK);
  for (let at = 0; at < owners.length; at += SPAN_STRIDE) {
    if (owners[at] !== lane) continue;
    const end = owners[at + 2] ?? -1;
    const first = Math.floor(((owners[at + 1] ?? 0) - from) / columnTicks);
    const last = end < 0 ? columns : Math.ceil((end - from) / columnTicks);
    looks.fill(lookOf(owners[at + 3] ?? 0), Math.max(0, first), Math.max(0, last));
  }
  return looks;
}

function paintBands(
  pixels: Uint32Array,
  window: TimelineWindow,
  layout: Layout,
  looks: Looks,
  ratio: number,
): void {
  const { columns, busy, lanes } = window;
  const line = new Uint32Array(columns);
  // The last lane is the controller's, which does not run.
  for (let lane = 0; lane < lanes - 1; lane++) {
    const row = layout.lanes[lane];
    if (!row) continue;
    const owners = looksByColumn(window, lane);
    for (let column = 0; column < columns; column++) {
      const part = (busy[lane * columns + column] ?? 0) / 255;
      const rgb = looks.rgb[owners[column] ?? POOL_LOOK] ?? looks.textRgb;
      line[column] = part === 0 ? 0 : pixel(rgb, REST + (RUN - REST) * part);
    }
    const { band } = partsOf(row);
    const end = Math.round((band.top + band.height) * ratio);
    for (let y = Math.round(band.top * ratio); y < end; y++) pixels.set(line, y * columns);
  }
}

function paintCounts(
  pixels: Uint32Array,
  window: TimelineWindow,
  layout: Layout,
  looks: Looks,
  ratio: number,
): void {
  const { columns, counts, lanes } = window;
  const most = counts.reduce((max, count) => Math.max(max, count), 1);
  const scale = 1 / Math.log2(1 + most);
  const colour = pixel(looks.textRgb, EVENTS);
  for (let lane = 0; lane < lanes; lane++) {
    const row = layout.lanes[lane];
    if (!row) continue;
    const { events } = partsOf(row);
    const height = Math.max(1, Math.round(events.height * ratio));
    const floor = Math.round((events.top + events.height) * ratio);
    for (let column = 0; column < columns; column++) {
      const count = counts[lane * columns + column] ?? 0;
      if (count === 0) continue;
      const bar = Math.max(1, Math.round(Math.log2(1 + count) * scale * height));
      for (let y = floor - bar; y < floor; y++) pixels[y * columns + column] = colour;
    }
  }
}
