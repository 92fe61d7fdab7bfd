/** Drains the trace rings: everything new since the last call, in the order of the shared number, and what was lost. */
import { MAX_HARTS, traceRing } from '../protocol/layout.ts';
import {
  RECORD,
  TRACE_CAPACITY,
  TRACE_HEAD,
  TRACE_RECORD_SIZE,
  TRACE_RECORDS,
  type TraceRecord,
} from '../protocol/trace.ts';

/** The record that is a whole ring old is the one that the writer may be replacing now, before HEAD says so. */
const KEPT = TRACE_CAPACITY - 1;

export interface TraceReader {
  /** Sorted; a record whose number was taken before the last one's may still come with the next call. */
  drain(): { records: TraceRecord[]; lost: number };
  /** Records lost of each ring since the reader was made; the last ring is the controller's. */
  lostByRing(): readonly number[];
}

export function createTraceReader(memory: WebAssembly.Memory): TraceReader {
  const view = new DataView(memory.buffer);
  const words = new Int32Array(memory.buffer);
  const longs = new BigInt64Array(memory.buffer);
  const lostOf = new Array<number>(MAX_HARTS + 1).fill(0);
  const positions = new Uint32Array(MAX_HARTS + 1);

  /** The record at `position` of a ring, or null: its writer has come round to it, and perhaps replaced it. */
  const read = (ring: number, position: number): TraceRecord | null => {
    const at = ring + TRACE_RECORDS + (position % TRACE_CAPACITY) * TRACE_RECORD_SIZE;
    const sequence = Atomics.load(longs, (at + RECORD.SEQUENCE) >> 3);
    if (sequence === 0n) return null;
    const instance = view.getUint8(at + RECORD.INSTANCE);
    const record: TraceRecord = {
      sequence,
      hostTime: view.getFloat64(at + RECORD.HOST_TIME, true),
      time: view.getFloat64(at + RECORD.TIME, true),
      kind: view.getUint16(at + RECORD.KIND, true),
      hart: view.getUint8(at + RECORD.HART),
      instance: instance === 0 ? null : instance - 1,
      a: view.getBigUint64(at + RECORD.A, true),
      b: view.getBigUint64(at + RECORD.B, true),
      c: view.getUint32(at + RECORD.C, true),
    };
    const head = Atomics.load(words, (ring + TRACE_HEAD) >> 2) >>> 0;
    return (head - position) >>> 0 < TRACE_CAPACITY ? record : null;
  };

  return {
    lostByRing: () => [...lostOf],
    drain() {
      const records: TraceRecord[] = [];
      let lostNow = 0;
      for (let ring = 0; ring <= MAX_HARTS; ring++) {
        const at = traceRing(ring);
        const head = Atomics.load(words, (at + TRACE_HEAD) >> 2) >>> 0;
        let position = positions[ring] ?? 0;
        let lost = 0;
        const waiting = (head - position) >>> 0;
        if (waiting > KEPT) {
          lost += waiting - KEPT;
          position = (head - KEPT) >>> 0;
        }
        for (; position !== head; position = (position + 1) >>> 0) {
          const record = read(at, position);
          if (record === null) lost += 1;
          else records.push(record);
        }
        positions[ring] = head;
        lostOf[ring] = (lostOf[ring] ?? 0) + lost;
        lostNow += lost;
      }
      records.sort((one, two) => (one.sequence < two.sequence ? -1 : 1));
      return { records, lost: lostNow };
    },
  };
}
