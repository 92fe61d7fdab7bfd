/** Flat binaries: bytes without a header, run from the first one. */
import { physAddr } from '../../base/brand.ts';
import { ok, refuse, type Result } from '../../base/result.ts';
import type { ImageDescription } from '../../protocol/image-report.ts';
import { byteCount, hex, regionText, type LoadPlan, type Region } from './load-plan.ts';

/** Places the file at the region's base. What it needs above its end (bss, stack) cannot be known or checked. */
export function planFlat(file: Uint8Array, region: Region): Result<LoadPlan> {
  const excess = file.length - region.size;
  if (excess > 0) {
    return refuse(
      'flat-too-large',
      `the flat binary has ${byteCount(file.length)}, ${byteCount(excess)} more than the kernel's memory ` +
        `(${regionText(region)}) has room for`,
      `give the instance at least ${byteCount(excess)} more memory`,
    );
  }
  const address = physAddr(region.base);
  return ok({
    kind: 'flat',
    segments: [{ address, bytes: file, memorySize: file.length }],
    entry: address,
  });
}

/** What a flat binary says: nothing but its size. */
export const describeFlat = (file: Uint8Array): ImageDescription => ({
  format: 'flat',
  bytes: file.length,
  movable: true,
  entry: hex(0),
  segments: [{ address: hex(0), fileSize: file.length, memorySize: hex(file.length) }],
});
