/**
 * The timeline past React: what part of the trace is shown, what keys and pointers do to it, and its drawing. There is one
 * on the page; components give it its canvas.
 */
import type { TraceEvent } from '../../protocol/timeline.ts';
import type { MachineView } from '../../protocol/machine-view.ts';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import { useMachine } from '../../store/machine-store.ts';
import {
  closeTimeline,
  EVENT_SORTS,
  forgetEvents,
  openTimeline,
  selectEvent,
  togglePin,
  useTimeline,
} from '../../store/timeline-store.ts';
import { announce } from '../kit/announcer.tsx';
import { text } from '../text.ts';
import { eventSentence } from './event-words.ts';
import { layoutOf, type Layout } from './timeline-layout.ts';
import { TimelineFeed } from './timeline-feed.ts';
import type { TimelineAction } from './timeline-keys.ts';
import {
  around,
  BEHIND,
  bounded,
  endingAt,
  FIRST_SPAN,
  panned,
  revealing,
  spanOf,
  zoomed,
  type View,
} from './timeline-view.ts';

/** What one press of a key does to the view. */
const ZOOM = 0.6;
const PAN = 0.18;
/** Span from which on a view that follows the machine moves on each frame, ticks; how often a shorter one does, milliseconds. */
const SMOOTH = 10_000_000;
const SHORT_EVERY = 100;
/** Part of the view that is left free behind now when the machine stands. */
const ROOM_AFTER_NOW = 0.02;

class TimelinePane {
  readonly feed = new TimelineFeed();
  view: View = { from: 0, to: FIRST_SPAN };
  layout: Layout = layoutOf(0, 0, 1);
  /** Row that the keyboard has chosen; null: none. */
  lane: number | null = null;
  /** Where the pointer is over the picture; null: elsewhere. */
  pointer: { readonly x: number; readonly y: number } | null = null;
  /** Ticks that a view that follows the machine is behind it. */
  behind = BEHIND;
  /** Raised by whatever changes the drawing but the view, the window and the colours. */
  changes = 0;
  #next: View | null = null;
  /** When a short view moved last, milliseconds. */
  #movedAt = -Infinity;
  #serial = -1;
  #searches = 0;

  /** The machine on the page; what belonged to another one is forgotten. */
  machine(): { machine: ConnectedMachine; view: MachineView } | null {
    const { machine, view } = useMachine.getState();
    if (!machine || !view) return null;
    if (machine.serial !== this.#serial) {
      this.#serial = machine.serial;
      this.view = { from: 0, to: FIRST_SPAN };
      this.lane = null;
      forgetEvents();
    }
    return { machine, view };
  }

  /** Moves a view that follows the machine on to now; `now` in milliseconds. */
  follow(time: number, paused: boolean, now: number): void {
    if (!useTimeline.getState().following) {
      this.#next = null;
      return;
    }
    // Where the host is too busy to tell the trace in time, the view waits for it.
    const known = this.feed.window?.known ?? time;
    const end = paused ? time + spanOf(this.view) * ROOM_AFTER_NOW : Math.min(time - BEHIND, known);
    this.behind = time - end;
    // As long as the machine is younger than the view is long, its start stays at the left.
    const next = endingAt(this.view, Math.max(end, spanOf(this.view)));
    if (paused || spanOf(next) >= SMOOTH) {
      this.view = next;
      this.#next = null;
      return;
    }
    // A short view would run through what is known in a few frames: it moves on when the next part is there.
    this.#next ??= now - this.#movedAt < SHORT_EVERY ? null : next;
    const { window } = this.feed;
    if (!this.#next || !window) return;
    const covers = window.from + window.columns * window.columnTicks >= this.#next.to;
    if (!covers || window.from > this.#next.from || spanOf(this.#next) !== spanOf(next)) {
      if (spanOf(this.#next) !== spanOf(next)) this.#next = next;
      return;
    }
    this.view = this.#next;
    this.#next = null;
    this.#movedAt = now;
  }

  /** The view to ask for: the one that is shown, or will be as soon as its part of the trace is there. */
  get wanted(): View {
    return this.#next ?? this.view;
  }

  /** Shows another part; a view that somebody has moved no longer follows the machine. */
  show(view: View): void {
    const found = this.machine();
    if (!found) return;
    this.view = bounded(view, found.machine.reader.time());
    useTimeline.setState({ following: false, byPause: false });
  }

  /** Zooms around a time; a view that follows the machine goes on doing so. */
  zoom(factor: number, at: number): void {
    const found = this.machine();
    if (!found) return;
    if (useTimeline.getState().following) {
      this.view = zoomed(this.view, factor, this.view.to);
      this.#next = null;
      useTimeline.setState({ byPause: false });
    } else this.show(zoomed(this.view, factor, at));
  }

  do(action: TimelineAction): void {
    const { view } = this;
    const { selected } = useTimeline.getState();
    const middle = (view.from + view.to) / 2;
    const inside = selected && selected.record.time >= view.from && selected.record.time < view.to;
    const at = inside ? selected.record.time : middle;
    switch (action) {
      case 'toggle':
        if (useTimeline.getState().open) closeTimeline();
        else openTimeline();
        return;
      case 'zoom-in':
        this.zoom(ZOOM, at);
        return;
      case 'zoom-out':
        this.zoom(1 / ZOOM, at);
        return;
      case 'left':
        this.show(panned(view, -spanOf(view) * PAN));
        return;
      case 'right':
        this.show(panned(view, spanOf(view) * PAN));
        return;
      case 'focus':
        if (selected) this.focus(selected);
        return;
      case 'next':
      case 'previous':
        void this.step(action);
        return;
      case 'pin':
        if (selected) togglePin(selected);
        this.changes += 1;
        return;
      case 'live':
        useTimeline.setState({ following: true, byPause: false });
        return;
      case 'lane-up':
        this.chooseLane(-1);
        return;
      case 'lane-down':
        this.chooseLane(1);
        return;
      case 'select':
        void this.pick(this.lane, at, Infinity);
    }
  }

  /** Zooms to the selected event, or to all of the message it belongs to. */
  focus({ record, flow }: TraceEvent): void {
    const times = flow ? flow.moments.map(({ time }) => time) : [record.time];
    const least = flow ? 0 : spanOf(this.view) * 0.02;
    this.show(around(Math.min(...times) - least, Math.max(...times) + least));
  }

  /** Selects the next or the previous event of the chosen sort, from the selected one or from the end of the view. */
  async step(way: 'next' | 'previous'): Promise<void> {
    const { selected, sort } = useTimeline.getState();
    const time = way === 'next' ? this.view.from : this.view.to;
    const sequence = selected ? Number(selected.record.sequence) : null;
    await this.#search({ way, sequence, time, categories: EVENT_SORTS[sort], lane: null }, true);
  }

  /** Selects the event of that number. */
  async select(sequence: number): Promise<void> {
    await this.#search({ way: 'this', sequence, time: 0, categories: 0, lane: null }, true);
  }

  /** Selects the event of a lane (null: any) that is nearest to a time, if it is within so many ticks. */
  async pick(
    lane: number | null,
    time: number,
    within: number,
    categories: number = EVENT_SORTS[useTimeline.getState().sort],
  ): Promise<void> {
    const query = { way: 'nearest', sequence: null, time, categories, lane } as const;
    await this.#search(query, false, (event) => Math.abs(event.record.time - time) <= within);
  }

  chooseLane(by: number): void {
    const lanes = this.layout.lanes.length;
    this.lane = this.lane === null ? (by > 0 ? 0 : lanes - 1) : (this.lane + by + lanes) % lanes;
    this.changes += 1;
    const found = this.machine();
    if (found) announce(this.lane < lanes - 1 ? text.timeline.core(this.lane) : text.timeline.controller);
  }

  async #search(
    query: Parameters<ConnectedMachine['traceEvent']>[0],
    reveal: boolean,
    fits: (event: TraceEvent) => boolean = () => true,
  ): Promise<void> {
    const found = this.machine();
    if (!found) return;
    this.#searches += 1;
    const search = this.#searches;
    const event = await found.machine.traceEvent(query);
    // A later key was faster, or the machine is another.
    if (search !== this.#searches || useMachine.getState().machine !== found.machine) return;
    if (!event || !fits(event)) {
      if (reveal) announce(text.timeline.nothing);
      else selectEvent(null);
      return;
    }
    selectEvent(event);
    this.changes += 1;
    if (reveal) {
      const view = revealing(this.view, event.record.time);
      // What is selected shall not run away.
      this.show(view);
    }
    announce(eventSentence(found.view, event.record, event.lane));
  }
}

export const timelinePane = new TimelinePane();
