import { expect, it } from 'vitest';
import { HEADER, TRACE_CONTROLLER, traceRing } from '../protocol/layout.ts';
import { TRACE_CAPACITY, TRACE_HEAD, TRACE_KIND } from '../protocol/trace.ts';
import { TestMachine } from './machine.testkit.ts';
import { createTraceReader } from './trace-reader.ts';
import { createTraceWriter } from './trace-writer.ts';

const { memory } = new TestMachine([null]);
const fresh = (): WebAssembly.Memory => new TestMachine([null, null]).memory;

it('reads what was written, exactly', () => {
  const write = createTraceWriter(memory, 3, () => 123_456_789);
  write(TRACE_KIND.SBI, 5, -1n, 0x1234_5678_9abc_def0n, -4);
  write(TRACE_KIND.HART_LOST, null, 3n, 0n, 0);
  const { records, lost } = createTraceReader(memory).drain();
  expect(lost).toBe(0);
  expect(records).toHaveLength(2);
  expect(records[0]).toMatchObject({
    time: 123_456_789,
    kind: TRACE_KIND.SBI,
    hart: 3,
    instance: 5,
    a: 0xffff_ffff_ffff_ffffn,
    b: 0x1234_5678_9abc_def0n,
    c: 0xffff_fffc,
  });
  expect(records[1]).toMatchObject({ kind: TRACE_KIND.HART_LOST, instance: null });
});

it('merges all rings by the shared number, and reads each record once', () => {
  const shared = fresh();
  const rings = [0, TRACE_CONTROLLER, 1].map((ring) => createTraceWriter(shared, ring, () => 0));
  const reader = createTraceReader(shared);
  for (let round = 0; round < 100; round++) {
    rings[(round * 7) % 3]?.(TRACE_KIND.PHASE, 1, BigInt(round), 0n, 0);
  }
  expect(reader.drain().records.map((record) => Number(record.a))).toEqual(
    Array.from({ length: 100 }, (_, round) => round),
  );
  rings[1]?.(TRACE_KIND.PHASE, 1, 100n, 0n, 0);
  const { records } = reader.drain();
  expect(records.map((record) => [record.a, record.hart])).toEqual([[100n, TRACE_CONTROLLER]]);
  expect(reader.drain()).toEqual({ records: [], lost: 0 });
});

it('counts what a slow reader lost and goes on with the rest', () => {
  const shared = fresh();
  const write = createTraceWriter(shared, 0, () => 0);
  const reader = createTraceReader(shared);
  const total = TRACE_CAPACITY + 100;
  for (let index = 0; index < total; index++) write(TRACE_KIND.PHASE, 1, BigInt(index), 0n, 0);
  const { records, lost } = reader.drain();
  expect(records.length + lost).toBe(total);
  expect(lost).toBe(101);
  expect(reader.lostByRing()).toEqual([101, ...new Array<number>(16).fill(0)]);
  expect(records[0]?.a).toBe(101n);
  expect(records.at(-1)?.a).toBe(BigInt(total - 1));
});

it('does not take a record for read that the writer is replacing', () => {
  const shared = fresh();
  const words = new Int32Array(shared.buffer);
  const write = createTraceWriter(shared, 0, () => 0);
  const reader = createTraceReader(shared);
  for (let index = 0; index < TRACE_CAPACITY; index++) write(TRACE_KIND.PHASE, 1, BigInt(index), 0n, 0);
  // As if seen between the last two stores of a writer that has come round: the record is new, HEAD is not.
  write(TRACE_KIND.PHASE, 1, -1n, 0n, 0);
  Atomics.sub(words, (traceRing(0) + TRACE_HEAD) >> 2, 1);
  const first = reader.drain();
  Atomics.add(words, (traceRing(0) + TRACE_HEAD) >> 2, 1);
  const second = reader.drain();
  expect(first.records.some((record) => record.a === 0xffff_ffff_ffff_ffffn)).toBe(false);
  expect(first.lost).toBe(1);
  expect(second.records.map((record) => record.a)).toEqual([0xffff_ffff_ffff_ffffn]);
});

it('goes on across the wrap of a ring’s counter', () => {
  const shared = fresh();
  const words = new Int32Array(shared.buffer);
  const head = (traceRing(0) + TRACE_HEAD) >> 2;
  Atomics.store(words, head, -2);
  const reader = createTraceReader(shared);
  reader.drain();
  const write = createTraceWriter(shared, 0, () => 0);
  for (let index = 0; index < 5; index++) write(TRACE_KIND.PHASE, 1, BigInt(index), 0n, 0);
  expect(Atomics.load(words, head)).toBe(3);
  expect(reader.drain().records.map((record) => record.a)).toEqual([0n, 1n, 2n, 3n, 4n]);
});

it('numbers records from the shared counter without gaps', () => {
  const shared = fresh();
  const longs = new BigInt64Array(shared.buffer);
  const write = createTraceWriter(shared, 0, () => 0);
  write(TRACE_KIND.PHASE, 1, 0n, 0n, 0);
  write(TRACE_KIND.PHASE, 1, 0n, 0n, 0);
  const [one, two] = createTraceReader(shared).drain().records;
  expect((two?.sequence ?? 0n) - (one?.sequence ?? 0n)).toBe(1n);
  expect(longs[HEADER.TRACE_SEQUENCE >> 3]).toBe((two?.sequence ?? 0n) + 1n);
});
