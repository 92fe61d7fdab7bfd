/** Whether the host really ran the machine's cores while they thought they ran: on a busy host they are made to wait. */
import { HART, hartBlock, HEADER } from '../protocol/layout.ts';

export interface HostFacts {
  /** How many threads the host runs at once. */
  readonly cores: number;
  /** Processor time that this process, all its threads together, has used, in milliseconds. */
  cpuMs(): number;
}

/** Starts watching; the answer is the share of the harts' running time for which the host ran this process, 0 … 1. */
export function watchShare(memory: WebAssembly.Memory, host: HostFacts): () => number {
  const words = new Uint32Array(memory.buffer);
  const harts = words[HEADER.HARTS >> 2] ?? 0;
  const busyOf = (hart: number): number => Atomics.load(words, (hartBlock(hart) + HART.BUSY_US) >> 2);
  const first = Array.from({ length: harts }, (_, hart) => busyOf(hart));
  const firstCpu = host.cpuMs();
  return () => {
    // The counters wrap, so each is compared with its own first value.
    const busyMs = first.reduce((sum, was, hart) => sum + ((busyOf(hart) - was) >>> 0) / 1000, 0);
    return busyMs === 0 ? 1 : Math.min(1, (host.cpuMs() - firstCpu) / busyMs);
  };
}
