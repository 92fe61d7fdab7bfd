/**
 * The pool's devices: which there are and who has each in which slot (protocol/layout.ts, POOL_DEVICE). The table in the one
 * memory is the only record; the controller alone writes it.
 */
import { assert } from '../base/assert.ts';
import type { InstanceId } from '../base/brand.ts';
import { DeviceWords } from '../machine/devices/virtio/device-words.ts';
import { POOL_DEVICES, VIRTIO_SLOTS, type PoolDeviceName } from '../protocol/pool-devices.ts';

export interface PoolDevice {
  /** Its number in the table. */
  readonly index: number;
  readonly name: PoolDeviceName;
}

export class DeviceTable {
  /** The devices that this machine has. */
  readonly all: readonly PoolDevice[];
  readonly #words: Int32Array;

  constructor(buffer: ArrayBufferLike) {
    this.#words = new Int32Array(buffer);
    this.all = POOL_DEVICES.map(({ name }, index) => ({ index, name })).filter(
      ({ index }) => new DeviceWords(this.#words, index).type !== 0,
    );
  }

  find(name: string): PoolDevice | undefined {
    return this.all.find((device) => device.name === name);
  }

  words(device: PoolDevice): DeviceWords {
    return new DeviceWords(this.#words, device.index);
  }

  /** Null: it is free. */
  owner(device: PoolDevice): InstanceId | null {
    const place = this.words(device).place;
    return place === null ? null : (place.instance as InstanceId);
  }

  /** Slot in which its owner has it, or null. */
  slot(device: PoolDevice): number | null {
    return this.words(device).place?.slot ?? null;
  }

  /** Devices of an instance by slot, or the free ones (null). */
  of(owner: InstanceId | null): PoolDevice[] {
    const devices = this.all.filter((device) => this.owner(device) === owner);
    return devices.sort((one, other) => (this.slot(one) ?? 0) - (this.slot(other) ?? 0));
  }

  /** Puts a free device into the lowest free slot of an instance, or takes one from its owner. */
  setOwner(device: PoolDevice, owner: InstanceId | null): void {
    if (owner === null) {
      this.words(device).setPlace(null);
      return;
    }
    assert(this.owner(device) === null, `${device.name} is free`);
    const taken = this.of(owner).map((other) => this.slot(other));
    const slot = Array.from({ length: VIRTIO_SLOTS }, (_, index) => index).find(
      (each) => !taken.includes(each),
    );
    assert(slot !== undefined, 'a kernel has a slot for each device');
    this.words(device).setPlace({ instance: owner, slot });
  }
}

/** `rng0, disk0`, or `none`. */
export const formatDevices = (devices: readonly { readonly name: string }[]): string =>
  devices.length === 0 ? 'none' : devices.map(({ name }) => name).join(', ');
