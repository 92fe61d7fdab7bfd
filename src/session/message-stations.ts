/** What the trace tells of the stations of a message (protocol/stations.ts): its own moments, and the trap between them. */
import type { MessageStations, StationTrap } from '../protocol/stations.ts';
import { TRACE_KIND } from '../protocol/trace.ts';
import type { FlowEntry, Moment } from './flow-history.ts';
import type { TraceStore } from './trace-store.ts';

/** Ticks by which the times of two harts may differ from the order of their records. */
const SKEW = 1000;

/** `until`: time up to which the message may have been on its way; `lossy`: whether records may be missing before it. */
export function stationsOf(
  entry: FlowEntry,
  store: TraceStore,
  until: number,
  lossy: boolean,
): Omit<MessageStations, 'copy'> {
  const { what, id, channel, slot, from, to, publish, doorbell, rang, drain } = entry;
  const last = drain?.sequence ?? Infinity;
  const { wake, trap } =
    doorbell && rang !== null ? reaction(store, rang, doorbell, until, last) : { wake: null, trap: null };
  return { what, id, channel, slot, from, to, publish, doorbell, rang, wake, trap, drain, lossy };
}

/**
 * What the rung hart did between the doorbell and the record of that number: whether it went on, and the interrupt that it
 * took. A hart that went on only after the trap had been awake.
 */
function reaction(
  store: TraceStore,
  hart: number,
  doorbell: Moment,
  until: number,
  last: number,
): { wake: Moment | null; trap: StationTrap | null } {
  let wake: Moment | null = null;
  let trap: StationTrap | null = null;
  store.forEachBetween(doorbell.time - SKEW, until, (position, kind) => {
    if (kind !== TRACE_KIND.HART_RUN && kind !== TRACE_KIND.SOFT_INTERRUPT) return true;
    const record = store.at(position);
    const sequence = Number(record.sequence);
    if (record.hart !== hart || sequence <= doorbell.sequence || sequence >= last) return true;
    const moment = { sequence, time: record.time, lane: hart };
    if (kind === TRACE_KIND.HART_RUN) {
      wake ??= moment;
      return true;
    }
    const mstatus = Number(record.b >> 32n);
    const mip = Number(record.b & 0xffff_ffffn);
    trap = { ...moment, pc: record.a, mstatus, mip, privilege: record.c };
    return false;
  });
  return { wake, trap };
}
