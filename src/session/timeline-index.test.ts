/** The timeline's index against what the trace says record by record, on random traces and on that of real guests. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ringWord, TRACE_KIND, type TraceRecord } from '../protocol/trace.ts';
import {
  ALL_EVENTS,
  categoryMask,
  categoryOf,
  EVENT_CATEGORIES,
  FLOW,
  FLOW_STRIDE,
  GAP_STRIDE,
  MAX_EVENTS,
  SPAN_STRIDE,
  type TimelineQuery,
  type TimelineWindow,
} from '../protocol/timeline.ts';
import { UPDATE_PHASES } from '../protocol/machine-view.ts';
import { startGuests, type Guests } from './guests.testkit.ts';
import { random } from './random.testkit.ts';
import { TimelineIndex } from './timeline-index.ts';
import { TraceStore } from './trace-store.ts';

const HARTS = 3;
const EVERYTHING = categoryMask(...EVENT_CATEGORIES);

let sequence = 0;
const record = (fields: Partial<TraceRecord>): TraceRecord => {
  sequence += 1;
  return {
    sequence: BigInt(sequence),
    hostTime: 0,
    time: 0,
    kind: TRACE_KIND.SBI,
    hart: 0,
    instance: 1,
    a: 0n,
    b: 0n,
    c: 0,
    ...fields,
  };
};

const KINDS = [
  TRACE_KIND.SBI,
  TRACE_KIND.TRAP,
  TRACE_KIND.GATE_FAULT,
  TRACE_KIND.HART_RUN,
  TRACE_KIND.HART_REST,
  TRACE_KIND.HART_OWNER,
] as const;

/** A trace whose records come in the order of their numbers, with times that differ a little from that order. */
function randomTrace(seed: number, count: number, ticks: number): TraceRecord[] {
  const next = random(seed);
  const last = new Array<number>(HARTS).fill(0);
  return Array.from({ length: count }, (_, index) => {
    const hart = Math.floor(next() * HARTS);
    const jittered = Math.floor((index / count) * ticks - next() * 50);
    const time = Math.max(last[hart] ?? 0, jittered);
    last[hart] = time;
    const kind = KINDS[Math.floor(next() * KINDS.length)] ?? TRACE_KIND.SBI;
    if (kind !== TRACE_KIND.HART_OWNER) return record({ time, hart, kind });
    return record({ time, hart: 16, kind, a: BigInt(hart), b: BigInt(Math.floor(next() * 4)), c: 0 });
  });
}

function indexOf(records: readonly TraceRecord[]): TimelineIndex {
  const store = new TraceStore(false);
  const index = new TimelineIndex(store, [null, null, null]);
  for (let from = 0; from < records.length; from += 700) {
    const part = records.slice(from, from + 700);
    store.add(part, []);
    index.add(part, []);
  }
  return index;
}

const query = (from: number, to: number, more: Partial<TimelineQuery> = {}): TimelineQuery => ({
  from,
  to,
  columns: 200,
  categories: EVERYTHING,
  detail: true,
  ...more,
});
const rows = (array: Float64Array | null, stride: number): number[][] =>
  Array.from({ length: (array?.length ?? 0) / stride }, (_, row) => [
    ...(array ?? []).slice(row * stride, (row + 1) * stride),
  ]);
const laneOf = (entry: TraceRecord): number =>
  entry.kind === TRACE_KIND.HART_OWNER ? Number(entry.a) : entry.hart;

/** What each lane did over time, followed from the first record on. */
function follow(records: readonly TraceRecord[], lane: number) {
  const owners: [number, number][] = [[0, 0]];
  const runs: [number, number][] = [];
  let since: number | null = null;
  for (const entry of records) {
    if (laneOf(entry) !== lane) continue;
    if (entry.kind === TRACE_KIND.HART_OWNER) owners.push([entry.time, Number(entry.b)]);
    if (entry.kind !== TRACE_KIND.HART_RUN && entry.kind !== TRACE_KIND.HART_REST) continue;
    if (since !== null && entry.time > since) runs.push([since, entry.time]);
    since = entry.kind === TRACE_KIND.HART_RUN ? entry.time : null;
  }
  if (since !== null) runs.push([since, Infinity]);
  return { owners, runs };
}

const TICKS = 30_000_000;

describe('random traces', () => {
  const records = randomTrace(7, 9000, TICKS);
  const index = indexOf(records);
  const next = random(8);
  const windows: TimelineWindow[] = [];
  for (let k = 0; k < 12; k++) {
    const length = Math.floor(TICKS * next() ** 3) + 2;
    const from = Math.floor(next() * (TICKS - length));
    windows.push(index.window(query(from, from + length), TICKS));
  }
  const end = (window: TimelineWindow): number => window.from + window.columns * window.columnTicks;

  it('count what happened in each column, and bring it singly where it is not too much', () => {
    let single = 0;
    for (const window of windows) {
      const inside = records.filter(({ time }) => time >= window.from && time < end(window));
      const counts = new Uint32Array(window.lanes * window.columns);
      for (const entry of inside) {
        const column = Math.floor((entry.time - window.from) / window.columnTicks);
        const at = laneOf(entry) * window.columns + column;
        counts[at] = (counts[at] ?? 0) + 1;
      }
      expect(window.counts).toEqual(counts);
      if (inside.length > MAX_EVENTS) {
        expect(window.events).toBeNull();
        continue;
      }
      single += 1;
      expect([...(window.events?.sequence ?? [])]).toEqual(inside.map((entry) => Number(entry.sequence)));
      expect([...(window.events?.time ?? [])]).toEqual(inside.map((entry) => entry.time));
      expect([...(window.events?.lane ?? [])]).toEqual(inside.map(laneOf));
    }
    expect(single).toBeGreaterThan(2);
    expect(single).toBeLessThan(windows.length);
  });

  it('know when each hart ran, singly and as a part of each column', () => {
    for (const window of windows)
      for (let lane = 0; lane < HARTS; lane++) {
        const { runs } = follow(records, lane);
        const inside = runs.filter(([from, to]) => to > window.from && from < end(window));
        if (window.runs)
          expect(
            rows(window.runs, SPAN_STRIDE)
              .filter(([of]) => of === lane)
              .map(([, from, to]) => [from, to === -1 ? Infinity : to]),
          ).toEqual(inside);
        for (let column = 0; column < window.columns; column++) {
          const start = window.from + column * window.columnTicks;
          const stop = Math.min(TICKS, start + window.columnTicks);
          const ticks = inside.reduce(
            (sum, [from, to]) => sum + Math.max(0, Math.min(to, stop) - Math.max(from, start)),
            0,
          );
          const part = window.busy[lane * window.columns + column] ?? -1;
          expect(Math.abs(part - (255 * ticks) / window.columnTicks)).toBeLessThanOrEqual(0.51);
        }
      }
  });

  it('know who owned each hart at each instant, to a column', () => {
    for (const window of windows)
      for (let lane = 0; lane < HARTS; lane++) {
        const { owners } = follow(records, lane);
        const spans = rows(window.owners, SPAN_STRIDE).filter(([of]) => of === lane);
        for (const [, from = 0, to = 0, value] of spans) {
          const owner = owners.findLast(([since]) => since <= from)?.[1];
          expect(value).toBe(owner);
          const change = owners.find(([since, other]) => since > from && other !== owner)?.[0] ?? -1;
          expect(to).toSatisfy((until: number) => until === -1 || until <= change || change === -1);
        }
      }
  });

  it('find the next, the previous and the nearest event of a sort', () => {
    const wanted = categoryMask('trap', 'fault');
    const chosen = records.filter(({ kind }) => (wanted & (1 << categoryOf(kind))) !== 0);
    const ask = (
      way: 'next' | 'previous' | 'nearest',
      number: number | null,
      time: number,
      lane: number | null,
    ) => index.event({ way, sequence: number, time, categories: wanted, lane })?.record.sequence;
    for (let k = 0; k < 20; k++) {
      const from = Number(records[Math.floor(next() * records.length)]?.sequence);
      expect(ask('next', from, 0, null)).toBe(chosen.find((one) => one.sequence > from)?.sequence);
      expect(ask('previous', from, 0, null)).toBe(chosen.findLast((one) => one.sequence < from)?.sequence);
      const time = Math.floor(next() * TICKS);
      const away = (one: TraceRecord): number => Math.abs(one.time - time);
      const nearest = Math.min(...chosen.filter(({ hart }) => hart === 1).map(away));
      const found = index.event({ way: 'nearest', sequence: null, time, categories: wanted, lane: 1 });
      expect(found && away(found.record)).toBe(nearest);
      expect(found?.lane).toBe(1);
    }
    expect(ask('next', sequence, 0, null)).toBeUndefined();
    expect(ask('previous', null, -1, null)).toBeUndefined();
  });
});

it('answers for a second, a minute and an hour of 100,000 events a second with as much', () => {
  const store = new TraceStore(false);
  const index = new TimelineIndex(store, [0, 1, 2]);
  for (let batch = 0; batch < 5; batch++) {
    const part = Array.from({ length: 100_000 }, (_, k) =>
      record({ time: batch * 10_000_000 + k * 100, hart: k % HARTS, instance: k % HARTS }),
    );
    store.add(part, []);
    index.add(part, []);
  }
  for (const seconds of [0.5, 5, 60, 3600]) {
    const window = index.window(query(0, seconds * 10_000_000, { columns: 1440 }), 50_000_000);
    expect(window.columns).toBeLessThanOrEqual(1440);
    expect(window.events).toBeNull();
    expect(window.totals[categoryOf(TRACE_KIND.SBI)]).toBeGreaterThanOrEqual(Math.min(seconds, 5) * 100_000);
  }
  // What the store has dropped is there as a count, and the window says since when it is not.
  expect(index.window(query(0, 1000), 0).eventsSince).toBe(30_000_000);
  expect(index.window(query(0, 1000), 0).events).toBeNull();
  expect(index.window(query(40_000_000, 40_000_900), 0).events?.time[0]).toBe(39_997_500);
});

it('shows what a ring lost as a gap of its lane, and does not say that the hart ran through it', () => {
  const store = new TraceStore(false);
  const index = new TimelineIndex(store, [1, null]);
  const add = (records: TraceRecord[], lost: number[]): void => {
    store.add(records, []);
    index.add(records, lost);
  };
  add([record({ time: 1000, kind: TRACE_KIND.HART_RUN }), record({ time: 2000 })], []);
  add([record({ time: 9000, kind: TRACE_KIND.HART_REST })], [17, 0]);
  add([record({ time: 9500, hart: 1 })], [0, 0, 5]);
  const window = index.window(query(0, 10_000), 10_000);
  expect(rows(window.gaps, GAP_STRIDE)).toEqual([
    [0, 2000, 9000, 17],
    [2, 0, 9500, 5],
  ]);
  expect(rows(window.runs, SPAN_STRIDE)).toEqual([[0, 1000, 2000, 0]]);
  expect(rows(index.window(query(9600, 10_000), 10_000).gaps, GAP_STRIDE)).toEqual([]);
});

it('made after a flood, knows owners, states and runs from before it, and where records are missing', () => {
  const store = new TraceStore(false);
  store.add([record({ time: 100, kind: TRACE_KIND.HART_OWNER, hart: 16, a: 0n, b: 2n, c: 0 })], []);
  store.add([record({ time: 200, kind: TRACE_KIND.INSTANCE_STATE, hart: 16, instance: 1, a: 2n })], []);
  store.add([record({ time: 300, kind: TRACE_KIND.HART_RUN })], []);
  store.add(
    Array.from({ length: 200_010 }, (_, index) => record({ time: 1000 + index })),
    [],
  );
  const window = new TimelineIndex(store, [1]).window(query(0, 1_000_000), 300_000);
  expect(rows(window.owners, SPAN_STRIDE)).toEqual([
    [0, 0, 100, 0],
    [0, 100, -1, 2],
  ]);
  expect(rows(window.states, SPAN_STRIDE)).toEqual([[1, 200, -1, 2]]);
  expect(rows(window.runs, SPAN_STRIDE)).toEqual([[0, 300, -1, 0]]);
  expect(rows(window.gaps, GAP_STRIDE)).toEqual([[0, 1000, 1009, 10]]);
});

it('puts a message on the lane of its sender, whatever hart its slot claims', () => {
  const store = new TraceStore(false);
  const index = new TimelineIndex(store, [1, 2]);
  const ring = (senderHart: number | null) => ringWord({ channel: 1, fromB: false, senderHart, slot: 0 });
  const records = [0, 1, 9, null].map((senderHart) =>
    record({ time: 5, hart: 1, kind: TRACE_KIND.PUBLISH, c: ring(senderHart) }),
  );
  store.add(records, []);
  index.add(records, []);
  expect([...(index.window(query(0, 10), 10).events?.lane ?? [])]).toEqual([0, 1, 1, 1]);
});

describe('real guests that talk, and a core that moves', () => {
  let guests: Guests;
  let window: TimelineWindow;
  beforeAll(async () => {
    const read = async (name: string): Promise<Uint8Array<ArrayBuffer>> =>
      new Uint8Array(await readFile(new URL(`../../public/guests/${name}`, import.meta.url)));
    guests = await startGuests(read, 4, [
      { name: 'alpha', cpus: '0-1', commandLine: 'beat' },
      { name: 'beta', cpus: '2', commandLine: 'beat', peers: ['alpha'] },
    ]);
    await guests.ask('alpha', 'ping beta 2');
    await guests.kerf('update beta --cpus +1 --from alpha');
    await guests.pass(100);
    window = await guests.machine.services.timeline(query(0, 100_000_000, { categories: ALL_EVENTS }));
  });
  afterAll(() => guests.machine.dispose());

  it('have the core with both owners, and the phases of its move', async () => {
    const view = await guests.machine.services.view();
    const idOf = (name: string): number => view.instances.find((one) => one.name === name)?.id ?? -1;
    const owners = rows(window.owners, SPAN_STRIDE).filter(([lane]) => lane === 1);
    expect(owners.map(([, , , value]) => value)).toEqual([idOf('alpha') + 1, idOf('beta') + 1]);
    expect(owners.at(-1)?.[2]).toBe(-1);
    const moved = owners.at(-1)?.[1] ?? 0;
    const near = query(moved - 1_000_000, moved + 1_000_000, { columns: 4096 });
    const { phases: all } = await guests.machine.services.timeline(near);
    const phases = rows(all, SPAN_STRIDE).filter(([lane]) => lane === 1);
    const names = phases.map(([, , , value]) => UPDATE_PHASES[value ?? -1]);
    expect(names).toEqual(expect.arrayContaining(['cpu-remove', 'stopped', 'cpu-add', 'starting']));
    for (const [, from = 0, to = 0] of phases) expect(to).toBeGreaterThan(from);
    expect(rows(window.states, SPAN_STRIDE).filter(([, , to]) => to === -1)).toHaveLength(2);
  });

  it('have their messages published, announced and taken in this order, and the event tells its message', async () => {
    const flows = rows(window.flows, FLOW_STRIDE);
    const ping = flows.find(
      (row) => row[FLOW.BEAT] === 0 && row[FLOW.FROM_LANE] === 0 && row[FLOW.TO_LANE] === 2,
    );
    expect(ping).toBeDefined();
    const at = (field: number): number => ping?.[field] ?? -1;
    expect(at(FLOW.RUNG)).toBeGreaterThanOrEqual(at(FLOW.PUBLISHED));
    expect(at(FLOW.DRAINED)).toBeGreaterThan(at(FLOW.RUNG));
    const event = await guests.machine.services.traceEvent({
      way: 'this',
      sequence: at(FLOW.SEQUENCE),
      time: 0,
      categories: 0,
      lane: null,
    });
    const steps = event?.flow?.moments.map(({ step }) => step);
    expect(steps?.filter((step) => step !== 'wake')).toEqual(['publish', 'doorbell', 'drain']);
    const drain = event?.flow?.moments.at(-1);
    const end = await guests.machine.services.traceEvent({
      way: 'this',
      sequence: drain?.sequence ?? 0,
      time: 0,
      categories: 0,
      lane: null,
    });
    expect(end?.record.kind).toBe(TRACE_KIND.DRAIN);
    expect(end?.flow).toEqual(event?.flow);
  });

  it('list the first events of a window', async () => {
    const listed = await guests.machine.services.traceRows({
      from: 0,
      to: 100_000_000,
      categories: categoryMask('publish'),
      limit: 5,
    });
    expect(listed).toHaveLength(5);
    for (const { record: entry, flow } of listed) {
      expect(entry.kind).toBe(TRACE_KIND.PUBLISH);
      expect(flow?.moments[0]?.sequence).toBe(Number(entry.sequence));
    }
  });
});
