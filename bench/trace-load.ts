/**
 * A worker that writes trace records into the rings of a machine's harts, so many a second, while the harts rest: what the
 * page has to bear when sixteen harts are busy, without sixteen host cores. A ring has one writer, so the harts must stay
 * at rest; `interfered` tells whether one of them wrote after all.
 */
import { createTraceWriter } from '../src/machine/trace-writer.ts';
import { traceRing } from '../src/protocol/layout.ts';
import { TRACE_HEAD, TRACE_KIND } from '../src/protocol/trace.ts';

export interface TraceLoad {
  readonly memory: WebAssembly.Memory;
  readonly harts: number;
  /** Kernels, in equal parts of the harts. */
  readonly kernels: number;
  /** Records a second, of all harts. */
  readonly rate: number;
  readonly seconds: number;
  /** Machine time now, ticks, and the host time at which that was, ms (performance.timeOrigin + performance.now()). */
  readonly ticks: number;
  readonly at: number;
}

export interface TraceLoadDone {
  readonly written: number;
  /** Records that somebody else wrote into the same rings meanwhile. */
  readonly interfered: number;
  readonly seconds: number;
}

const now = (): number => performance.timeOrigin + performance.now();

/** One turn of a hart's life: rung, woken, trapped, answered by the firmware, at rest again. */
const TURN = [
  TRACE_KIND.DOORBELL,
  TRACE_KIND.HART_RUN,
  TRACE_KIND.TRAP,
  TRACE_KIND.SBI,
  TRACE_KIND.SBI,
  TRACE_KIND.HART_REST,
] as const;

function words(kind: (typeof TURN)[number], hart: number, load: TraceLoad): [bigint, bigint, number] {
  const share = load.harts / load.kernels;
  const peer = (hart + share) % load.harts;
  switch (kind) {
    case TRACE_KIND.DOORBELL:
      return [BigInt(peer), BigInt(Math.floor(peer / share) + 1), 0];
    case TRACE_KIND.TRAP:
      // Supervisor software interrupt.
      return [0x8000_0000_0000_0001n, 0n, 1];
    case TRACE_KIND.SBI:
      return [0x735049n, 0n, 0];
    case TRACE_KIND.HART_RUN:
    case TRACE_KIND.HART_REST:
      return [1n, 0n, 0];
  }
}

function run(load: TraceLoad): TraceLoadDone {
  const { memory, harts, kernels, rate, seconds } = load;
  const time = (): number => load.ticks + Math.floor((now() - load.at) * 10_000);
  const writers = Array.from({ length: harts }, (_, hart) => createTraceWriter(memory, hart, time));
  const heads = new Int32Array(memory.buffer);
  const head = (hart: number): number => Atomics.load(heads, (traceRing(hart) + TRACE_HEAD) >> 2) >>> 0;
  const before = writers.map((_, hart) => head(hart));
  const began = now();
  const rest = new Int32Array(new SharedArrayBuffer(4));
  let written = 0;
  while (now() - began < seconds * 1000) {
    const due = Math.floor(((now() - began) * rate) / 1000);
    for (; written < due; written++) {
      const hart = written % harts;
      const kind = TURN[Math.floor(written / harts) % TURN.length] ?? TRACE_KIND.SBI;
      writers[hart]?.(kind, Math.floor((hart * kernels) / harts) + 1, ...words(kind, hart, load));
    }
    Atomics.wait(rest, 0, 0, 1);
  }
  const all = before.reduce((sum, from, hart) => sum + ((head(hart) - from) >>> 0), 0);
  return { written, interfered: all - written, seconds: (now() - began) / 1000 };
}

self.addEventListener('message', (event: MessageEvent<TraceLoad>) => self.postMessage(run(event.data)), {
  once: true,
});
