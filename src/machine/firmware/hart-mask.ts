/** Hart masks of IPI and RFENCE, scoped to the caller's kernel (machine.md, "Firmware"). */
import { HART, hartBlock, HSM_STOPPED } from '../../protocol/layout.ts';
import { SBI_ERROR, type SbiCall } from './sbi.ts';

/** hart_mask_base that means every hart of the caller's kernel. */
export const ALL_HARTS = 0xffff_ffff_ffff_ffffn;

/**
 * The harts that `mask` and `base` name, or the error: a hart that does not exist is INVALID_PARAM; one that belongs to
 * somebody else (or to nobody) is DENIED, unless `foreign` says that this call may name it. Base −1 means every hart of
 * the caller's kernel.
 */
export function namedHarts(
  call: SbiCall,
  mask: bigint,
  base: bigint,
  foreign: (hart: number) => boolean = () => false,
): readonly number[] | number {
  const { machine, instance } = call;
  if (base === ALL_HARTS) {
    return Array.from({ length: machine.harts }, (_, hart) => hart).filter(
      (hart) => machine.ownerOf(hart) === instance,
    );
  }
  const named: number[] = [];
  for (let bit = 0n; bit < 64n; bit++) {
    if (((mask >> bit) & 1n) === 0n) continue;
    if (base + bit >= BigInt(machine.harts)) return SBI_ERROR.INVALID_PARAM;
    named.push(Number(base + bit));
  }
  const mayName = (hart: number): boolean => machine.ownerOf(hart) === instance || foreign(hart);
  return named.every(mayName) ? named : SBI_ERROR.DENIED;
}

/**
 * True for a hart that may hold translations or code from before the call: also one that is suspended, which keeps them.
 * One that is stopped drops all of them when it starts.
 */
export const isFenceTarget = (call: SbiCall, hart: number): boolean =>
  Atomics.load(call.machine.words, (hartBlock(hart) + HART.HSM) >> 2) !== HSM_STOPPED;
