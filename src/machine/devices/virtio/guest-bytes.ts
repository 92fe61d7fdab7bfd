/** A device's own accesses to guest memory, each asked of the gate as its owner's would be. */
import { ACCESS, type AccessKind } from '../../../hart/interpreter-abi.ts';
import { RAM_BASE, RAM_HOST } from '../../../protocol/layout.ts';
import type { Gate } from '../../gate.ts';

/** A buffer of the driver: guest-physical address and bytes, both as the driver wrote them. */
export interface Segment {
  readonly address: number;
  readonly length: number;
}

export class GuestBytes {
  readonly instance: number;
  private readonly gate: Gate;
  private readonly refused: (address: number, kind: AccessKind) => void;

  constructor(gate: Gate, instance: number, refused: (address: number, kind: AccessKind) => void) {
    this.gate = gate;
    this.instance = instance;
    this.refused = refused;
  }

  /** Host address of `length` ≥ 1 bytes that the owner may read or write; null: it may not, which is in the trace now. */
  at({ address, length }: Segment, kind: AccessKind): number | null {
    if (this.gate.grant(this.instance, address, length, kind)) return address - RAM_BASE + RAM_HOST;
    this.refused(this.gate.refusedAt(this.instance, address, length, kind), kind);
    return null;
  }
}

/** Walks the segments of a chain in order, no further than somebody asks. */
export class SegmentCursor {
  /** A segment was refused: what follows is not there. */
  refused = false;
  private readonly guest: GuestBytes;
  private readonly segments: readonly Segment[];
  private readonly kind: AccessKind;
  private index = 0;
  private offset = 0;

  constructor(
    guest: GuestBytes,
    segments: readonly Segment[],
    kind: typeof ACCESS.LOAD | typeof ACCESS.STORE,
  ) {
    this.guest = guest;
    this.segments = segments;
    this.kind = kind;
  }

  /** Bytes that are left. */
  get left(): number {
    return this.segments.slice(this.index).reduce((sum, { length }) => sum + length, -this.offset);
  }

  /** The next piece of at most `most` ≥ 1 bytes: where in host memory, and how long; null: there is none, or `refused`. */
  next(most: number): { readonly host: number; readonly length: number } | null {
    const segment = this.segments[this.index];
    if (segment === undefined || this.refused) return null;
    const length = Math.min(most, segment.length - this.offset);
    const host = this.guest.at({ address: segment.address + this.offset, length }, this.kind);
    if (host === null) {
      this.refused = true;
      return null;
    }
    this.offset += length;
    if (this.offset === segment.length) {
      this.index += 1;
      this.offset = 0;
    }
    return { host, length };
  }

  /** Host address of the very last byte, wherever the cursor is; null: there is none, or it is `refused`. */
  last(): number | null {
    const segment = this.segments.at(-1);
    if (segment === undefined) return null;
    const host = this.guest.at({ address: segment.address + segment.length - 1, length: 1 }, this.kind);
    this.refused ||= host === null;
    return host;
  }
}
