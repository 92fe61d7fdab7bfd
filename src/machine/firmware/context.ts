/** What the firmware of a hart knows: the one memory, whose hart it is, and where to write what happened. */
import { Gate } from '../gate.ts';
import { HEADER, MAX_HARTS } from '../../protocol/layout.ts';
import { RingWatch } from '../ring-watch.ts';
import { createTraceWriter } from '../trace-writer.ts';
import type { TraceKind } from '../../protocol/trace.ts';

export interface MachineContext {
  readonly memory: WebAssembly.Memory;
  readonly words: Int32Array;
  readonly longs: BigInt64Array;
  readonly gate: Gate;
  /** The hart this context belongs to. */
  readonly hart: number;
  /** Number of harts of the machine. */
  readonly harts: number;
  /** Instance that owns this hart now, or null. */
  owner(): number | null;
  /** Instance that owns any hart now, or null. */
  ownerOf(hart: number): number | null;
  /** mtime in ticks. */
  time(): number;
  /** Writes a record into this hart's ring, for its present owner. */
  trace(kind: TraceKind, a: bigint, b: bigint, c: number): void;
  /** Records what has moved in the rings of this hart's owner. */
  lookAtRings(): void;
}

export function createMachineContext(
  memory: WebAssembly.Memory,
  hart: number,
  time: () => number,
): MachineContext {
  const words = new Int32Array(memory.buffer);
  const owners = new Uint8Array(memory.buffer, HEADER.HART_OWNER, MAX_HARTS);
  const write = createTraceWriter(memory, hart, time);
  const rings = new RingWatch(memory, write);
  const ownerOf = (other: number): number | null => {
    const owner = Atomics.load(owners, other);
    return owner === 0 ? null : owner - 1;
  };
  return {
    memory,
    words,
    longs: new BigInt64Array(memory.buffer),
    gate: new Gate(memory),
    hart,
    harts: words[HEADER.HARTS >> 2] ?? 0,
    owner: () => ownerOf(hart),
    ownerOf,
    time,
    trace: (kind, a, b, c) => write(kind, ownerOf(hart), a, b, c),
    lookAtRings: () => {
      const owner = ownerOf(hart);
      if (owner !== null) rings.look(owner);
    },
  };
}
