/** What is done to a hart's words when nobody runs it any more, before somebody else does. */
import { releaseConsoles } from '../machine/console-ring.ts';
import {
  FENCE_CODE,
  FENCE_TLB,
  HART,
  hartBlock,
  HEADER,
  HSM_STOPPED,
  REASON_FENCE,
} from '../protocol/layout.ts';

/** What the old worker left is cleared: the hart is STOPPED, and drops its caches before it does anything. */
export function resetHart(words: Int32Array, hart: number): void {
  const at = (offset: number): number => (hartBlock(hart) + offset) >> 2;
  releaseConsoles(words, hart);
  Atomics.store(words, at(HART.HSM), HSM_STOPPED);
  Atomics.store(words, at(HART.MIP), 0);
  Atomics.store(words, at(HART.IDLE), 0);
  Atomics.store(words, at(HART.STEP), 0);
  Atomics.and(words, HEADER.FENCE_WAITERS >> 2, ~(1 << hart));
  Atomics.or(words, at(HART.FENCE_KINDS), FENCE_TLB | FENCE_CODE);
  Atomics.store(words, at(HART.REASONS), REASON_FENCE);
}
