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
 * `ts` is machine time in microseconds, and the order of the events; where times are equal, what lies around others comes
 * first, then the shared number decides. In Parallel mode the clocks of two workers differ by less than a microsecond, and
 * the number alone is right: a slice that would begin before the message it takes was published, or before its core's run,
 * begins with that, and its `laterUs` says by how much it was moved. A run lasts as long as the last slice in it. A message
 * that nobody has taken has no arrow: its slice says `taken: false`.
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

/** Of the thread of a hart, in ticks: since when its run lasts, or the last one was over; the end of the last slice. */
interface Edge {
  floor: number;
  end: number;
}

/** A message that has been published and not been taken: when it was seen last, and the arguments of its slice. */
interface OpenFlow {
  readonly at: number;
  readonly args: Record<string, unknown>;
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
  readonly #edges = new Map<Track, Edge>();
  readonly #openFlows = new Map<number, OpenFlow>();
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
    for (const { args } of this.#openFlows.values()) args['taken'] = false;
    const arrows = this.#events.filter(({ id }) => id === undefined || !this.#openFlows.has(id));
    // Stable: what is equal keeps the order of the numbers.
    return [...this.#tracks.metadata(), ...arrows.sort(inOrder)];
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
        this.#run(`run ${hart}`, own(), time);
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
      case TRACE_KIND.SOFT_INTERRUPT:
        this.#slice(own(), time, 'software interrupt', 'trap', { pc: hex(a), privilege: c });
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
        this.#flow(record, own(), `ring ${this.#tracks.nameOf(Number(b))}`, 'doorbell', { channel: c });
        this.#instant(rung, time, `doorbell from ${from}`, 'doorbell', 't', { channel: c });
        return;
      }
      case TRACE_KIND.PUBLISH: {
        const ring = ringSlotOf(c);
        const sender =
          instance === null ? controller() : this.#tracks.hart(ring.senderHart ?? hart, instance);
        const args = { class: messageClass(a), id: String(b), channel: ring.channel, slot: ring.slot };
        this.#flow(record, sender, `publish ${messageName(a)}`, 'message', args);
        if (a === HEARTBEAT) this.#beat(record);
        return;
      }
      case TRACE_KIND.DRAIN: {
        const { channel, slot } = ringSlotOf(c);
        const receiver = instance === null ? controller() : own();
        this.#flow(record, receiver, `drain ${b}`, 'message', { channel, slot });
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

  /** The slice of a record, and the steps of messages that it stands for. */
  #flow(record: TraceRecord, track: Track, name: string, cat: string, args: Record<string, unknown>): void {
    const steps = this.#flows.stepsOf(record);
    const seen = Math.max(0, ...steps.map(({ id }) => this.#openFlows.get(id)?.at ?? 0));
    const at = this.#slice(track, record.time, name, cat, args, seen);
    for (const { id, step } of steps) {
      const event = { ph: step, name: 'message', cat: 'message', id, ...track, ts: microseconds(at) };
      this.#events.push(step === 'f' ? { ...event, bp: 'e' } : event);
      if (step === 'f') this.#openFlows.delete(id);
      else this.#openFlows.set(id, { at, args: this.#openFlows.get(id)?.args ?? args });
    }
  }

  #begin(key: string, name: string, cat: string, track: Track, at: number): void {
    this.#begun.set(key, { name, cat, track, at });
  }

  #run(key: string, track: Track, time: number): void {
    const edge = this.#edge(track);
    edge.floor = Math.max(time, edge.floor, edge.end);
    this.#begin(key, 'running', 'run', track, edge.floor);
  }

  #end(key: string, time: number, args: Readonly<Record<string, unknown>>): void {
    const begun = this.#begun.get(key);
    if (!begun) return;
    this.#begun.delete(key);
    const edge = this.#edges.get(begun.track);
    const at = Math.max(time, begun.at, edge?.end ?? 0);
    if (edge) edge.floor = at;
    const ts = microseconds(begun.at);
    const dur = microseconds(at - begun.at);
    this.#events.push({ ph: 'X', name: begun.name, cat: begun.cat, ...begun.track, ts, dur, args });
  }

  /** A slice of one tick, not before `after`; returns when it begins. */
  #slice(
    track: Track,
    time: number,
    name: string,
    cat: string,
    args: Record<string, unknown>,
    after = 0,
  ): number {
    const edge = this.#edge(track);
    const at = Math.max(time, edge.floor, after);
    edge.end = Math.max(edge.end, at + 1);
    if (at > time) args['laterUs'] = microseconds(at - time);
    this.#events.push({ ph: 'X', name, cat, ...track, ts: microseconds(at), dur: INSTANT_US, args });
    return at;
  }

  #edge(track: Track): Edge {
    const edge = this.#edges.get(track) ?? { floor: 0, end: 0 };
    this.#edges.set(track, edge);
    return edge;
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

const LASTING = new Set(['run', 'phase', 'state', 'lost']);

/** By time; of the same time, slices that last before what lies in them: of a thread, none of those lies in another. */
function inOrder(one: ChromeEvent, two: ChromeEvent): number {
  const rank = ({ cat }: ChromeEvent): number => (cat !== undefined && LASTING.has(cat) ? 0 : 1);
  return (one.ts ?? 0) - (two.ts ?? 0) || rank(one) - rank(two);
}

function restName(why: bigint): string {
  return Object.entries(HART_REST).find(([, value]) => BigInt(value) === why)?.[0] ?? String(why);
}
