/** The exception that makes the doorbell: an IPI to another kernel's interrupt hart, where a channel between them exists. */
import {
  CHANNEL,
  channelEntry,
  CONTROLLER_END,
  HEADER,
  INSTANCE,
  instanceBlock,
  MAX_CHANNELS,
  MAX_HARTS,
} from '../../protocol/layout.ts';
import { TRACE_KIND } from '../../protocol/trace.ts';
import { takeDoorbell } from './doorbell-limit.ts';
import type { SbiCall } from './sbi.ts';

/** Number of the channel through which `call`'s kernel may ring `hart`, or −1. */
export function doorbellChannel(call: SbiCall, hart: number): number {
  const { machine, instance } = call;
  const target = machine.ownerOf(hart);
  if (target === null || target === instance) return -1;
  const interruptHart = Atomics.load(machine.words, (instanceBlock(target) + INSTANCE.INTERRUPT_HART) >> 2);
  return interruptHart === hart ? channelTo(call, target) : -1;
}

/** Number of the channel between `call`'s kernel and `end`, or −1. */
function channelTo({ machine, instance }: SbiCall, end: number): number {
  for (let channel = 0; channel < MAX_CHANNELS; channel++) {
    const entry = channelEntry(channel) >> 2;
    if (Atomics.load(machine.words, entry + (CHANNEL.IN_USE >> 2)) === 0) continue;
    const a = (machine.words[entry + (CHANNEL.A >> 2)] ?? 0) >>> 0;
    const b = (machine.words[entry + (CHANNEL.B >> 2)] ?? 0) >>> 0;
    if ((a === instance && b === end) || (a === end && b === instance)) return channel;
  }
  return -1;
}

const isEndA = ({ machine, instance }: SbiCall, channel: number): boolean =>
  machine.words[(channelEntry(channel) + CHANNEL.A) >> 2] === instance;

/** Takes the doorbells at these channels out of their buckets; until when (ticks) the call has to wait for all of them. */
export const takeDoorbells = (call: SbiCall, channels: readonly number[]): number =>
  Math.max(0, ...channels.map((channel) => takeDoorbell(call.machine, channel, isEndA(call, channel))));

/** The same for a notification of the controller, which costs the host time instead of a neighbour's. */
export function takeNotification(call: SbiCall): number {
  const channel = channelTo(call, CONTROLLER_END);
  return channel < 0 ? 0 : takeDoorbells(call, [channel]);
}

/** Counts and traces a doorbell that is about to be rung, after the messages that it announces. */
export function countDoorbell(call: SbiCall, hart: number, channel: number): void {
  const { machine } = call;
  machine.lookAtRings();
  const entry = channelEntry(channel) >> 2;
  const fromA = isEndA(call, channel);
  Atomics.add(machine.words, entry + ((fromA ? CHANNEL.DOORBELLS_AB : CHANNEL.DOORBELLS_BA) >> 2), 1);
  Atomics.add(machine.words, (HEADER.DOORBELLS >> 2) + machine.hart * MAX_HARTS + hart, 1);
  const peer = (machine.words[entry + ((fromA ? CHANNEL.B : CHANNEL.A) >> 2)] ?? 0) >>> 0;
  machine.trace(TRACE_KIND.DOORBELL, BigInt(hart), BigInt(peer), channel);
}
