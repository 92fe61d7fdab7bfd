/** Who sees what a run is to stop at: protocol/stop.ts has the protocol, and this is its "Happening". */
import { signal, signalController } from '../protocol/hart-protocol.ts';
import { HART, hartBlock, HEADER, REASON_PAUSE } from '../protocol/layout.ts';
import { STOP, STOP_KIND } from '../protocol/stop.ts';
import { TRACE_KIND, type TraceKind } from '../protocol/trace.ts';
import { EXTENSION } from './firmware/sbi.ts';

const LEGACY_SEND_IPI = 4n;

/** What the winner leaves. `kind` 0: a return, which has no record. */
export interface StopRecord {
  readonly kind: TraceKind | 0;
  readonly sequence: bigint;
  readonly time: number;
  readonly instance: number | null;
  readonly a: bigint;
  readonly b: bigint;
  readonly c: number;
}

/** Which STOP_KIND a record is; 0: none. */
export function stopKind(kind: TraceKind, a: bigint, b: bigint, c: number): number {
  switch (kind) {
    case TRACE_KIND.PUBLISH:
      return STOP_KIND.message;
    case TRACE_KIND.DOORBELL:
      return STOP_KIND.ipi;
    case TRACE_KIND.SBI:
      return c === 0 && (a === BigInt(EXTENSION.IPI) || a === LEGACY_SEND_IPI) ? STOP_KIND.ipi : 0;
    case TRACE_KIND.HART_OWNER:
    case TRACE_KIND.MEMORY_OWNER:
    case TRACE_KIND.DEVICE_OWNER:
      // A core that nobody has is cleared before it is given away, which is told as from nobody to nobody.
      return b === BigInt(c) ? 0 : STOP_KIND.owner;
    default:
      return 0;
  }
}

/** STOP_KIND bits that are waited for. */
export const stopsArmed = (words: Int32Array): number => Atomics.load(words, STOP.KINDS >> 2);

/** Stops the machine if that is waited for. `by`: hart, or TRACE_CONTROLLER. True: it does stop here. */
export function stopAt(memory: WebAssembly.Memory, by: number, bit: number, record: StopRecord): boolean {
  const words = new Int32Array(memory.buffer);
  const kinds = stopsArmed(words);
  if ((kinds & bit) === 0) return false;
  if (Atomics.compareExchange(words, STOP.KINDS >> 2, kinds, 0) !== kinds) return false;
  const view = new DataView(memory.buffer);
  view.setUint32(STOP.KIND, record.kind, true);
  view.setUint32(STOP.INSTANCE, record.instance === null ? 0 : record.instance + 1, true);
  view.setUint32(STOP.C, record.c >>> 0, true);
  view.setBigUint64(STOP.SEQUENCE, record.sequence, true);
  view.setFloat64(STOP.TIME, record.time, true);
  view.setBigUint64(STOP.A, BigInt.asUintN(64, record.a), true);
  view.setBigUint64(STOP.B, BigInt.asUintN(64, record.b), true);
  const harts = words[HEADER.HARTS >> 2] ?? 0;
  const longs = new BigInt64Array(memory.buffer);
  for (let hart = 0; hart < harts; hart++) {
    const retired = Atomics.load(longs, (hartBlock(hart) + HART.INSTRET) >> 3);
    view.setBigInt64(STOP.RETIRED + 8 * hart, retired, true);
  }
  Atomics.store(words, HEADER.PAUSED >> 2, 1);
  for (let hart = 0; hart < harts; hart++) signal(words, hart, REASON_PAUSE);
  Atomics.store(words, STOP.BY >> 2, by + 1);
  signalController(words);
  return true;
}
