/** What every loader makes, and the words its refusals share. */
import type { PhysAddr } from '../../base/brand.ts';

/** Guest memory that an image may use: bytes from `base` (guest-physical), both whole numbers below 2^53. */
export interface Region {
  readonly base: number;
  readonly size: number;
}

/** One run of guest memory that the image claims. */
export interface LoadSegment {
  readonly address: PhysAddr;
  /** Placed at `address`; a view of the file, not a copy. */
  readonly bytes: Uint8Array;
  /** Bytes claimed from `address` on, at least `bytes.length`; the rest must read as zero. */
  readonly memorySize: number;
}

/** Where the bytes of an image go, and where its execution begins. Everything lies in the region it was made for. */
export interface LoadPlan {
  readonly kind: 'image' | 'elf' | 'flat';
  /** Ascending by address, none empty, none overlapping. */
  readonly segments: readonly LoadSegment[];
  /** Guest-physical, even. */
  readonly entry: PhysAddr;
}

/** An address, or a field of a header that is read as bits, as hexadecimal text. */
export const hex = (value: number | bigint): string => `0x${value.toString(16)}`;

/** A size or a distance: `1 byte`, `4096 bytes`. */
export const byteCount = (value: number | bigint): string =>
  `${value} ${BigInt(value) === 1n ? 'byte' : 'bytes'}`;

/** `0x80200000 … 0x803fffff`. */
export const regionText = ({ base, size }: Region): string => `${hex(base)} … ${hex(base + size - 1)}`;
