/**
 * The trace in the Chrome trace event format, as JSON, which the Perfetto viewer opens ("Trace Event Format", its JSON
 * object form). A process is a kernel, a thread a hart for as long as that kernel owns it (trace-tracks.ts). Slices: runs
 * of harts between two rests, phases of moves, states of kernels; SBI calls, traps, publishing and draining, one tick
 * long, because the trace has an instant of them. Instants: doorbells where they arrive, faults, changes of owners.
 * Counters: beats. Flows: a message from publishing over its doorbell to whoever took it (message-flows.ts).
 *
 * Loss is drawn, too: a process of its own has a slice wherever records are missing, with their number, by the core that
 * wrote them. A run does not go on over it: whether the core ran meanwhile is not known. What is kept from before such a
 * place stands at its own time (trace-remains.ts).
 *
 * `ts` is machine time in microseconds.
 */
import { EXTENSION } from '../machine/firmware/sbi.ts';
import { TICKS_PER_MS } from '../machine/clock.ts';
import { INSTANCE_STATES, UPDATE_PHASES } from '../protocol/machine-view.ts';
import { MSG_SYSTEM, SYSTEM } from '../protocol/channel.ts';
import { TRACE_CONTROLLER } from '../protocol/layout.ts';
import { messageClass, messageName } from '../protocol/message-names.ts';
import { SBI_EXT_MK } from '../protocol/mk.ts';
import { POOL_DEVICES } from '../protocol/pool-devices.ts';
import {
  HART_REST,
  INSTANCE_DELETED,
  ringSlotOf,
  TRACE_KIND,
  traceKindName,
  type TraceRecord,
} from '../protocol/trace.ts';
import { MessageFlows } from './message-flows.ts';
import type { TraceGap } from './trace-gaps.ts';
import { Tracks, type ChromeEvent, type Track } from './trace-tracks.ts';

export interface TraceSource {
  readonly records: readonly TraceRecord[];
  /** All names that each instance ID has had. */
  readonly names: ReadonlyMap<number, readonly string[]>;
  /** Records lost of each ring, by hart; the last is the controller's. */
  readonly lostByRing: readonly number[];
  /** Older records that were not kept. */
  readonly dropped: number;
  /** Where records are missing, for either reason. */
  readonly gaps: readonly TraceGap[];
}

const TICKS_PER_US = TICKS_PER_MS / 1000;
const microseconds = (ticks: number): number => ticks / TICKS_PER_US;
/** Length of a slice of which the trace has an instant: a tick. */
const INSTANT_US = 1 / TICKS_PER_US;
const HEARTBEAT = (BigInt(MSG_SYSTEM) << 32n) | BigInt(SYSTEM.HEARTBEAT);
const HSM_STATES = ['STARTED', 'STOPPED', 'START_PENDING', 'STOP_PENDING', 'SUSPENDED'];
const EXTENSION_NAMES = new Map<bigint, string>([
  ...Object.entries(EXTENSION).map(([name, id]) => [BigInt(id), name] as const),
  [BigInt(SBI_EXT_MK), 'MK'],
]);
const hex = (value: bigint | number): string => `0x${value.toString(16)}`;

/** The file's text. */
export function exportChromeTrace(source: TraceSource): string {
  const events = new ChromeTrace(source.names).events(source.records, source.gaps);
  const lost = Object.fromEntries(
    source.lostByRing.flatMap((count, ring) =>
      count === 0 ? [] : [[ring === TRACE_CONTROLLER ? 'controller' : `core ${ring}`, count]],
    ),
  );
  const otherData = { clock: 'machine time', lost, dropped: source.dropped };
  // A line for each event: the file can be searched, and two exports compared.
  const lines = events.map((event) => JSON.stringify(event)).join(',\n');
  return `{"displayTimeUnit":"ns","otherData":${JSON.stringify(otherData)},"traceEvents":[\n${lines}\n]}\n`;
}

/** A slice that has begun. */
interface Begun {
  readonly name: string;
  readonly cat: string;
  readonly track: Track;
  readonly at: number;
}

class ChromeTrace {
  readonly #tracks: Tracks;
  readonly #flows = new MessageFlows();
  readonly #events: ChromeEvent[] = [];
  /** Slices that have not ended: runs by `run H`, phases by `phase H`, states by `state I`. */
  readonly #begun = new Map<string, Begun>();
  /** Heartbeats by channel and direction: a beat goes to each peer, so the most of a sender's are its beats. */
  readonly #beats = new Map<number, Map<number, number>>();

  constructor(names: ReadonlyMap<number, readonly string[]>) {
    this.#tracks = new Tracks(names);
  }

  events(records: readonly TraceRecord[], gaps: readonly TraceGap[]): ChromeEvent[] {
    const sorted = [...records].sort((one, two) => (one.sequence < two.sequence ? -1 : 1));
    const overruns = gaps.filter(({ overrun }) => overrun).sort((one, two) => one.before - two.before);
    let next = 0;
    let last = 0;
    for (const record of sorted) {
      for (; (overruns[next]?.before ?? Infinity) <= Number(record.sequence); next += 1)
        this.#interrupt(overruns[next]);
      this.#add(record);
      last = Math.max(last, record.time);
    }
    for (const gap of overruns.slice(next)) this.#interrupt(gap);
    for (const key of [...this.#begun.keys()]) this.#end(key, last, {});
    for (const gap of gaps) this.#lost(gap);
    return [...this.#tracks.metadata(), ...this.#events];
  }

  /** The hart's run, as far as it is known. */
  #interrupt(gap: TraceGap | undefined): void {
    if (gap) this.#end(`run ${gap.ring}`, gap.from, { until: 'records are lost' });
  }

  #lost({ ring, from, to, count, overrun }: TraceGap): void {
    this.#events.push({
      ph: 'X',
      name: `${count} trace records lost`,
      cat: 'lost',
      ...this.#tracks.lost(ring, overrun),
      ts: microseconds(from),
      dur: Math.max(INSTANT_US, microseconds(to - from)),
      args: { count, why: overrun ? 'the ring was full before it was read' : 'older than what is kept' },
    });
  }

  #add(record: TraceRecord): void {
    const { kind, time, instance, hart, a, b, c } = record;
    const own = (): Track => this.#tracks.hart(hart, instance);
    const controller = (): Track => this.#tracks.controller();
    switch (kind) {
      case TRACE_KIND.HART_RUN:
        this.#begin(`run ${hart}`, 'running', 'run', own(), time);
        return;
      case TRACE_KIND.HART_REST:
        this.#end(`run ${hart}`, time, { until: restName(a) });
        return;
      case TRACE_KIND.HART_STATE: {
        const state = HSM_STATES[Number(a)] ?? String(a);
        this.#instant(own(), time, `core ${hart} ${state}`, 'hart', 't', { pc: hex(b) });
        return;
      }
      case TRACE_KIND.INSTANCE_STATE: {
        if (instance === null) return;
        const key = `state ${instance}`;
        this.#end(key, time, {});
        if (a === INSTANCE_DELETED) return;
        const name = INSTANCE_STATES[Number(a)] ?? String(a);
        this.#begin(key, name, 'state', this.#tracks.state(instance), time);
        return;
      }
      case TRACE_KIND.PHASE:
      case TRACE_KIND.PHASE_END: {
        const hart = BigInt.asIntN(64, b);
        this.#end(`phase ${hart}`, time, {});
        const phase = kind === TRACE_KIND.PHASE ? UPDATE_PHASES[Number(a)] : undefined;
        if (phase === undefined) return;
        const track = this.#tracks.move(Number(hart), c);
        // What failed is over: there is nothing that would last.
        if (phase === 'failed') this.#instant(track, time, phase, 'phase', 't', {});
        else this.#begin(`phase ${hart}`, phase, 'phase', track, time);
        return;
      }
      case TRACE_KIND.SBI: {
        const name = `${EXTENSION_NAMES.get(a) ?? hex(a)}.${b}`;
        this.#slice(own(), time, `SBI ${name}`, 'sbi', { error: c | 0 });
        return;
      }
      case TRACE_KIND.TRAP:
        this.#slice(own(), time, `trap ${a}`, 'trap', { tval: hex(b), privilege: c });
        return;
      case TRACE_KIND.GATE_FAULT: {
        const args = { address: hex(a), owner: Number(b), access: c };
        this.#instant(own(), time, 'gate fault', 'fault', 't', args);
        return;
      }
      case TRACE_KIND.HART_LOST:
        this.#end(`run ${a}`, time, { until: 'lost' });
        this.#instant(controller(), time, `core ${a} lost`, 'fault', 'g', {});
        return;
      case TRACE_KIND.HART_OWNER: {
        this.#end(`run ${a}`, time, { until: 'owner changed' });
        const args = { from: this.#ownerName(c - 1), to: this.#ownerName(Number(b) - 1) };
        this.#instant(controller(), time, `core ${a} to ${args.to}`, 'owner', 'g', args);
        return;
      }
      case TRACE_KIND.DEVICE_OWNER: {
        const device = POOL_DEVICES[Number(a)]?.name ?? `device ${a}`;
        const args = { from: this.#ownerName(c - 1), to: this.#ownerName(Number(b) - 1) };
        this.#instant(controller(), time, `${device} to ${args.to}`, 'owner', 'g', args);
        return;
      }
      case TRACE_KIND.MEMORY_OWNER: {
        const args = { page: Number(a >> 32n), pages: Number(a & 0xffff_ffffn), from: c, to: Number(b) };
        this.#instant(controller(), time, 'memory to another owner', 'owner', 'p', args);
        return;
      }
      case TRACE_KIND.MESSAGE:
        this.#instant(controller(), time, messageName(a), 'message', 't', {
          id: Number(b),
          kernel: this.#ownerName(c),
        });
        return;
      case TRACE_KIND.DOORBELL: {
        const from = instance === null ? 'controller' : this.#tracks.nameOf(instance);
        const rung = this.#tracks.hart(Number(a), Number(b));
        this.#slice(own(), time, `ring ${this.#tracks.nameOf(Number(b))}`, 'doorbell', { channel: c });
        this.#flow(record, own());
        this.#instant(rung, time, `doorbell from ${from}`, 'doorbell', 't', { channel: c });
        return;
      }
      case TRACE_KIND.PUBLISH: {
        const ring = ringSlotOf(c);
        const sender =
          instance === null ? controller() : this.#tracks.hart(ring.senderHart ?? hart, instance);
        const args = { class: messageClass(a), id: String(b), channel: ring.channel, slot: ring.slot };
        this.#slice(sender, time, `publish ${messageName(a)}`, 'message', args);
        this.#flow(record, sender);
        if (a === HEARTBEAT) this.#beat(record);
        return;
      }
      case TRACE_KIND.DRAIN: {
        const { channel, slot } = ringSlotOf(c);
        const receiver = instance === null ? controller() : own();
        this.#slice(receiver, time, `drain ${b}`, 'message', { channel, slot });
        this.#flow(record, receiver);
        return;
      }
      case TRACE_KIND.RING_SKIPPED:
        this.#instant(own(), time, `${b} messages not recorded`, 'message', 't', {
          channel: ringSlotOf(c).channel,
        });
        return;
      default:
        this.#instant(own(), time, traceKindName(kind), 'other', 't', { a: hex(a), b: hex(b), c });
    }
  }

  #ownerName(instance: number): string {
    return instance < 0 ? 'pool' : this.#tracks.nameOf(instance);
  }

  #beat(record: TraceRecord): void {
    if (record.instance === null) return;
    const of = this.#beats.get(record.instance) ?? new Map<number, number>();
    this.#beats.set(record.instance, of);
    const before = Math.max(0, ...of.values());
    const { channel } = ringSlotOf(record.c);
    const count = (of.get(channel) ?? 0) + 1;
    of.set(channel, count);
    if (count <= before) return;
    const ts = microseconds(record.time);
    this.#events.push({
      ph: 'C',
      name: 'beats',
      ...this.#tracks.state(record.instance),
      ts,
      args: { beats: count },
    });
  }

  #flow(record: TraceRecord, track: Track): void {
    for (const { id, step } of this.#flows.stepsOf(record)) {
      const event = {
        ph: step,
        name: 'message',
        cat: 'message',
        id,
        ...track,
        ts: microseconds(record.time),
      };
      this.#events.push(step === 'f' ? { ...event, bp: 'e' } : event);
    }
  }

  #begin(key: string, name: string, cat: string, track: Track, at: number): void {
    this.#begun.set(key, { name, cat, track, at });
  }

  #end(key: string, at: number, args: Readonly<Record<string, unknown>>): void {
    const begun = this.#begun.get(key);
    if (!begun) return;
    this.#begun.delete(key);
    const ts = microseconds(begun.at);
    const dur = microseconds(Math.max(0, at - begun.at));
    this.#events.push({ ph: 'X', name: begun.name, cat: begun.cat, ...begun.track, ts, dur, args });
  }

  #slice(
    track: Track,
    time: number,
    name: string,
    cat: string,
    args: Readonly<Record<string, unknown>>,
  ): void {
    this.#events.push({ ph: 'X', name, cat, ...track, ts: microseconds(time), dur: INSTANT_US, args });
  }

  #instant(
    track: Track,
    time: number,
    name: string,
    cat: string,
    s: 'g' | 'p' | 't',
    args: Readonly<Record<string, unknown>>,
  ): void {
    this.#events.push({ ph: 'i', name, cat, ...track, ts: microseconds(time), s, args });
  }
}

function restName(why: bigint): string {
  return Object.entries(HART_REST).find(([, value]) => BigInt(value) === why)?.[0] ?? String(why);
}
