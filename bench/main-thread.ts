/** What the main thread of a page did, from a trace of Chromium. */

/** An event of the Chrome trace event format, as far as this file reads it. */
interface ChromeEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds. */
  readonly ts: number;
  readonly dur?: number;
  readonly args?: { readonly name?: string };
}

export interface MainThread {
  /** Milliseconds of tasks from the begin of one frame to that of the next, one for each frame. */
  readonly frames: readonly number[];
  /** Milliseconds of each task. */
  readonly tasks: readonly number[];
}

/** Chromium's categories that `readMainThread` needs. */
export const TRACE_CATEGORIES = ['toplevel', 'devtools.timeline', '__metadata'];

const TASK = 'ThreadControllerImpl::RunTask';
const FRAME = 'FireAnimationFrame';

/**
 * Reads the thread that drew the most frames: that of the page which the browser shows. Throws when there is none: then
 * nothing was measured.
 */
export function readMainThread(json: string): MainThread {
  const { traceEvents } = JSON.parse(json) as { readonly traceEvents: readonly ChromeEvent[] };
  const thread = (event: ChromeEvent): string => `${event.pid}.${event.tid}`;
  const frames = new Map<string, ChromeEvent[]>();
  for (const event of traceEvents) {
    if (event.name !== FRAME) continue;
    const known = frames.get(thread(event));
    if (known) known.push(event);
    else frames.set(thread(event), [event]);
  }
  const [busiest] = [...frames].toSorted(([, a], [, b]) => b.length - a.length);
  if (busiest === undefined) throw new Error('the trace of the browser has no frame');
  const [main, begins] = busiest;
  const tasks = traceEvents
    .filter((event) => event.name === TASK && event.ph === 'X' && thread(event) === main)
    .toSorted((a, b) => a.ts - b.ts);
  if (tasks.length === 0) throw new Error('the trace of the browser has no task of the page');
  return {
    frames: workBetween(
      begins.map(({ ts }) => ts).toSorted((a, b) => a - b),
      tasks,
    ),
    tasks: tasks.map(lasts),
  };
}

const lasts = ({ dur = 0 }: ChromeEvent): number => dur / 1000;

/** A task counts for the frame in which it began. */
function workBetween(begins: readonly number[], tasks: readonly ChromeEvent[]): number[] {
  const work = new Array<number>(Math.max(0, begins.length - 1)).fill(0);
  let frame = 0;
  for (const task of tasks) {
    const end = task.ts + (task.dur ?? 0);
    // A frame begins inside its task: whatever ends after the begin of a frame belongs to that frame.
    while (frame < work.length && end > (begins[frame + 1] ?? Infinity)) frame += 1;
    if (frame < work.length && end > (begins[frame] ?? 0)) work[frame] = (work[frame] ?? 0) + lasts(task);
  }
  return work;
}
