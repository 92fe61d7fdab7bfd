/** What the person has chosen in the timeline. No trace data but the event that is selected, and those that are pinned. */
import { create } from 'zustand';
import { ALL_EVENTS, categoryMask, type TraceEvent, type TraceFlow } from '../protocol/timeline.ts';

/** Sorts of events to step through and to show, with their categories. */
export const EVENT_SORTS = {
  all: ALL_EVENTS,
  messages: categoryMask('publish', 'drain', 'doorbell'),
  doorbells: categoryMask('doorbell'),
  traps: categoryMask('trap', 'fault'),
  firmware: categoryMask('sbi'),
  moves: categoryMask('move'),
  states: categoryMask('state'),
  runs: categoryMask('run'),
} as const;
export type EventSort = keyof typeof EVENT_SORTS;

/** Most pins at a time. */
const MAX_PINS = 8;

interface TimelineState {
  readonly open: boolean;
  /** It came with a pause and was not touched since: it goes when the machine goes on. */
  readonly byPause: boolean;
  /** The view keeps up with machine time. */
  readonly following: boolean;
  readonly sort: EventSort;
  readonly selected: TraceEvent | null;
  /** The message that the selected event belongs to. */
  readonly selectedMessage: TraceFlow | null;
  readonly pins: readonly TraceEvent[];
  readonly list: boolean;
}

const INITIAL: TimelineState = {
  open: false,
  byPause: false,
  following: true,
  sort: 'all',
  selected: null,
  selectedMessage: null,
  pins: [],
  list: false,
};

export const useTimeline = create<TimelineState>()(() => INITIAL);

export function openTimeline(byPause = false): void {
  useTimeline.setState({ open: true, byPause });
}

export function closeTimeline(): void {
  useTimeline.setState({ open: false, byPause: false, list: false });
}

/** The machine has paused or goes on: what the pause opened closes with it, unless somebody has used it. */
export function timelineOfPause(paused: boolean): void {
  const { open, byPause } = useTimeline.getState();
  if (paused && !open) openTimeline(true);
  if (!paused && open && byPause) closeTimeline();
}

export function selectEvent(event: TraceEvent | null): void {
  useTimeline.setState({ selected: event, selectedMessage: event?.flow ?? null, byPause: false });
}

/** Pins the event, or takes its pin away. */
export function togglePin(event: TraceEvent): void {
  const { pins } = useTimeline.getState();
  const others = pins.filter((pin) => pin.record.sequence !== event.record.sequence);
  const added = others.length === pins.length ? [...others, event].slice(-MAX_PINS) : others;
  useTimeline.setState({ pins: added, byPause: false });
}

/** Events of a machine that is no more mean nothing. */
export function forgetEvents(): void {
  useTimeline.setState({ selected: null, selectedMessage: null, pins: [], following: true, list: false });
}
