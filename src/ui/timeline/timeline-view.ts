/** Which part of machine time the timeline shows: zooming, panning and the marks of the axis. Times in ticks. */
import { TICKS_PER_SECOND } from '../../store/machine-reader.ts';

/** The part of machine time that is shown: [from, to). */
export interface View {
  readonly from: number;
  readonly to: number;
}

/** Shortest and longest part that can be shown: 2 µs, and 2 hours. */
export const SHORTEST = 20;
export const LONGEST = 7200 * TICKS_PER_SECOND;
/** What is shown at first. */
export const FIRST_SPAN = 10 * TICKS_PER_SECOND;
/** How far behind machine time a view is that keeps up with it, so that what it shows is complete. */
export const BEHIND = 0.25 * TICKS_PER_SECOND;

export const spanOf = (view: View): number => view.to - view.from;

/** Keeps a view within the machine's life: half of it at least lies between the start and now. */
export function bounded(view: View, now: number): View {
  const span = Math.min(LONGEST, Math.max(SHORTEST, spanOf(view)));
  const middle = (view.from + view.to) / 2;
  const held = Math.min(Math.max(now, 0), Math.max(0, middle));
  return { from: held - span / 2, to: held + span / 2 };
}

/** Shows `factor` times as much; the time `at` stays where it is. */
export function zoomed(view: View, factor: number, at: number): View {
  const span = Math.min(LONGEST, Math.max(SHORTEST, spanOf(view) * factor));
  const part = (at - view.from) / spanOf(view);
  return { from: at - part * span, to: at + (1 - part) * span };
}

export function panned(view: View, ticks: number): View {
  return { from: view.from + ticks, to: view.to + ticks };
}

/** The view of the same length whose end is `end`. */
export function endingAt(view: View, end: number): View {
  return { from: end - spanOf(view), to: end };
}

/** The view itself if `time` is well inside it, else one of the same length around it. */
export function revealing(view: View, time: number): View {
  const margin = spanOf(view) * 0.08;
  if (time >= view.from + margin && time <= view.to - margin) return view;
  return { from: time - spanOf(view) / 2, to: time + spanOf(view) / 2 };
}

/** A view of what lasts from one time to another, with some room around it. */
export function around(from: number, to: number): View {
  const room = Math.max(SHORTEST, to - from) * 0.5;
  return { from: from - room, to: to + room };
}

export interface AxisMark {
  readonly time: number;
  /** Seconds, with as many digits as tell it from its neighbours. */
  readonly label: string;
}

/** Marks for a view on `width` pixels, at least `apart` pixels from each other, at 1, 2 or 5 times a power of ten. */
export function axisMarks(view: View, width: number, apart: number): AxisMark[] {
  const least = Math.max(1, (spanOf(view) / Math.max(1, width)) * apart);
  const power = 10 ** Math.floor(Math.log10(least));
  const step = ([1, 2, 5, 10].find((times) => times * power >= least * (1 - 1e-9)) ?? 10) * power;
  const digits = Math.max(0, -Math.floor(Math.log10(step / TICKS_PER_SECOND) + 1e-9));
  const marks: AxisMark[] = [];
  for (let k = Math.max(0, Math.ceil(view.from / step)); k * step < view.to; k++)
    marks.push({ time: k * step, label: `${((k * step) / TICKS_PER_SECOND).toFixed(digits)} s` });
  return marks;
}
