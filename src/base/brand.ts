declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]: Name };

/** Physical hart ID, 0 … MAX_HARTS − 1; the same number for every kernel. */
export type HartId = Branded<number, 'HartId'>;
/** Instance ID: 0 is the host instance, others from 1. */
export type InstanceId = Branded<number, 'InstanceId'>;
/** Guest-physical address as an exact integer below 2^53. */
export type PhysAddr = Branded<number, 'PhysAddr'>;
/** Byte offset into the one WebAssembly memory (0 … 2^32 − 1), not a guest address. */
export type HostAddr = Branded<number, 'HostAddr'>;
/** Machine time in ticks of `mtime` (10 MHz: 100 ns each). */
export type Ticks = Branded<number, 'Ticks'>;

export const hartId = (n: number): HartId => n as HartId;
export const instanceId = (n: number): InstanceId => n as InstanceId;
export const physAddr = (n: number): PhysAddr => n as PhysAddr;
export const hostAddr = (n: number): HostAddr => n as HostAddr;
export const ticks = (n: number): Ticks => n as Ticks;
