/** The exception that makes the doorbell: an IPI to another kernel's interrupt hart, where a channel between them exists. */
import {
  CHANNEL,
  channelEntry,
  HEADER,
  INSTANCE,
  instanceBlock,
  MAX_CHANNELS,
  MAX_HARTS,
} from '../../protocol/layout.ts';
import { TRACE_KIND } from '../../protocol/trace.ts';
import type { SbiCall } from './sbi.ts';

/** Number of the channel through which `call`'s kernel may ring `hart`, or −1. */
export function doorbellChannel(call: SbiCall, hart: number): number {
  const { machine, instance } = call;
  const target = machine.ownerOf(hart);
  if (target === null || target === instance) return -1;
  const interruptHart = Atomics.load(machine.words, (instanceBlock(target) + INSTANCE.INTERRUPT_HART) >> 2);
  if (interruptHart !== hart) return -1;
  for (let channel = 0; channel < MAX_CHANNELS; channel++) {
    const entry = channelEntry(channel) >> 2;
    if (Atomics.load(machine.words, entry + (CHANNEL.IN_USE >> 2)) === 0) continue;
    const a = machine.words[entry + (CHANNEL.A >> 2)];
    const b = machine.words[entry + (CHANNEL.B >> 2)];
    if ((a === instance && b === target) || (a === target && b === instance)) return channel;
  }
  return -1;
}

/** Counts and traces a doorbell that is about to be rung, after the messages that it announces. */
export function countDoorbell(call: SbiCall, hart: number, channel: number): void {
  const { machine, instance } = call;
  machine.lookAtRings();
  const entry = channelEntry(channel) >> 2;
  const direction =
    machine.words[entry + (CHANNEL.A >> 2)] === instance ? CHANNEL.DOORBELLS_AB : CHANNEL.DOORBELLS_BA;
  Atomics.add(machine.words, entry + (direction >> 2), 1);
  Atomics.add(machine.words, (HEADER.DOORBELLS >> 2) + machine.hart * MAX_HARTS + hart, 1);
  machine.trace(TRACE_KIND.DOORBELL, BigInt(hart), BigInt(machine.ownerOf(hart) ?? 0), channel);
}
