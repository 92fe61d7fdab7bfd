/** A kernel uses the channel to a deleted peer no more: it answers PEER_REMOVE so, or has been replaced by another. */
import { MSG_RESOURCE, RESOURCE } from '../protocol/channel.ts';
import { GONE_END } from '../protocol/layout.ts';
import type { Message } from './channel-region.ts';
import { otherEnd, ringAddress, type Channel } from './channels.ts';
import type { ControllerContext } from './controller-context.ts';
import type { Instance } from './instances.ts';

/**
 * Takes the kernel off its end of the channel that it gives up; the region can then be freed (`sweepChannels`). False: the
 * message says something else, or names no channel of a deleted peer.
 */
export function hearLeave(context: ControllerContext, instance: Instance, message: Message): boolean {
  if (message.type !== MSG_RESOURCE || message.subtype !== RESOURCE.PEER_REMOVE + RESOURCE.ACK) return false;
  if (message.payload.length < 16) return false;
  const view = new DataView(message.payload.buffer, message.payload.byteOffset);
  const ring = view.getBigUint64(0, true);
  if (view.getBigInt64(8, true) !== 0n) return false;
  const left = toDeleted(context, instance).find(
    (channel) => BigInt(ringAddress(channel, GONE_END)) === ring,
  );
  if (left) context.channels.leave(left, instance.id);
  return left !== undefined;
}

/** Takes the instance, whose harts are stopped, off all its channels to deleted peers: its next kernel knows none of them. */
export function leaveDeleted(context: ControllerContext, instance: Instance): void {
  for (const channel of toDeleted(context, instance)) context.channels.leave(channel, instance.id);
}

const toDeleted = (context: ControllerContext, instance: Instance): Channel[] =>
  context.channels.of(instance.id).filter((channel) => otherEnd(channel, instance.id) === GONE_END);
