/** Numbers and shapes of the SBI specification (2.0). */
import type { HartCore } from '../../hart/environment.ts';
import type { PendingFence } from '../fence.ts';
import type { MachineContext } from './context.ts';

export const SBI_ERROR = {
  SUCCESS: 0,
  FAILED: -1,
  NOT_SUPPORTED: -2,
  INVALID_PARAM: -3,
  DENIED: -4,
  INVALID_ADDRESS: -5,
  ALREADY_AVAILABLE: -6,
  ALREADY_STARTED: -7,
  ALREADY_STOPPED: -8,
} as const;

export const EXTENSION = {
  BASE: 0x10,
  TIME: 0x5449_4d45,
  IPI: 0x73_5049,
  RFENCE: 0x5246_4e43,
  HSM: 0x48_534d,
  SRST: 0x5352_5354,
  DBCN: 0x4442_434e,
} as const;

/** One call: the arguments as the guest has them, and who calls. */
export interface SbiCall {
  readonly core: HartCore;
  readonly machine: MachineContext;
  /** Instance that owns the calling hart. */
  readonly instance: number;
  /** a0 … a5 as unsigned 64-bit. */
  readonly args: readonly [bigint, bigint, bigint, bigint, bigint, bigint];
  /** The call said `wait` or `full` before, and the time or the room has come. */
  readonly waited: boolean;
}

/** What a function comes to. */
export type SbiReply =
  | { readonly kind: 'value'; readonly error: number; readonly value: bigint }
  /** Legacy calls return in a0 alone. */
  | { readonly kind: 'legacy'; readonly value: bigint }
  /** a0 becomes SUCCESS when the fence is complete. */
  | { readonly kind: 'fence'; readonly pending: PendingFence }
  /** The console is full: the hart waits inside the call until it has room, and makes it again. */
  | { readonly kind: 'full' }
  /** The call comes too early: the hart waits inside it until this machine time (ticks), and makes it again. */
  | { readonly kind: 'wait'; readonly until: number }
  /** The hart is to be STOPPED; the call does not return. */
  | { readonly kind: 'stopped' }
  /** Suspend until an interrupt: then SUCCESS (retentive), or start anew at `resume`. */
  | { readonly kind: 'suspend'; readonly resume: { readonly pc: bigint; readonly opaque: bigint } | null };

/** Functions of an extension by number. What is not here is NOT_SUPPORTED. */
export type SbiFunctions = Readonly<Record<number, (call: SbiCall) => SbiReply>>;

export const value = (value: bigint | number): SbiReply => ({
  kind: 'value',
  error: SBI_ERROR.SUCCESS,
  value: BigInt(value),
});
export const error = (code: number): SbiReply => ({ kind: 'value', error: code, value: 0n });
export const done: SbiReply = value(0);
