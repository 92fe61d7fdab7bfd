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
