/**
 * What the services worker (or the solo worker) offers to the page over comlink, and to the headless runner directly.
 * Everything here is at human speed; what changes at machine speed is read from the one memory (layout.ts).
 */
import type { ImagePlace, ImageReport } from './image-report.ts';
import type { InspectorApi } from './inspect.ts';
import type { LastWords } from './last-words.ts';
import type { Isolation, KerfReply, MachineConfig, MachineView } from './machine-view.ts';
import type { MessageQuery, MessageStations } from './stations.ts';
import type { RunUntil, StopReport } from './stop.ts';
import type { EventQuery, EventRows, TimelineQuery, TimelineWindow, TraceEvent } from './timeline.ts';
import type { TraceRecord } from './trace.ts';

/** Names one listener, for `unsubscribe`; a plain number, so that it passes every border. */
export type Subscription = number;

/** A trace as a file. */
export interface TraceExport {
  /** JSON that the Perfetto viewer opens. */
  readonly json: string;
  readonly records: number;
  /** Records that are not in it since the machine was made: overwritten in a ring, or older than what is kept. */
  readonly lost: number;
}

export interface ServicesApi extends InspectorApi {
  /** The present state. */
  view(): Promise<MachineView>;
  /** Calls back with a new view after every change of structure; the first call comes at once. */
  onView(listener: (view: MachineView) => void): Promise<Subscription>;
  /**
   * Calls back with console output of any instance, in order, as bytes. Text written before is replayed first. A listener
   * beyond a border (comlink), or one that returns a promise, is called again when its last call is over, with all that
   * has come since; the last 128 KiB of each console wait for it, and what was dropped before them is counted in the
   * text, as a line `… N bytes not shown`. Other listeners hear everything at once.
   */
  onConsole(listener: (instance: number, bytes: Uint8Array) => void | Promise<void>): Promise<Subscription>;
  /** Calls back with every kerf line that was carried out, whoever sent it. */
  onKerf(listener: (reply: KerfReply) => void): Promise<Subscription>;
  /** Ends the calls of one listener. No effect when they have ended already. */
  unsubscribe(subscription: Subscription): Promise<void>;
  /**
   * Carries out one kerf command line, with or without the leading word `kerf`. Commands run one at a time, in order;
   * `kill --force` of a kernel that runs does not wait for its turn.
   */
  kerf(line: string): Promise<KerfReply>;
  /** Puts bytes into the console input of an instance; waits while its ring is full. False when it does not exist. */
  type(instance: number, bytes: Uint8Array): Promise<boolean>;
  setIsolation(isolation: Isolation): Promise<void>;
  /** Resolves when no hart runs; one that has hung for 10 s loses its worker, and its kernel fails (session/run-control.ts). */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** When paused: lets every started hart of the instance (or of all, null) execute `count` instructions. */
  step(instance: number | null, count: number): Promise<void>;
  /**
   * Pauses the machine and lets it run until something happens; resolves when it is paused again, and says why. `pause`
   * gives it up, and so does another call; `resume` lets the machine run on. Runs of less than 0.3 s are not shown in the
   * view (protocol/stop.ts).
   */
  runUntil(request: RunUntil): Promise<StopReport>;
  /**
   * A copy of `size` bytes of guest-physical memory from `base` on; of less where RAM ends before. The machine should be
   * paused for an exact answer.
   */
  copyMemory(base: number, size: number): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * SHA-256, as hex, of an instance's private memory and then of what was added to it, by ascending base. The machine
   * should be paused for an exact answer.
   */
  hashMemory(instance: number): Promise<string>;
  /**
   * What the kernel that last ended in the instance left: console, registers, stack. Null: none has ended. Functions are
   * named when the image is an ELF, or when a file of its name with the ending `.elf` was added.
   */
  lastWords(instance: number): Promise<LastWords | null>;
  /** Trace records drained since the last call (bounded store; lost is how many could not be kept). */
  takeTrace(): Promise<{ readonly records: TraceRecord[]; readonly lost: number }>;
  /**
   * All that is kept of the trace, taken or not, as a file in the Chrome trace event format (session/trace-export.ts). The
   * text goes as a copy.
   */
  exportTrace(): Promise<TraceExport>;
  /**
   * A window of the trace for the timeline, in bounded time and bytes (protocol/timeline.ts). The first call builds the
   * index it is read from, which follows the trace from then on.
   */
  timeline(query: TimelineQuery): Promise<TimelineWindow>;
  /** An event of the trace that is still kept, with the message it belongs to; null: there is none. */
  traceEvent(query: EventQuery): Promise<TraceEvent | null>;
  /** The first events of a window of time. */
  traceRows(rows: EventRows): Promise<TraceEvent[]>;
  /** A message with its stations (protocol/stations.ts); null: there is none, or it is not kept any more. */
  message(query: MessageQuery): Promise<MessageStations | null>;
  /**
   * What a kernel's file of this name is and where it would lie, or which rule it breaks. Nothing is added or loaded; `load`
   * asks the same rules again.
   */
  describeImage(name: string, bytes: Uint8Array, place: ImagePlace): Promise<ImageReport>;
  /** Puts a file under a name that `kerf load --kernel NAME` finds. */
  addFile(name: string, bytes: Uint8Array): Promise<void>;
}

/** A machine that runs. `memory`: the one memory, or the page's copy of it (session/memory-mirror.ts). */
export interface MachineHandle {
  readonly config: MachineConfig;
  readonly memory: WebAssembly.Memory;
  readonly services: ServicesApi;
  /** Ends every worker. */
  dispose(): void;
}
