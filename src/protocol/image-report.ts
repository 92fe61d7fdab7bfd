/**
 * What a kernel's file is and where it would lie, told before anything is loaded. Plain data. What the file says is of 64
 * bits and may be any number: it is text, hexadecimal after 0x, as in inspect.ts. Where it lies is inside RAM: numbers.
 */
import type { Result } from '../base/result.ts';

/** The memory that the question is about. */
export type ImagePlace =
  /** All of a kernel's memory, as `load` has it when the kernel does not run. */
  | { readonly kind: 'kernel'; readonly instance: number }
  /** The scratch region of a kernel that runs: where the one that takes over from it starts (`exec --kho`). */
  | { readonly kind: 'next'; readonly instance: number }
  /** A kernel that is to be made: `memory` bytes, at the base that is written, or where the pool has room (''). */
  | { readonly kind: 'new'; readonly memory: number; readonly base: string };

/** A run of memory that the file claims. */
interface ClaimedRun {
  readonly address: string;
  /** Bytes that the file brings. The rest of `memorySize` is zero. */
  readonly fileSize: number;
  readonly memorySize: string;
}

/** What the file itself says. */
export interface ImageDescription {
  /** A RISC-V Linux `Image`, an ELF64, or bare code (`.bin`). */
  readonly format: 'image' | 'elf' | 'flat';
  /** Bytes of the file. */
  readonly bytes: number;
  /** It runs wherever it is put: addresses count from the beginning of its kernel's memory. Else they are physical. */
  readonly movable: boolean;
  readonly entry: string;
  /** Ascending by address. */
  readonly segments: readonly ClaimedRun[];
}

/** Where it would lie. */
export interface ImagePlacement {
  /** The kernel's memory, guest-physical. */
  readonly memory: { readonly base: number; readonly size: number };
  /** The part of it that an image may fill; the device tree lies above. */
  readonly room: number;
  readonly entry: number;
  readonly segments: readonly {
    readonly address: number;
    readonly fileSize: number;
    readonly memorySize: number;
  }[];
}

export interface ImageReport {
  /** Refused by the rule that no kernel's file may break, whatever memory it gets (machine/loaders). */
  readonly description: Result<ImageDescription>;
  /**
   * What memory would take it: the base that it needs, or null where any does, and the least size in bytes, of whole
   * blocks of 2 MiB, with room for the device tree. Null: no memory of this machine.
   */
  readonly needs: { readonly base: number | null; readonly size: number } | null;
  /** Refused by the rule that it breaks there. Null: it is no image. */
  readonly placement: Result<ImagePlacement> | null;
}
