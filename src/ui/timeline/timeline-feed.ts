/** Asks the services worker for windows of the trace, one at a time, and keeps the last one. */
import type { TimelineQuery, TimelineWindow } from '../../protocol/timeline.ts';
import { MAX_COLUMNS } from '../../protocol/timeline.ts';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import { spanOf, type View } from './timeline-view.ts';

/** Milliseconds between two questions about the same view: while the machine runs, and while it stands. */
const RUNNING_EVERY = 100;
const PAUSED_EVERY = 400;
/** Milliseconds between two questions while the view moves. */
const MOVING_EVERY = 40;
/** How much more than the view is asked for on each side, in its spans, so that panning shows something at once. */
const MARGIN = 0.35;

export interface Wanted {
  readonly view: View;
  /** Pixels across the view. */
  readonly width: number;
  readonly categories: number;
  readonly detail: boolean;
  readonly running: boolean;
}

export class TimelineFeed {
  window: TimelineWindow | null = null;
  #machine: ConnectedMachine | null = null;
  #asking = false;
  #askedAt = -Infinity;
  #asked: TimelineQuery | null = null;

  /** To be called on each frame; `now` in milliseconds. */
  want(machine: ConnectedMachine, wanted: Wanted, now: number): void {
    if (this.#machine !== machine) {
      this.#machine = machine;
      this.window = null;
      this.#asked = null;
      this.#asking = false;
    }
    if (this.#asking || wanted.width < 1) return;
    const still = this.#fits(wanted);
    const every = still ? (wanted.running ? RUNNING_EVERY : PAUSED_EVERY) : MOVING_EVERY;
    if (now - this.#askedAt < every) return;
    this.#asking = true;
    this.#askedAt = now;
    void this.#ask(machine, queryFor(wanted));
  }

  /** Whether the last question was about as much as is wanted now, as fine. */
  #fits({ view, width, categories, detail }: Wanted): boolean {
    const asked = this.#asked;
    if (!asked || asked.categories !== categories || asked.detail !== detail) return false;
    const perPixel = spanOf(view) / width;
    const askedPerPixel = (asked.to - asked.from) / asked.columns;
    const fine = perPixel < askedPerPixel * 1.3 && perPixel > askedPerPixel * 0.6;
    return fine && asked.from <= Math.max(0, view.from) && asked.to >= view.to;
  }

  async #ask(machine: ConnectedMachine, query: TimelineQuery): Promise<void> {
    this.#asked = query;
    const window = await machine.timeline(query);
    if (this.#machine !== machine) return;
    this.#asking = false;
    if (window) this.window = window;
  }
}

function queryFor({ view, width, categories, detail }: Wanted): TimelineQuery {
  const margin = spanOf(view) * MARGIN;
  const from = Math.max(0, view.from - margin);
  const to = Math.max(from + 1, view.to + margin);
  const columns = Math.min(MAX_COLUMNS, Math.max(1, Math.ceil(((to - from) / spanOf(view)) * width)));
  return { from, to, columns, categories, detail };
}
