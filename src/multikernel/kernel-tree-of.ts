/** The device tree of an instance's kernel, made at exec at the end of its memory. */
import { assert } from '../base/assert.ts';
import {
  buildKernelTree,
  type KernelTreeDevice,
  type KernelTreeLink,
} from '../machine/device-tree/kernel-tree.ts';
import { RING_PAGES } from '../protocol/channel.ts';
import { CONTROLLER_END, GONE_END, INSTANCE, MAX_HARTS, RAM_BASE, RAM_HOST } from '../protocol/layout.ts';
import { slotAddress, slotInterrupt } from '../protocol/pool-devices.ts';
import { otherEnd, ringAddress } from './channels.ts';
import type { ControllerContext } from './controller-context.ts';
import { addedRegions, deviceTreeAddress, scratchOf } from './instance-memory.ts';
import type { Instance, LoadedKernel } from './instances.ts';

export function writeDeviceTree(
  context: ControllerContext,
  instance: Instance,
  kernel: LoadedKernel,
  bootHart: number,
  preserved: { readonly base: number; readonly size: number } | null,
): void {
  const bytes = buildKernelTree({
    id: instance.id,
    bootId: instance.bootId,
    name: instance.name,
    harts: context.ownership.harts,
    bootHart,
    memory: instance.memory,
    addedMemory: addedRegions(instance),
    cmdline: kernel.cmdline,
    initrd: kernel.initrd,
    scratch: scratchOf(instance),
    preserved,
    entry: kernel.entry,
    devices: devicesOf(context, instance),
    links: linksOf(context, instance),
  });
  const address = deviceTreeAddress(instance);
  assert(
    address + bytes.length <= instance.memory.base + instance.memory.size,
    'the device tree fits its room',
  );
  new Uint8Array(context.memory.buffer).set(bytes, RAM_HOST + (address - RAM_BASE));
}

function devicesOf(context: ControllerContext, instance: Instance): KernelTreeDevice[] {
  return context.devices.of(instance.id).flatMap((device) => {
    const slot = context.devices.slot(device);
    return slot === null
      ? []
      : [{ name: device.name, base: slotAddress(slot), interrupt: slotInterrupt(slot) }];
  });
}

/** The management channel and the channels of peers that exist. */
function linksOf(context: ControllerContext, instance: Instance): KernelTreeLink[] {
  return context.channels.of(instance.id).flatMap((channel) => {
    const end = otherEnd(channel, instance.id);
    const peer = end === CONTROLLER_END || end === GONE_END ? undefined : context.instances.byId(end);
    if (end !== CONTROLLER_END && !peer) return [];
    const hart = peer ? context.instanceWord(peer.id, INSTANCE.INTERRUPT_HART) : MAX_HARTS;
    return {
      peer: peer?.id ?? null,
      name: peer?.name ?? 'host',
      receive: ringAddress(channel, end),
      send: ringAddress(channel, instance.id),
      pages: RING_PAGES,
      hart: hart < MAX_HARTS ? hart : null,
    };
  });
}
