/** The controller's end of the management channels: sending to a kernel, and hearing what it sends. */
import { assert } from '../base/assert.ts';
import type { InstanceId } from '../base/brand.ts';
import { raiseInterrupt } from '../protocol/hart-protocol.ts';
import { CONTROLLER_END, INSTANCE, MAX_HARTS } from '../protocol/layout.ts';
import { TRACE_KIND } from '../protocol/trace.ts';
import type { Message } from './channel-region.ts';
import { ringOf, type Channel } from './channels.ts';
import type { ControllerContext } from './controller-context.ts';
import type { Instance } from './instances.ts';
import { hearLeave } from './peer-leave.ts';

/** Supervisor software interrupt, in mip. */
const SSIP = 1 << 1;

/** INSTANCE.INTERRUPT_HART of an instance that does not run. */
export const NO_INTERRUPT_HART = 0xffff_ffff;

/** Sends to an active kernel and rings it. False: its ring is full. */
export function sendToKernel(
  context: ControllerContext,
  instance: Instance,
  content: { readonly type: number; readonly subtype: number; readonly payload: Uint8Array },
): boolean {
  const channel = managementChannel(context, instance);
  const message: Message = { ...content, id: BigInt(instance.sent + 1) };
  if (!context.region.sendMessage(ringOf(channel, 'a-to-b'), instance.sent, message)) return false;
  instance.sent += 1;
  context.rings.look(CONTROLLER_END);
  traceMessage(context, instance, message);
  context.channels.countDoorbell(channel.id);
  ringKernel(context, instance.id, channel);
  return true;
}

/** Makes the kernel look at its rings, as a doorbell of a peer would. Nothing when it does not run. */
export function ringKernel(context: ControllerContext, instance: InstanceId, channel: Channel): void {
  const hart = context.instanceWord(instance, INSTANCE.INTERRUPT_HART);
  if (hart >= MAX_HARTS) return;
  context.trace(TRACE_KIND.DOORBELL, null, BigInt(hart), BigInt(instance), channel.id);
  raiseInterrupt(context.words, hart, SSIP);
}

/** Takes what a kernel has sent to the controller; whoever waits for an answer hears it. */
export function hearKernel(context: ControllerContext, instance: Instance): void {
  const ring = ringOf(managementChannel(context, instance), 'b-to-a');
  const drained = context.region.drainMessages(ring, instance.received);
  if (drained.tail !== instance.received) context.rings.look(CONTROLLER_END);
  instance.received = drained.tail;
  instance.malformed += drained.malformed;
  for (const message of drained.messages) {
    traceMessage(context, instance, message);
    if (hearLeave(context, instance, message)) context.channelLeft = true;
    context.hearers.get(instance.id)?.(message);
  }
}

function managementChannel(context: ControllerContext, instance: Instance): Channel {
  const channel = context.management(instance);
  assert(channel, `${instance.name} has a management channel`);
  return channel;
}

function traceMessage(context: ControllerContext, instance: Instance, message: Message): void {
  const what = (BigInt(message.type) << 32n) | BigInt(message.subtype);
  context.trace(TRACE_KIND.MESSAGE, instance.id, what, message.id, instance.id);
}
