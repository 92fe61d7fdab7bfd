declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]: Name };

/** Instance ID: 0 is the host instance, others from 1. */
export type InstanceId = Branded<number, 'InstanceId'>;
/** Guest-physical address as an exact integer below 2^53. */
export type PhysAddr = Branded<number, 'PhysAddr'>;
/** Byte offset into the one WebAssembly memory (0 … 2^32 − 1), not a guest address. */
export type HostAddr = Branded<number, 'HostAddr'>;

export const physAddr = (n: number): PhysAddr => n as PhysAddr;
