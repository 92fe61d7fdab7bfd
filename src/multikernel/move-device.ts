/**
 * A device of the pool changes its owner, also while kernels run. The kernel that has it is asked to let go of it
 * (DEVICE_REMOVE), the window is an empty slot from then on, its interrupt is gone and the device is as at power-on; then it
 * is in the lowest free slot of the kernel that gets it, which is told where (DEVICE_ADD). A kernel that refuses, or does
 * not answer in time, keeps it, or does not get it: then it goes back to where it came from.
 */
import { FENCE_TLB } from '../protocol/layout.ts';
import type { UpdatePhase } from '../protocol/machine-view.ts';
import { slotAddress, slotInterrupt } from '../protocol/pool-devices.ts';
import { dropPending } from '../machine/devices/plic.ts';
import { assert } from '../base/assert.ts';
import type { ControllerContext } from './controller-context.ts';
import type { PoolDevice } from './device-table.ts';
import { fenceHarts } from './hart-control.ts';
import type { Instance } from './instances.ts';
import { KernelRequest } from './kernel-request.ts';
import type { MoveFailure } from './move-hart.ts';
import { DEVICE_PHASE, setPhase } from './update-phases.ts';

/** From and to: null is the pool. */
export interface DeviceMove {
  readonly device: PoolDevice;
  readonly from: Instance | null;
  readonly to: Instance | null;
}

/** Null: the device is where it should be. */
export async function moveDevice(context: ControllerContext, move: DeviceMove): Promise<MoveFailure | null> {
  const { device, from, to } = move;
  if (from) {
    const phase = phaser(context, from);
    phase('device-remove');
    const kept = await ask(context, from, device, 'DEVICE_REMOVE', 'DEVICE_ADD');
    if (kept !== null) {
      phase('failed');
      return { code: 'device-remove-failed', reason: `${device.name} stays with ${from.name}: ${kept}` };
    }
    phase('ownership');
    await takeDevice(context, from, device);
    phase('free');
  }
  if (to === null) return null;
  const phase = phaser(context, to);
  const refused = await give(context, to, device, phase);
  if (refused === null) {
    phase('online');
    return null;
  }
  const where = await goBack(context, from, device);
  phase('failed');
  return { code: 'device-add-failed', reason: `${device.name} ${where}: ${refused}` };
}

/** Null: the new owner has it. Else it is in the pool. */
async function give(
  context: ControllerContext,
  to: Instance,
  device: PoolDevice,
  phase: (phase: UpdatePhase) => void,
): Promise<string | null> {
  phase('ownership');
  context.setDeviceOwner(device, to.id);
  context.changed();
  phase('device-add');
  const refused = await ask(context, to, device, 'DEVICE_ADD', 'DEVICE_REMOVE');
  if (refused !== null) await takeDevice(context, to, device);
  return refused;
}

/** Only a kernel that runs is talked to, and has phases. */
function phaser(context: ControllerContext, instance: Instance): (phase: UpdatePhase) => void {
  if (instance.state !== 'active') return () => undefined;
  return (phase) => setPhase(context, instance, DEVICE_PHASE, phase);
}

async function goBack(
  context: ControllerContext,
  from: Instance | null,
  device: PoolDevice,
): Promise<string> {
  if (from === null) return 'was taken back to the pool';
  const refused = await give(context, from, device, () => undefined);
  return refused === null
    ? `was given back to ${from.name}`
    : `went to the pool, because ${from.name} did not take it back (${refused})`;
}

/**
 * To the pool. The fences see to it that no hart of the owner is still at the registers or brings up the interrupt, one at
 * a time: the line cannot rise again before it is lowered, nor be seen high before what it left is dropped.
 */
export async function takeDevice(
  context: ControllerContext,
  owner: Instance,
  device: PoolDevice,
): Promise<void> {
  const words = context.devices.words(device);
  const { place } = words;
  assert(place?.instance === owner.id, `${owner.name} has ${device.name}`);
  context.setDeviceOwner(device, null);
  const harts = context.hartsOf(owner);
  await fenceHarts(context, harts, FENCE_TLB);
  words.lowerLine(place);
  await fenceHarts(context, harts, FENCE_TLB);
  dropPending(context.words, owner.id, slotInterrupt(place.slot));
  words.powerOn();
  context.changed();
}

/**
 * Null: the kernel has accepted, or there is none. One that does not answer in time is told the opposite after it. What it
 * was to give it keeps; what it was to get may be in use already, so it is asked back before it is taken.
 */
async function ask(
  context: ControllerContext,
  instance: Instance,
  device: PoolDevice,
  what: 'DEVICE_ADD' | 'DEVICE_REMOVE',
  opposite: 'DEVICE_ADD' | 'DEVICE_REMOVE',
): Promise<string | null> {
  if (instance.state !== 'active') return null;
  const slot = context.devices.slot(device);
  assert(slot !== null, `${instance.name} has ${device.name}`);
  const send = (which: typeof what): KernelRequest | null =>
    KernelRequest.sendNamed(context, instance, which, device.name, slotAddress(slot), slotInterrupt(slot));
  const request = send(what);
  if (!request) return `the message ring of ${instance.name} is full`;
  const nothingMore = (): boolean => true;
  const why = await request.completed(nothingMore, '', () => undefined);
  if (why === null || request.answered || context.exitOf(instance) !== 0) return why;
  if (what === 'DEVICE_ADD') return (await request.askBack(() => send(opposite))) ? null : why;
  if (send(opposite)) context.hearers.delete(instance.id);
  return why;
}
