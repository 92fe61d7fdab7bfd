/** Writes trace records (protocol/trace.ts) into one ring. A ring has one writer: the hart's worker or the controller. */
import { HEADER, MAX_HARTS, traceRing } from '../protocol/layout.ts';
import {
  RECORD,
  TRACE_CAPACITY,
  TRACE_HEAD,
  TRACE_RECORD_SIZE,
  TRACE_RECORDS,
  type TraceKind,
} from '../protocol/trace.ts';
import { hostNow } from './clock.ts';
import { stopAt, stopKind, stopsArmed } from './stop.ts';

export type WriteTrace = (kind: TraceKind, instance: number | null, a: bigint, b: bigint, c: number) => void;

/** `ring`: a hart's ID, or TRACE_CONTROLLER. `time` gives mtime in ticks. */
export function createTraceWriter(memory: WebAssembly.Memory, ring: number, time: () => number): WriteTrace {
  const view = new DataView(memory.buffer);
  const words = new Int32Array(memory.buffer);
  const longs = new BigInt64Array(memory.buffer);
  const at = traceRing(ring);
  const headWord = (at + TRACE_HEAD) >> 2;
  return (kind, instance, a, b, c) => {
    const head = Atomics.load(words, headWord) >>> 0;
    const record = at + TRACE_RECORDS + (head % TRACE_CAPACITY) * TRACE_RECORD_SIZE;
    // A reader that meets 0 knows that the record is being replaced.
    Atomics.store(longs, (record + RECORD.SEQUENCE) >> 3, 0n);
    view.setFloat64(record + RECORD.HOST_TIME, hostNow(), true);
    const now = time();
    view.setFloat64(record + RECORD.TIME, now, true);
    view.setUint16(record + RECORD.KIND, kind, true);
    view.setUint8(record + RECORD.HART, Math.min(ring, MAX_HARTS));
    view.setUint8(record + RECORD.INSTANCE, instance === null ? 0 : instance + 1);
    view.setUint32(record + RECORD.C, c >>> 0, true);
    view.setBigUint64(record + RECORD.A, BigInt.asUintN(64, a), true);
    view.setBigUint64(record + RECORD.B, BigInt.asUintN(64, b), true);
    const sequence = Atomics.add(longs, HEADER.TRACE_SEQUENCE >> 3, 1n);
    Atomics.store(longs, (record + RECORD.SEQUENCE) >> 3, sequence);
    Atomics.store(words, headWord, head + 1);
    if (stopsArmed(words) !== 0) {
      const what = { kind, sequence, time: now, instance, a, b, c };
      stopAt(memory, ring, stopKind(kind, a, b, c), what);
    }
  };
}
