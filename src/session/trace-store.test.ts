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
  store.add(many(0, 3), 2);
  expect(store.take()).toEqual({ records: many(0, 3), lost: 2 });
  store.add(many(3, 1), 0);
  expect(store.take()).toEqual({ records: many(3, 1), lost: 0 });
  expect(store.all()).toEqual({ records: many(0, 4), dropped: 0 });
});

it('drops the oldest beyond its bound, counted; lost to the taker is only what was not taken', () => {
  const store = new TraceStore(false);
  store.add(many(0, 100_000), 0);
  store.take();
  store.add(many(100_000, 250_000), 0);
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
  store.add([full, { ...full, instance: null }, { ...full, instance: 0 }], 0);
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
    0,
  );
  expect(store.since()).toBe(-Infinity);
  expect(between(2000, 4000)).toEqual(expected(2000, 4000, 0, 1000));
  store.add(
    Array.from({ length: KEPT + 100 }, (_, index) => jitter(1000 + index)),
    0,
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
