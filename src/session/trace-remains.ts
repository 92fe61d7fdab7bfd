/**
 * What stays of the trace when a flood of records pushes the older ones out of the store: a few kinds of record move to
 * rings of their own, where only records of their sort can push them out, and of what is pushed out even there the last
 * record of each thing stays, which is the state in which the kept part begins.
 *
 * Who can fill a ring: `structure` is written by the controller alone, on behalf of whoever operates the machine;
 * `guest` by any kernel that starts harts or reaches outside its memory; `messages` by kernels that send. A kernel that
 * floods one pushes nothing out of the others. SBI calls, traps, runs and rests have no ring of their own: of them the
 * newest are kept, whose they are.
 */
import { TRACE_KIND, type TraceRecord } from '../protocol/trace.ts';
import { TraceColumns } from './trace-columns.ts';

type Sort = 'structure' | 'guest' | 'messages';

const SORT_OF: Readonly<Record<number, Sort>> = {
  [TRACE_KIND.INSTANCE_STATE]: 'structure',
  [TRACE_KIND.HART_OWNER]: 'structure',
  [TRACE_KIND.MEMORY_OWNER]: 'structure',
  [TRACE_KIND.DEVICE_OWNER]: 'structure',
  [TRACE_KIND.PHASE]: 'structure',
  [TRACE_KIND.PHASE_END]: 'structure',
  [TRACE_KIND.HART_LOST]: 'structure',
  [TRACE_KIND.HART_STATE]: 'guest',
  [TRACE_KIND.GATE_FAULT]: 'guest',
  [TRACE_KIND.MESSAGE]: 'messages',
  [TRACE_KIND.PUBLISH]: 'messages',
  [TRACE_KIND.DRAIN]: 'messages',
  [TRACE_KIND.DOORBELL]: 'messages',
  [TRACE_KIND.SOFT_INTERRUPT]: 'messages',
  [TRACE_KIND.RING_SKIPPED]: 'messages',
};

/** Places of the last records of each thing; the numbers of harts, instances and devices are below the distances. */
const PLACE = { OWNER: 0, RUN: 32, HART: 64, PHASE: 96, DEVICE: 128, INSTANCE: 192 } as const;
/** A multiple of BLOCK, above all places. */
const PLACES = 500;
/** PHASE has −1 … −3 where it is not about a hart. */
const NO_HART_PHASES = 4;

/** A ring of one sort. */
class Ring {
  readonly columns: TraceColumns;
  /** Records that ever came. */
  count = 0;

  constructor(capacity: number) {
    this.columns = new TraceColumns(capacity);
  }

  get oldest(): number {
    return Math.max(0, this.count - this.columns.capacity);
  }
}

export class TraceRemains {
  readonly #rings: Readonly<Record<Sort, Ring>> = {
    structure: new Ring(16_000),
    guest: new Ring(8000),
    messages: new Ring(32_000),
  };
  /** The last record of each thing that is in no ring any more. */
  readonly #last = new TraceColumns(PLACES);
  readonly #held = new Uint8Array(PLACES);
  readonly #forgotten: (hart: number, time: number) => void;

  /** `forgotten` is told of each record that is then kept nowhere. */
  constructor(forgotten: (hart: number, time: number) => void) {
    this.#forgotten = forgotten;
  }

  /** Takes over the record at `position`, which is about to be written over there. */
  take(from: TraceColumns, position: number): void {
    const sort = SORT_OF[from.kind(position)];
    if (sort === undefined) {
      this.#settle(from, position);
      return;
    }
    const ring = this.#rings[sort];
    if (ring.count >= ring.columns.capacity) this.#settle(ring.columns, ring.count);
    ring.columns.copy(ring.count, from, position);
    ring.count += 1;
  }

  /** All that stayed, in the order of the numbers. */
  all(): TraceRecord[] {
    const records: TraceRecord[] = [];
    for (const [place, held] of this.#held.entries()) if (held === 1) records.push(this.#last.read(place));
    for (const { columns, oldest, count } of Object.values(this.#rings))
      for (let position = oldest; position < count; position++) records.push(columns.read(position));
    return records.sort((one, two) => (one.sequence < two.sequence ? -1 : 1));
  }

  /** Whether the record is the last one of its thing that is in no ring any more. */
  isState({ sequence }: TraceRecord): boolean {
    return this.#held.some((held, place) => held === 1 && this.#last.sequence(place) === Number(sequence));
  }

  /** The last record of its thing, if it is that, or forgotten. */
  #settle(from: TraceColumns, position: number): void {
    const place = placeOf(from, position);
    // Rings lose their records at different times: the older of two may come later.
    const older = this.#held[place] === 1 && this.#last.sequence(place) > from.sequence(position);
    if (place < 0 || older) {
      this.#forgotten(from.hart(position), from.time(position));
      return;
    }
    this.#drop(place);
    this.#last.copy(place, from, position);
    this.#held[place] = 1;
    // A change of the owner ends a run, and the next change must not seem to.
    if (from.kind(position) !== TRACE_KIND.HART_OWNER) return;
    const run = PLACE.RUN + (place - PLACE.OWNER);
    if (this.#last.sequence(run) < from.sequence(position)) this.#drop(run);
  }

  #drop(place: number): void {
    if (this.#held[place] === 0) return;
    this.#forgotten(this.#last.hart(place), this.#last.time(place));
    this.#held[place] = 0;
  }
}

/** Place of the last record of what it is about; −1: it changes nothing that lasts. */
function placeOf(columns: TraceColumns, position: number): number {
  const kind = columns.kind(position);
  // Most of a flood are of these; the rest is rare enough to be read.
  if (kind === TRACE_KIND.SBI || kind === TRACE_KIND.TRAP || kind === TRACE_KIND.SOFT_INTERRUPT) return -1;
  if (kind === TRACE_KIND.HART_RUN || kind === TRACE_KIND.HART_REST)
    return PLACE.RUN + columns.hart(position);
  const { hart, instance, a, b } = columns.read(position);
  switch (kind) {
    case TRACE_KIND.HART_OWNER:
      return PLACE.OWNER + Number(a);
    case TRACE_KIND.HART_LOST:
      return PLACE.RUN + Number(a);
    case TRACE_KIND.HART_STATE:
      return PLACE.HART + hart;
    case TRACE_KIND.PHASE:
    case TRACE_KIND.PHASE_END:
      return PLACE.PHASE + NO_HART_PHASES + Number(BigInt.asIntN(64, b));
    case TRACE_KIND.DEVICE_OWNER:
      return PLACE.DEVICE + Number(a);
    case TRACE_KIND.INSTANCE_STATE:
      return instance === null ? -1 : PLACE.INSTANCE + instance;
    default:
      return -1;
  }
}
