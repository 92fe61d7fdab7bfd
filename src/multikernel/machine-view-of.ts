/** The controller's state as plain data (protocol/machine-view.ts). */
import { CONTROLLER_END, GONE_END, HART, HEADER, INSTANCE, PAGE_SIZE } from '../protocol/layout.ts';
import { slotAddress, slotInterrupt } from '../protocol/pool-devices.ts';
import type {
  ChannelView,
  DeviceView,
  HartView,
  InstanceView,
  MachineView,
} from '../protocol/machine-view.ts';
import { otherEnd } from './channels.ts';
import type { ControllerContext } from './controller-context.ts';
import type { PoolDevice } from './device-table.ts';
import { allHarts } from './hart-control.ts';
import { addedRegions } from './instance-memory.ts';
import type { Instance } from './instances.ts';
import { statusAddress } from './kernel-links.ts';
import { pageAddress } from './ownership.ts';
import { bootHart } from './plan-update.ts';
import { totalPages } from './pool.ts';

/** By number of HSM state. */
const HSM_NAMES: readonly HartView['hsm'][] = [
  'started',
  'stopped',
  'start-pending',
  'stop-pending',
  'suspended',
];

export function viewOf(context: ControllerContext): MachineView {
  const header = (offset: number): number => Atomics.load(context.words, offset >> 2);
  return {
    config: context.env.config,
    run: header(HEADER.PAUSED) === 0 ? 'running' : 'paused',
    isolation: header(HEADER.ENFORCED) === 0 ? 'cooperative' : 'enforced',
    harts: allHarts(context).map((hart) => hartView(context, hart)),
    devices: context.devices.all.map((device) => deviceView(context, device)),
    instances: context.instances.list().map((instance) => instanceView(context, instance)),
    channels: channelViews(context),
    phases: context.phases,
    freeMemory: totalPages(context.ownership.freeRuns()) * PAGE_SIZE,
  };
}

function hartView(context: ControllerContext, hart: number): HartView {
  const noWorker = context.noWorker(hart);
  return {
    id: hart,
    owner: context.ownership.hartOwner(hart),
    hsm: HSM_NAMES[context.hartWord(hart, HART.HSM)] ?? 'stopped',
    lost: context.lost(hart),
    ...(noWorker === null ? {} : { noWorker }),
  };
}

function deviceView(context: ControllerContext, device: PoolDevice): DeviceView {
  const slot = context.devices.slot(device);
  return {
    name: device.name,
    owner: context.devices.owner(device),
    window: slot === null ? null : { base: slotAddress(slot), interrupt: slotInterrupt(slot) },
  };
}

function instanceView(context: ControllerContext, instance: Instance): InstanceView {
  const harts = context.hartsOf(instance);
  const management = context.management(instance);
  const running = instance.state === 'active';
  const held = context.heldHandOvers.of(instance);
  return {
    id: instance.id,
    name: instance.name,
    state: instance.state,
    reason: instance.reason,
    harts,
    bootHart: running
      ? context.instanceWord(instance.id, INSTANCE.INTERRUPT_HART)
      : (bootHart(instance, harts) ?? -1),
    memory: instance.memory,
    addedMemory: addedRegions(instance),
    peers: peerNames(context, instance),
    bootId: instance.bootId,
    kernel: instance.kernel?.file ?? null,
    cmdline: instance.kernel?.cmdline ?? '',
    ...(instance.kernel?.initrd ? { initrd: instance.kernel.initrd.file } : {}),
    entry: instance.kernel?.entry ?? instance.entry,
    status: management ? statusAddress(management) : null,
    ...(instance.malformed === 0 ? {} : { malformed: instance.malformed }),
    ...(held ? { heldFor: held.to.name } : {}),
  };
}

function peerNames(context: ControllerContext, instance: Instance): string[] {
  return context.channels.of(instance.id).flatMap((channel) => {
    const end = otherEnd(channel, instance.id);
    const peer = end === CONTROLLER_END || end === GONE_END ? undefined : context.instances.byId(end);
    return peer ? [peer.name] : [];
  });
}

/** Channels between instances that exist. */
function channelViews(context: ControllerContext): ChannelView[] {
  return context.channels.list().flatMap(({ id, a, b, page, pages }) => {
    if (a === CONTROLLER_END || a === GONE_END || b === GONE_END) return [];
    return [{ id, a, b, base: pageAddress(page), size: pages * PAGE_SIZE }];
  });
}
