import { expect, it } from 'vitest';
import { TRACE_KIND, type TraceRecord } from '../protocol/trace.ts';
import { TraceStore } from './trace-store.ts';

const KEPT = 200_000;

const record = (sequence: number): TraceRecord => ({
  sequence: BigInt(sequence),
  hostTime: 0,
  time: sequence,
  kind: TRACE_KIND.SBI,
  hart: 0,
  instance: 1,
  a: 0n,
  b: 0n,
  c: 0,
});
const many = (from: number, count: number): TraceRecord[] =>
  Array.from({ length: count }, (_, index) => record(from + index));

it('gives each record once to whoever takes, and keeps it for the export', () => {
  const store = new TraceStore(false);
  store.add(many(0, 3), [2]);
  expect(store.take()).toEqual({ records: many(0, 3), lost: 2 });
  store.add(many(3, 1), []);
  expect(store.take()).toEqual({ records: many(3, 1), lost: 0 });
  expect(store.all()).toEqual({ records: many(0, 4), dropped: 0 });
});

it('drops the oldest beyond its bound, counted; lost to the taker is only what was not taken', () => {
  const store = new TraceStore(false);
  store.add(many(0, 100_000), []);
  store.take();
  store.add(many(100_000, 250_000), []);
  const { records, dropped } = store.all();
  expect(records.length + dropped).toBe(350_000);
  expect(records.length).toBe(KEPT);
  expect(records[0]).toEqual(record(150_000));
  const taken = store.take();
  expect(taken.records.length + taken.lost).toBe(250_000);
  expect(taken.records.at(-1)).toEqual(record(349_999));
});

it('keeps every word of a record as it is', () => {
  const store = new TraceStore(false);
  const full: TraceRecord = {
    sequence: 0xffff_ffff_ffff_fffen,
    hostTime: 1_764_031_432_000.125,
    time: 2 ** 52 + 1,
    kind: TRACE_KIND.DEVICE_OWNER,
    hart: 16,
    instance: 511,
    a: 0xffff_ffff_ffff_ffffn,
    b: 1n << 63n,
    c: 0xffff_ffff,
  };
  store.add([full, { ...full, instance: null }, { ...full, instance: 0 }], []);
  expect(store.take().records).toEqual([full, { ...full, instance: null }, { ...full, instance: 0 }]);
});

it('finds the records of a window of time, also when older ones were written over', () => {
  const store = new TraceStore(false);
  const jitter = (sequence: number): TraceRecord => ({
    ...record(sequence),
    time: sequence * 10 + ((sequence * 7919) % 97),
  });
  const between = (from: number, to: number): number[] => {
    const found: number[] = [];
    store.forEachBetween(from, to, (position, kind) => {
      expect(kind).toBe(TRACE_KIND.SBI);
      found.push(Number(store.at(position).sequence));
      return true;
    });
    return found;
  };
  const expected = (from: number, to: number, first: number, end: number): number[] =>
    Array.from({ length: end - first }, (_, index) => first + index).filter(
      (sequence) => jitter(sequence).time >= from && jitter(sequence).time < to,
    );
  store.add(
    Array.from({ length: 1000 }, (_, index) => jitter(index)),
    [],
  );
  expect(store.since()).toBe(-Infinity);
  expect(between(2000, 4000)).toEqual(expected(2000, 4000, 0, 1000));
  store.add(
    Array.from({ length: KEPT + 100 }, (_, index) => jitter(1000 + index)),
    [],
  );
  const first = 1250;
  expect(store.since()).toBe(jitter(first).time);
  expect(between(0, 20_000)).toEqual(expected(0, 20_000, first, 2100));
  expect(between(1_234_000, 1_235_000)).toEqual(expected(1_234_000, 1_235_000, first, KEPT + 1100));
  let visits = 0;
  store.forEachBetween(0, Infinity, () => {
    visits += 1;
    return visits < 5;
  });
  expect(visits).toBe(5);
});

const OWNER = (sequence: number, hart: number, to: number): TraceRecord => ({
  ...record(sequence),
  kind: TRACE_KIND.HART_OWNER,
  hart: 16,
  instance: null,
  a: BigInt(hart),
  b: BigInt(to),
});

it('a flood pushes out neither owners, states, moves and faults, nor messages', () => {
  const store = new TraceStore(true);
  const kinds = [
    TRACE_KIND.HART_OWNER,
    TRACE_KIND.INSTANCE_STATE,
    TRACE_KIND.PHASE,
    TRACE_KIND.PHASE_END,
    TRACE_KIND.MEMORY_OWNER,
    TRACE_KIND.DEVICE_OWNER,
    TRACE_KIND.HART_LOST,
    TRACE_KIND.HART_STATE,
    TRACE_KIND.GATE_FAULT,
    TRACE_KIND.PUBLISH,
    TRACE_KIND.DRAIN,
    TRACE_KIND.DOORBELL,
    TRACE_KIND.MESSAGE,
  ];
  const first = kinds.map((kind, index) => ({ ...record(2 * index), kind }));
  const between = kinds.map((_, index) => record(2 * index + 1));
  store.add(
    [...first, ...between].sort((one, two) => one.time - two.time),
    [],
  );
  const digest = new TraceStore(true);
  digest.add(store.all().records, []);
  expect(store.digest()).toBe(digest.digest());
  store.add(many(100, KEPT), []);
  const { records, dropped } = store.all();
  expect(records.slice(0, kinds.length)).toEqual(first);
  expect(records.slice(kinds.length)).toEqual(many(100, KEPT));
  expect(dropped).toBe(between.length);
  expect(store.gaps()).toEqual([
    { ring: 0, from: 1, to: 25, count: between.length, overrun: false, before: Infinity },
  ]);
});

it('a flood of doorbells pushes out no owner, and one of faults no message', () => {
  const store = new TraceStore(false);
  const flood = (from: number, kind: TraceRecord['kind']): TraceRecord[] =>
    many(from, KEPT + 50_000).map((each) => ({ ...each, kind }));
  store.add([OWNER(0, 1, 3), { ...record(1), kind: TRACE_KIND.PUBLISH }], []);
  store.add(flood(10, TRACE_KIND.GATE_FAULT), []);
  expect(
    store
      .all()
      .records.slice(0, 2)
      .map(({ kind }) => kind),
  ).toEqual([TRACE_KIND.HART_OWNER, TRACE_KIND.PUBLISH]);
  store.add(flood(1_000_000, TRACE_KIND.DOORBELL), []);
  expect(store.all().records[0]).toEqual(OWNER(0, 1, 3));
});

it('keeps of all things the state in which the kept part begins, and whether a hart runs there', () => {
  const store = new TraceStore(false);
  const run = (sequence: number, hart: number, kind: TraceRecord['kind']): TraceRecord => ({
    ...record(sequence),
    kind,
    hart,
  });
  const moves = Array.from({ length: 20_000 }, (_, index) => OWNER(index, index % 2, index % 5));
  store.add(moves, []);
  store.add(
    [
      run(20_001, 0, TRACE_KIND.HART_REST),
      run(20_002, 0, TRACE_KIND.HART_RUN),
      run(20_003, 1, TRACE_KIND.HART_RUN),
      run(20_004, 1, TRACE_KIND.HART_REST),
    ],
    [],
  );
  store.add(many(30_000, KEPT), []);
  const { records, dropped } = store.all();
  expect(records.length + dropped).toBe(20_004 + KEPT);
  const owners = records.filter(({ kind }) => kind === TRACE_KIND.HART_OWNER);
  // The last 16,000, and of each of the two harts the one before them.
  expect(owners).toEqual(moves.slice(-16_002));
  expect(owners.slice(0, 3).map((each) => store.forgotBefore(each))).toEqual([true, true, false]);
  expect(records.slice(16_002, 16_004)).toEqual([
    run(20_002, 0, TRACE_KIND.HART_RUN),
    run(20_004, 1, TRACE_KIND.HART_REST),
  ]);
});

it('knows between which times a ring was not read in time, and counts on when there is no room for more gaps', () => {
  const store = new TraceStore(false);
  store.add([record(1)], []);
  store.add([{ ...record(5), hart: 1 }], [3]);
  store.add([record(8)], [2]);
  expect(store.gaps()).toEqual([{ ring: 0, from: 1, to: 8, count: 5, overrun: true, before: 8 }]);
  for (let at = 10; at < 5000; at++) store.add([record(at)], at % 2 === 0 ? [1] : []);
  const gaps = store.gaps();
  expect(gaps.length).toBe(1024);
  expect(gaps.reduce((sum, { count }) => sum + count, 0)).toBe(5 + 4990 / 2);
  expect(gaps[0]).toMatchObject({ from: 1 });
});
