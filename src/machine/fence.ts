/** The requester's side of a fence: protocol/hart-protocol.ts says who does what in which order. */
import { signal } from '../protocol/hart-protocol.ts';
import { HART, hartBlock, PHASE_RUNNING, REASON_FENCE } from '../protocol/layout.ts';

/** A fence that was asked for and may not be complete yet. */
export interface PendingFence {
  readonly targets: readonly { readonly hart: number; readonly ticket: number }[];
}

/** Asks every target to act on FENCE_* `kinds`. The requester's own bit in FENCE_WAITERS is its own business. */
export function requestFence(words: Int32Array, targets: readonly number[], kinds: number): PendingFence {
  return {
    targets: targets.map((hart) => {
      const block = hartBlock(hart) >> 2;
      Atomics.or(words, block + (HART.FENCE_KINDS >> 2), kinds);
      const ticket = (Atomics.add(words, block + (HART.FENCE_REQUEST >> 2), 1) + 1) | 0;
      signal(words, hart, REASON_FENCE);
      return { hart, ticket };
    }),
  };
}

/** True when every target has acknowledged, or is SAFE or LOST (it will act before it touches guest memory again). */
export function fenceDone(words: Int32Array, pending: PendingFence): boolean {
  return pending.targets.every(({ hart, ticket }) => {
    const block = hartBlock(hart) >> 2;
    const acknowledged = Atomics.load(words, block + (HART.FENCE_ACK >> 2));
    return (
      ((acknowledged - ticket) | 0) >= 0 || Atomics.load(words, block + (HART.PHASE >> 2)) !== PHASE_RUNNING
    );
  });
}
