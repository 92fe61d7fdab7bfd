/** What happens to the rings of an instance when its kernel starts and when it has ended. */
import { CONTROLLER_END, GONE_END, INSTANCE } from '../protocol/layout.ts';
import { RING_PAGES, STATUS_OFFSET, STATUS_SIZE } from '../protocol/channel.ts';
import { otherEnd, ringFrom, ringOf, type Channel } from './channels.ts';
import type { ControllerContext } from './controller-context.ts';
import type { Instance } from './instances.ts';
import { ringKernel } from './kernel-messages.ts';
import { pageAddress } from './ownership.ts';

/**
 * How long a running peer may need to publish a slot that it has claimed, before its ring is reset over its head. Only a
 * peer that is paused in the middle of sending, or a receiver that was stopped between emptying a slot and counting it,
 * comes to this.
 */
const PUBLISH_LIMIT_MS = 100;

/**
 * Empties all rings of a kernel that is about to start, under a new epoch, and says where its doorbells go. The harts of
 * the instance are confirmed stopped; those of its peers may be running.
 */
export async function openLinks(
  context: ControllerContext,
  instance: Instance,
  interruptHart: number,
): Promise<void> {
  const { region } = context;
  for (const channel of context.channels.of(instance.id)) {
    const outgoing = ringFrom(channel, instance.id);
    const incoming = ringFrom(channel, otherEnd(channel, instance.id));
    // Alive before it is empty: a receiver that finds an empty ring of a dead sender closes it until the next epoch.
    region.setDead(outgoing, false);
    region.resetRing(outgoing);
    context.channels.forgetSeen(channel, instance.id);
    region.setReceiverHart(outgoing, peerInterruptHart(context, channel, instance));
    const live = activePeer(context, channel, instance) !== undefined;
    // The last kernel here may have written what only the controller should: its lies end with it.
    if (live) region.setDead(incoming, false);
    const clean =
      live && (await context.env.untilKernel(() => region.tryResetLiveRing(incoming), PUBLISH_LIMIT_MS));
    if (!clean) region.resetRing(incoming);
    context.channels.forgetSeen(channel, otherEnd(channel, instance.id));
    region.setReceiverHart(incoming, interruptHart);
    if (channel.a === CONTROLLER_END) clearStatus(context, channel);
  }
  instance.sent = 0;
  instance.received = 0;
  instance.malformed = 0;
}

/** Makes running peers see the new epochs. To be called when the instance is active. */
export function announceLinks(context: ControllerContext, instance: Instance): void {
  for (const channel of context.channels.of(instance.id)) {
    const peer = activePeer(context, channel, instance);
    if (peer) ringKernel(context, peer.id, channel);
  }
}

/**
 * After the harts of a kernel are confirmed stopped: what it claimed and did not publish is dead, and its peers are rung
 * to drain the rest; doorbells to it go nowhere.
 */
export function closeLinks(context: ControllerContext, instance: Instance): void {
  for (const channel of context.channels.of(instance.id)) {
    context.region.setDead(ringFrom(channel, instance.id), true);
    context.region.setReceiverHart(ringFrom(channel, otherEnd(channel, instance.id)), null);
    const peer = activePeer(context, channel, instance);
    if (peer) ringKernel(context, peer.id, channel);
  }
}

/** Guest-physical address of the status block that the kernel may keep (protocol/channel.ts). */
export const statusAddress = (channel: Channel): number =>
  pageAddress(channel.page + RING_PAGES) + STATUS_OFFSET;

/** Lower half of a word of the kernel's status block; 0 when it keeps none. */
export function statusWord(context: ControllerContext, instance: Instance, offset: number): number {
  const channel = context.management(instance);
  return channel
    ? Atomics.load(context.words, (ringOf(channel, 'b-to-a') + STATUS_OFFSET + offset) >>> 2) >>> 0
    : 0;
}

function clearStatus(context: ControllerContext, channel: Channel): void {
  new Uint8Array(context.memory.buffer, ringOf(channel, 'b-to-a') + STATUS_OFFSET, STATUS_SIZE).fill(0);
}

function activePeer(context: ControllerContext, channel: Channel, instance: Instance): Instance | undefined {
  const end = otherEnd(channel, instance.id);
  const peer = end === CONTROLLER_END || end === GONE_END ? undefined : context.instances.byId(end);
  return peer?.state === 'active' ? peer : undefined;
}

function peerInterruptHart(context: ControllerContext, channel: Channel, instance: Instance): number | null {
  const peer = activePeer(context, channel, instance);
  return peer ? context.instanceWord(peer.id, INSTANCE.INTERRUPT_HART) : null;
}
