/** The devices that the pool may have, and where a kernel finds those it was given (machine.md, Physical map). */

/** Virtio device IDs (virtio 1.2, section 5). */
export const VIRTIO_BLOCK = 2;
export const VIRTIO_ENTROPY = 4;

export const POOL_DEVICE_NAMES = ['rng0', 'rng1', 'disk0'] as const;
export type PoolDeviceName = (typeof POOL_DEVICE_NAMES)[number];

/** The index of a device here is its number in the table of the one memory (layout.ts, POOL_DEVICE). */
export const POOL_DEVICES: readonly { readonly name: PoolDeviceName; readonly type: number }[] = [
  { name: 'rng0', type: VIRTIO_ENTROPY },
  { name: 'rng1', type: VIRTIO_ENTROPY },
  { name: 'disk0', type: VIRTIO_BLOCK },
];

/** What a machine has when nobody says. */
export const DEFAULT_DEVICES: readonly PoolDeviceName[] = ['rng0'];

/** Virtio-mmio slots of a kernel: slot s has the window at slotAddress(s) and the interrupt slotInterrupt(s) of its PLIC. */
export const VIRTIO_SLOTS = 8;
export const VIRTIO_BASE = 0x1000_1000;
export const VIRTIO_SLOT_SIZE = 0x1000;
export const slotAddress = (slot: number): number => VIRTIO_BASE + slot * VIRTIO_SLOT_SIZE;
export const slotInterrupt = (slot: number): number => 1 + slot;
