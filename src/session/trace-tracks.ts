/**
 * Where things stand in an exported trace: a process for each kernel, one for the controller and one for free harts; in it
 * a thread for each hart while it is owned, one for each hart's moves, and one for the state of the kernel. One more process
 * has a thread for each hart, and for each reason, where records of it are missing.
 */
import { MAX_HARTS, TRACE_CONTROLLER } from '../protocol/layout.ts';

/** An event of the Chrome trace format, as far as it is used here (trace-export.ts). */
export interface ChromeEvent {
  readonly ph: 'X' | 'i' | 'C' | 's' | 't' | 'f' | 'M';
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds of machine time. */
  readonly ts?: number;
  readonly dur?: number;
  readonly cat?: string;
  /** Identifies the flow that s, t and f belong to. */
  readonly id?: number;
  /** f: binds to the slice around it. */
  readonly bp?: 'e';
  /** i: global, process or thread. */
  readonly s?: 'g' | 'p' | 't';
  readonly args?: Readonly<Record<string, unknown>>;
}

/** A thread of the export. */
export interface Track {
  readonly pid: number;
  readonly tid: number;
}

const CONTROLLER_PID = 1;
const FREE_PID = 2;
const LOST_PID = 3;
const FIRST_KERNEL_PID = 10;
const STATE_TID = 50;
const FIRST_MOVE_TID = 100;
/** What stands in the place of a hart as −1, −2, −3 in a PHASE record. */
const OTHER_MOVES = ['moves of memory', 'hand-over', 'moves of devices'];

export class Tracks {
  readonly #names: ReadonlyMap<number, readonly string[]>;
  readonly #used = new Map<string, Track>();

  /** `names`: of each instance ID, all that it has had. */
  constructor(names: ReadonlyMap<number, readonly string[]>) {
    this.#names = names;
  }

  /** Thread of a hart (or TRACE_CONTROLLER) in the process of its owner. */
  hart(hart: number, owner: number | null): Track {
    if (hart === TRACE_CONTROLLER) return this.controller();
    return this.#track(owner === null ? FREE_PID : FIRST_KERNEL_PID + owner, hart + 1);
  }

  controller(): Track {
    return this.#track(CONTROLLER_PID, 1);
  }

  state(instance: number): Track {
    return this.#track(FIRST_KERNEL_PID + instance, STATE_TID);
  }

  /** Phases of an update: of a hart, or below 0 of what PHASE records have in its place. */
  move(hart: number, instance: number): Track {
    const tid = FIRST_MOVE_TID + (hart < 0 ? MAX_HARTS - hart - 1 : hart);
    return this.#track(FIRST_KERNEL_PID + instance, tid);
  }

  /** Missing records of a hart or of TRACE_CONTROLLER, by whether its ring was full or they are too old. */
  lost(ring: number, overrun: boolean): Track {
    return this.#track(LOST_PID, 2 * ring + (overrun ? 2 : 1));
  }

  nameOf(instance: number): string {
    return this.#names.get(instance)?.join(', then ') ?? `kernel ${instance}`;
  }

  /** Names and order of the processes and threads that were asked for. */
  metadata(): ChromeEvent[] {
    const events: ChromeEvent[] = [];
    const named = new Set<number>();
    const meta = (name: string, { pid, tid }: Track, args: Record<string, unknown>): void =>
      void events.push({ ph: 'M', name, pid, tid, args });
    for (const track of this.#used.values()) {
      if (!named.has(track.pid)) {
        named.add(track.pid);
        meta('process_name', track, { name: this.#processName(track.pid) });
        meta('process_sort_index', track, { sort_index: track.pid });
      }
      meta('thread_name', track, { name: threadName(track) });
      meta('thread_sort_index', track, { sort_index: track.tid === STATE_TID ? 0 : track.tid });
    }
    return events;
  }

  #processName(pid: number): string {
    if (pid === CONTROLLER_PID) return 'controller';
    if (pid === LOST_PID) return 'lost trace records';
    return pid === FREE_PID ? 'free cores' : this.nameOf(pid - FIRST_KERNEL_PID);
  }

  #track(pid: number, tid: number): Track {
    const key = `${pid}.${tid}`;
    const track = this.#used.get(key) ?? { pid, tid };
    this.#used.set(key, track);
    return track;
  }
}

function threadName({ pid, tid }: Track): string {
  if (pid === CONTROLLER_PID) return 'controller';
  if (pid === LOST_PID) {
    const ring = Math.floor((tid - 1) / 2);
    const whose = ring === TRACE_CONTROLLER ? 'controller' : `core ${ring}`;
    return `${whose}: ${tid % 2 === 0 ? 'not read in time' : 'too old'}`;
  }
  if (tid === STATE_TID) return 'state';
  if (tid < FIRST_MOVE_TID) return `core ${tid - 1}`;
  const moved = tid - FIRST_MOVE_TID;
  return moved < MAX_HARTS ? `moves of core ${moved}` : (OTHER_MOVES[moved - MAX_HARTS] ?? 'moves');
}
