/**
 * Whether the host had time for the machine: how much of the time in which its cores thought they ran the host really ran
 * them, and how much of the host others used. The first sees a host that is overloaded, the second also one that others
 * use now and then, which is enough to be late for a millisecond.
 */
import { HART, hartBlock, HEADER } from '../protocol/layout.ts';

export interface HostFacts {
  /** How many threads the host runs at once. */
  readonly cores: number;
  /** Processor time that this process, all its threads together, has used, in milliseconds. */
  cpuMs(): number;
  /** Processor time of all its cores that was not idle, whoever had it, in milliseconds. */
  usedMs(): number;
  /** Milliseconds of a clock. */
  nowMs(): number;
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

/** Starts watching; the answer is the part of the host's cores that others than this process have used since, 0 … 1. */
export function watchOthers(host: HostFacts): () => number {
  const [firstNow, firstUsed, firstCpu] = [host.nowMs(), host.usedMs(), host.cpuMs()];
  return () => {
    const all = (host.nowMs() - firstNow) * host.cores;
    const theirs = host.usedMs() - firstUsed - (host.cpuMs() - firstCpu);
    return all <= 0 ? 0 : Math.min(1, Math.max(0, theirs / all));
  };
}
