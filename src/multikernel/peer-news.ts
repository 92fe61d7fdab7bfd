/**
 * Channels that come and go while a kernel runs, which found those of its boot in its device tree: PEER_ADD and
 * PEER_REMOVE (protocol/channel.ts). The controller waits for no answer: a kernel that does not know the messages finds a
 * new channel at its next exec, and keeps the region of a deleted peer until it stops or is replaced.
 */
import { MSG_RESOURCE, RESOURCE } from '../protocol/channel.ts';
import { GONE_END } from '../protocol/layout.ts';
import { otherEnd, ringAddress, ringOf, type Channel, type ChannelEnd } from './channels.ts';
import type { ControllerContext } from './controller-context.ts';
import type { Instance } from './instances.ts';
import { sendToKernel } from './kernel-messages.ts';

/** Slots left free for orders: a kernel that never looks at its ring can still be asked to shut down. */
const SLOTS_KEPT = 16;

interface RunningPeer {
  readonly peer: Instance;
  readonly channel: Channel;
}

/** Tells the running peers of a new instance, and gives the names of those that were told. */
export function announcePeer(context: ControllerContext, instance: Instance): string[] {
  const name = new TextEncoder().encode(instance.name);
  return runningPeers(context, instance)
    .filter((running) => {
      const payload = new Uint8Array(24 + name.length);
      const view = new DataView(payload.buffer);
      view.setBigUint64(0, BigInt(ringAddress(running.channel, instance.id)), true);
      view.setBigUint64(8, BigInt(ringAddress(running.channel, running.peer.id)), true);
      view.setBigUint64(16, BigInt(instance.id), true);
      payload.set(name, 24);
      return tell(context, running, RESOURCE.PEER_ADD, payload);
    })
    .map(({ peer }) => peer.name);
}

/**
 * Tells the running peers of an instance that it is being deleted. To be called while its channels have both ends. Whose
 * ring has no room hears it later (`retellLeaves`).
 */
export function announceLeave(context: ControllerContext, instance: Instance): void {
  for (const running of runningPeers(context, instance)) {
    if (!tellLeave(context, running, instance.id)) context.untoldLeaves.add(running.channel.id);
  }
}

/** Tells of deleted peers the kernels that could not be told before. */
export function retellLeaves(context: ControllerContext): void {
  if (context.untoldLeaves.size === 0) return;
  for (const running of runningEnds(context, GONE_END)) {
    if (!context.untoldLeaves.has(running.channel.id)) continue;
    if (tellLeave(context, running, GONE_END)) context.untoldLeaves.delete(running.channel.id);
  }
}

function tellLeave(context: ControllerContext, running: RunningPeer, gone: ChannelEnd): boolean {
  const payload = new Uint8Array(8);
  new DataView(payload.buffer).setBigUint64(0, BigInt(ringAddress(running.channel, gone)), true);
  return tell(context, running, RESOURCE.PEER_REMOVE, payload);
}

function tell(
  context: ControllerContext,
  { peer }: RunningPeer,
  subtype: number,
  payload: Uint8Array,
): boolean {
  const management = context.management(peer);
  if (!management || context.region.freeSlots(ringOf(management, 'a-to-b'), peer.sent) <= SLOTS_KEPT)
    return false;
  return sendToKernel(context, peer, { type: MSG_RESOURCE, subtype, payload });
}

const runningPeers = (context: ControllerContext, instance: Instance): RunningPeer[] =>
  runningEnds(context, instance.id);

/** The channels of `one` whose other end is an instance that runs. */
function runningEnds(context: ControllerContext, one: ChannelEnd): RunningPeer[] {
  return context.channels.of(one).flatMap((channel) => {
    const end = otherEnd(channel, one);
    const peer = context.instances.list().find(({ id, state }) => id === end && state === 'active');
    return peer ? [{ peer, channel }] : [];
  });
}
