/**
 * A Mermaid sequence diagram of what a trace says, for people who read how kernels start, move cores and talk. Kernels
 * and the controller are its participants, and whoever gives the commands. What came to a kernel is an arrow, what it
 * became is a note.
 */
import { MSG_SYSTEM, SYSTEM } from '../protocol/channel.ts';
import { MAX_HARTS, OWNER_CHANNEL, PAGE_SIZE } from '../protocol/layout.ts';
import { INSTANCE_STATES, UPDATE_PHASES } from '../protocol/machine-view.ts';
import { messageName } from '../protocol/message-names.ts';
import { POOL_DEVICES } from '../protocol/pool-devices.ts';
import { INSTANCE_DELETED, ringSlotOf, TRACE_KIND, type TraceRecord } from '../protocol/trace.ts';

/** What is drawn besides messages, commands, owners and states: `rings` shows how a message travels, step by step. */
export const DIAGRAM_DETAILS = ['messages', 'rings'] as const;
export type DiagramDetail = (typeof DIAGRAM_DETAILS)[number];

/** A record, or something that a person did. */
export type DiagramEvent =
  | { readonly kind: 'record'; readonly record: TraceRecord }
  | { readonly kind: 'command'; readonly line: string }
  | { readonly kind: 'typed'; readonly instance: number; readonly text: string };

export interface DiagramSource {
  readonly events: readonly DiagramEvent[];
  /** Names of instances. */
  readonly names: ReadonlyMap<number, string>;
  readonly detail: DiagramDetail;
  /** Records of before that tell who takes what from which ring. */
  readonly before: readonly TraceRecord[];
}

const PERSON = 'you';
const CONTROLLER = 'controller';
const HEARTBEAT = (BigInt(MSG_SYSTEM) << 32n) | BigInt(SYSTEM.HEARTBEAT);
/** What stands in the place of a hart as −1, −2, −3 in a PHASE record. */
const OTHERS = ['memory', 'hand-over', 'devices'];
const HSM_WORDS = ['started', 'stopped', 'asked to start', 'asked to stop', 'suspended'];

export function sequenceDiagram(source: DiagramSource): string {
  return new SequenceDiagram(source).text();
}

/** Lines that are the same, three in a row or more, are drawn as one that says how many: a state that is sent page by page. */
function withoutRuns(lines: readonly string[]): string[] {
  const runs: { readonly line: string; times: number }[] = [];
  for (const line of lines) {
    const last = runs.at(-1);
    if (last?.line === line) last.times += 1;
    else runs.push({ line, times: 1 });
  }
  return runs.flatMap(({ line, times }) =>
    times < 3 ? Array.from({ length: times }, () => line) : [`${line}, ${times} times`],
  );
}

class SequenceDiagram {
  readonly #source: DiagramSource;
  readonly #lines: string[] = [];
  /** In the order in which they come in. */
  readonly #participants = new Set<string>();
  /** Who takes from a ring, by channel and direction. */
  readonly #receivers = new Map<string, string>();
  /** Kernels that were rung and have not run since. */
  readonly #rung = new Set<number>();
  readonly #phases = new Map<bigint, string>();

  constructor(source: DiagramSource) {
    this.#source = source;
    const records = source.events.flatMap((event) => (event.kind === 'record' ? [event.record] : []));
    for (const record of [...source.before, ...records]) {
      if (record.kind === TRACE_KIND.DRAIN) this.#receivers.set(ringKey(record), this.#name(record.instance));
    }
  }

  text(): string {
    for (const event of this.#source.events) this.#draw(event);
    const participants = [...this.#participants].map((name) => `  participant ${name}`);
    return ['sequenceDiagram', ...participants, ...withoutRuns(this.#lines), ''].join('\n');
  }

  #draw(event: DiagramEvent): void {
    switch (event.kind) {
      case 'command': {
        this.#arrow(PERSON, '->>', CONTROLLER, event.line);
        return;
      }
      case 'typed': {
        this.#arrow(PERSON, '->>', this.#name(event.instance), `types ${event.text.trim()}`);
        return;
      }
      case 'record': {
        this.#drawRecord(event.record);
        return;
      }
    }
  }

  #drawRecord(record: TraceRecord): void {
    const { kind, a, b, c } = record;
    const self = this.#name(record.instance);
    switch (kind) {
      case TRACE_KIND.INSTANCE_STATE: {
        this.#note(self, a === INSTANCE_DELETED ? 'deleted' : (INSTANCE_STATES[Number(a)] ?? String(a)));
        return;
      }
      case TRACE_KIND.HART_STATE: {
        this.#note(self, `core ${record.hart} ${HSM_WORDS[Number(a)] ?? String(a)}`);
        return;
      }
      case TRACE_KIND.HART_OWNER:
      case TRACE_KIND.DEVICE_OWNER: {
        const what =
          kind === TRACE_KIND.HART_OWNER ? `core ${a}` : (POOL_DEVICES[Number(a)]?.name ?? 'a device');
        const [to, from] = [Number(b), c];
        if (from !== 0) this.#arrow(CONTROLLER, '->>', this.#name(from - 1), `takes ${what}`);
        if (to !== 0) this.#arrow(CONTROLLER, '->>', this.#name(to - 1), `gives ${what}`);
        return;
      }
      case TRACE_KIND.MEMORY_OWNER: {
        const size = (Number(a & 0xffff_ffffn) * PAGE_SIZE) / 1024;
        const [to, from] = [Number(b), c];
        if (from >= OWNER_CHANNEL || to >= OWNER_CHANNEL) {
          const [channel, what] =
            to >= OWNER_CHANNEL ? [to, 'is shared'] : ([from, 'is given back'] as const);
          this.#note(CONTROLLER, `${kib(size)} ${what}: channel ${channel - OWNER_CHANNEL}`);
          return;
        }
        if (from !== 0) this.#arrow(CONTROLLER, '->>', this.#name(from - 1), `takes ${kib(size)} of memory`);
        if (to !== 0) this.#arrow(CONTROLLER, '->>', this.#name(to - 1), `gives ${kib(size)} of memory`);
        return;
      }
      case TRACE_KIND.PHASE: {
        const phase = UPDATE_PHASES[Number(a)] ?? String(a);
        const what = b < BigInt(MAX_HARTS) ? `core ${b}` : OTHERS[Number(-BigInt.asIntN(64, b)) - 1];
        if (this.#phases.get(b) === phase) return;
        this.#phases.set(b, phase);
        this.#note(CONTROLLER, `${what ?? 'update'}: ${phase}`);
        return;
      }
      case TRACE_KIND.PUBLISH:
        if (a !== HEARTBEAT) this.#message(record, self);
        return;
      case TRACE_KIND.GATE_FAULT: {
        this.#note(self, `gate fault at 0x${a.toString(16)}`);
        return;
      }
      case TRACE_KIND.HART_LOST: {
        this.#note(CONTROLLER, `core ${a} lost`);
        return;
      }
      default:
        if (this.#source.detail === 'rings') this.#drawRing(record, self);
    }
  }

  #message(record: TraceRecord, sender: string): void {
    const receiver = this.#receivers.get(ringKey(record));
    const { slot } = ringSlotOf(record.c);
    const name = messageName(record.a);
    if (this.#source.detail === 'rings')
      this.#arrow(sender, '->>', sender, `publishes ${name} in slot ${slot}`);
    else if (receiver === undefined) this.#note(sender, `${name}, which nobody takes`);
    else this.#arrow(sender, '->>', receiver, name);
  }

  #drawRing(record: TraceRecord, self: string): void {
    const { kind, hart, a, b } = record;
    switch (kind) {
      case TRACE_KIND.DOORBELL: {
        this.#rung.add(Number(b));
        this.#arrow(self, '-)', this.#name(Number(b)), `doorbell to core ${a}`);
        return;
      }
      case TRACE_KIND.DRAIN: {
        const { slot } = ringSlotOf(record.c);
        const slots = b === 1n ? `slot ${slot}` : `slots ${slot} to ${(slot + Number(b) - 1) & 0xffff}`;
        this.#arrow(self, '->>', self, `drains ${slots}`);
        return;
      }
      case TRACE_KIND.HART_RUN: {
        // Other runs come and go with timers, and their order says nothing.
        if (record.instance !== null && this.#rung.delete(record.instance))
          this.#note(self, `core ${hart} wakes`);
        return;
      }
    }
  }

  #arrow(from: string, line: '->>' | '-)', to: string, label: string): void {
    this.#participants.add(from).add(to);
    this.#lines.push(`  ${from}${line}${to}: ${plain(label)}`);
  }

  #note(over: string, label: string): void {
    this.#participants.add(over);
    this.#lines.push(`  Note over ${over}: ${plain(label)}`);
  }

  #name(instance: number | null): string {
    return instance === null ? CONTROLLER : (this.#source.names.get(instance) ?? `kernel${instance}`);
  }
}

const ringKey = (record: TraceRecord): string => {
  const { channel, fromB } = ringSlotOf(record.c);
  return `${channel} ${fromB}`;
};

const kib = (size: number): string => (size % 1024 === 0 ? `${size / 1024} MiB` : `${size} KiB`);

/** Text that Mermaid takes as it is: a semicolon would end the statement, a hash begin an entity. */
const plain = (label: string): string => label.replaceAll(';', ',').replaceAll('#', '');
