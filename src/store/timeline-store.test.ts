import { beforeEach, expect, it } from 'vitest';
import type { TraceEvent } from '../protocol/timeline.ts';
import { TRACE_KIND } from '../protocol/trace.ts';
import {
  closeTimeline,
  forgetEvents,
  openTimeline,
  selectEvent,
  timelineOfPause,
  togglePin,
  useTimeline,
} from './timeline-store.ts';

const event = (sequence: number, flow: TraceEvent['flow'] = null): TraceEvent => ({
  record: {
    sequence: BigInt(sequence),
    hostTime: 0,
    time: 0,
    kind: TRACE_KIND.SBI,
    hart: 0,
    instance: 1,
    a: 0n,
    b: 0n,
    c: 0,
  },
  lane: 0,
  flow,
});
const state = () => useTimeline.getState();

beforeEach(() => {
  closeTimeline();
  forgetEvents();
});

it('opens with a pause and closes when the machine goes on', () => {
  timelineOfPause(true);
  expect(state().open).toBe(true);
  timelineOfPause(false);
  expect(state().open).toBe(false);
});

it('stays when it was open before the pause, or was used during it', () => {
  openTimeline();
  timelineOfPause(true);
  timelineOfPause(false);
  expect(state().open).toBe(true);
  closeTimeline();
  timelineOfPause(true);
  selectEvent(event(1));
  timelineOfPause(false);
  expect(state().open).toBe(true);
});

it('gives the message of the selected event to whoever shows messages', () => {
  const flow = { what: 0n, id: 4n, channel: 1, slot: 0, from: 1, to: 2, moments: [] };
  selectEvent(event(1, flow));
  expect(state().selectedMessage).toBe(flow);
  selectEvent(event(2));
  expect(state().selectedMessage).toBeNull();
});

it('pins and takes pins away, and keeps no more than eight', () => {
  togglePin(event(1));
  togglePin(event(1));
  expect(state().pins).toEqual([]);
  for (let k = 0; k < 12; k++) togglePin(event(k));
  expect(state().pins.map(({ record }) => Number(record.sequence))).toEqual([4, 5, 6, 7, 8, 9, 10, 11]);
});

it('forgets the events of a machine that is no more', () => {
  selectEvent(event(1));
  togglePin(event(1));
  forgetEvents();
  expect([state().selected, state().pins]).toEqual([null, []]);
});
