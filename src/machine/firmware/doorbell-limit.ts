/**
 * How fast one kernel may ring another. A doorbell costs its receiver an interrupt, so without a limit a kernel could take
 * its neighbour's time by ringing; with it the kernel that rings pays, and no doorbell is lost.
 *
 * Each direction of a channel has a bucket of BURST doorbells that fills by one every INTERVAL_TICKS. It is kept as one
 * word, SPENT (layout.ts): the machine time at which the bucket would be full again. A doorbell at time t
 *     1. s = load(SPENT); f = max(s, t): when the bucket is full if nobody rings from now on,
 *     2. compare-and-swap SPENT: s → f + INTERVAL_TICKS, from 1 again if another hart was faster: that takes a doorbell out,
 *        and says at which time it is one that the bucket held: d = f − (BURST − 1) × INTERVAL_TICKS,
 *     3. if d ≤ t, rings. Else it counts one in LIMITED, and the hart waits inside its call until d, and then rings.
 * What step 2 took is the doorbell's own: harts of one kernel that wait, wait for different times in the order in which
 * they asked, and none of them longer than INTERVAL_TICKS for each that asked before it. While it waits, a hart executes
 * nothing and takes no interrupt; fences, pauses and stops reach it as they do in WFI. When the time has come the call is
 * checked anew: the peer may have ended, or the channel have gone, meanwhile. Time is machine time, so Repeatable mode does
 * the same in each run.
 *
 * The numbers. A receiver that finds nothing to do spends about 500 instructions on a doorbell, and ping-pong over
 * doorbells, the fastest use that means something, makes 31,000 round trips a second of machine time with both harts at
 * nothing else. 50,000 a second are above that, so it never waits, and leave a hart that does 100 million instructions a
 * second more than half of its time under a storm. The burst is two rings full of messages: a kernel that answers all
 * that has heaped up does not wait either.
 */
import { assert } from '../../base/assert.ts';
import { CHANNEL, channelEntry, MAX_CHANNELS } from '../../protocol/layout.ts';
import type { MachineContext } from './context.ts';

/** Ticks of 100 ns in which a direction of a channel may ring once. */
export const INTERVAL_TICKS = 200;
/** Doorbells that it may ring at once after it has been quiet. */
export const BURST = 128;

/**
 * Takes a doorbell of the channel's direction out of its bucket. Returns the machine time (ticks) at which it may ring:
 * not later than now if it need not wait. `channel` is 0 … MAX_CHANNELS − 1.
 */
export function takeDoorbell(machine: MachineContext, channel: number, fromA: boolean): number {
  assert(channel >= 0 && channel < MAX_CHANNELS, `channel ${channel}`);
  const entry = channelEntry(channel);
  const spent = (entry + (fromA ? CHANNEL.SPENT_AB : CHANNEL.SPENT_BA)) >> 3;
  const now = machine.time();
  for (;;) {
    const before = Atomics.load(machine.longs, spent);
    const full = Math.max(Number(before), now);
    if (Atomics.compareExchange(machine.longs, spent, before, BigInt(full + INTERVAL_TICKS)) !== before)
      continue;
    const due = full - (BURST - 1) * INTERVAL_TICKS;
    if (due > now)
      Atomics.add(machine.words, (entry + (fromA ? CHANNEL.LIMITED_AB : CHANNEL.LIMITED_BA)) >> 2, 1);
    return due;
  }
}
