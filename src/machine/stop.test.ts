/** Who stops the machine: the first who sees what is waited for, and nobody else (protocol/stop.ts). */
import { beforeEach, expect, it } from 'vitest';
import { HART, hartBlock, HEADER, REASON_PAUSE, TRACE_CONTROLLER } from '../protocol/layout.ts';
import { STOP, STOP_KIND } from '../protocol/stop.ts';
import { TRACE_KIND } from '../protocol/trace.ts';
import { TestMachine } from './machine.testkit.ts';
import { createTraceReader } from './trace-reader.ts';
import { createTraceWriter } from './trace-writer.ts';

const IPI = 0x73_5049n;

let memory: WebAssembly.Memory;
let words: Int32Array;
beforeEach(() => {
  ({ memory } = new TestMachine([null, null]));
  words = new Int32Array(memory.buffer);
});

const arm = (kinds: number): void => void Atomics.store(words, STOP.KINDS >> 2, kinds);
const by = (): number => Atomics.load(words, STOP.BY >> 2);
const paused = (): number => Atomics.load(words, HEADER.PAUSED >> 2);
const reasons = (hart: number): number => Atomics.load(words, (hartBlock(hart) + HART.REASONS) >> 2);
const writer = (ring: number): ReturnType<typeof createTraceWriter> =>
  createTraceWriter(memory, ring, () => 77);

it('leaves its record, what every hart had retired, and pauses all', () => {
  arm(STOP_KIND.message);
  const view = new DataView(memory.buffer);
  view.setBigInt64(hartBlock(1) + HART.INSTRET, 1234n, true);
  writer(0)(TRACE_KIND.DOORBELL, 1, 1n, 2n, 3);
  expect([by(), paused()]).toEqual([0, 0]);
  writer(0)(TRACE_KIND.PUBLISH, 1, 5n, 6n, 7);
  expect([by(), paused(), reasons(0), reasons(1)]).toEqual([1, 1, REASON_PAUSE, REASON_PAUSE]);
  expect(view.getBigInt64(STOP.RETIRED + 8, true)).toBe(1234n);
  const record = createTraceReader(memory).drain().records.at(-1);
  expect([view.getBigUint64(STOP.SEQUENCE, true), view.getFloat64(STOP.TIME, true)]).toEqual([
    record?.sequence,
    77,
  ]);
  expect([STOP.KIND, STOP.INSTANCE, STOP.C].map((at) => view.getUint32(at, true))).toEqual([
    TRACE_KIND.PUBLISH,
    2,
    7,
  ]);
  expect([STOP.A, STOP.B].map((at) => view.getBigUint64(at, true))).toEqual([5n, 6n]);
});

it('is one: whoever comes later, or after it was given up, goes on', () => {
  arm(STOP_KIND.ipi);
  writer(1)(TRACE_KIND.SBI, 1, IPI, 0n, 0);
  writer(0)(TRACE_KIND.SBI, 2, IPI, 0n, 0);
  expect([by(), Atomics.load(words, STOP.KINDS >> 2)]).toEqual([2, 0]);
  Atomics.store(words, STOP.BY >> 2, 0);
  Atomics.store(words, HEADER.PAUSED >> 2, 0);
  writer(0)(TRACE_KIND.SBI, 2, IPI, 0n, 0);
  expect([by(), paused()]).toEqual([0, 0]);
});

it('is not an IPI that was refused, another call, or a core that goes from nobody to nobody', () => {
  arm(STOP_KIND.ipi | STOP_KIND.owner);
  writer(0)(TRACE_KIND.SBI, 1, IPI, 0n, -3);
  writer(0)(TRACE_KIND.SBI, 1, 0x10n, 0n, 0);
  writer(TRACE_CONTROLLER)(TRACE_KIND.HART_OWNER, null, 1n, 0n, 0);
  expect(by()).toBe(0);
  writer(TRACE_CONTROLLER)(TRACE_KIND.HART_OWNER, 1, 1n, 2n, 0);
  expect(by()).toBe(TRACE_CONTROLLER + 1);
});
