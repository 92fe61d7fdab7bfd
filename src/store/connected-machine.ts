/**
 * The page's one way to the machine: a running `MachineHandle`, what it tells (into the store) and what it can be asked.
 * Every method that changes the partition is a kerf line.
 */
import type { LastWords } from '../protocol/last-words.ts';
import type { InstanceView, Isolation, KerfReply } from '../protocol/machine-view.ts';
import type { Scenario } from '../protocol/scenario.ts';
import type { MachineHandle, ServicesApi, TraceExport } from '../protocol/services-api.ts';
import { MachineHistory } from '../session/machine-history.ts';
import { kerfLinesOfMove, type Carried } from './carried.ts';
import type {
  EventQuery,
  EventRows,
  TimelineQuery,
  TimelineWindow,
  TraceEvent,
} from '../protocol/timeline.ts';
import type { ColumnAction } from './column-actions.ts';
import { ConsoleFeed } from './console-feed.ts';
import type { ColumnId } from './core-moves.ts';
import { MachineReader } from './machine-reader.ts';
import { PhasePlayback } from './phase-playback.ts';
import { logKerf, reportTrouble, useMachine } from './machine-store.ts';

let nextSerial = 0;

export class ConnectedMachine {
  /** Differs for each machine of the page's life. */
  readonly serial: number;
  readonly reader: MachineReader;
  readonly services: ServicesApi;
  /** The one memory, for measurements; what is shown is read by `reader`. */
  readonly memory: WebAssembly.Memory;
  readonly phases = new PhasePlayback();
  /** What is done here by hand. */
  readonly history: MachineHistory;
  private readonly handle: MachineHandle;
  private readonly feeds = new Map<number, ConsoleFeed>();
  private readonly encoder = new TextEncoder();
  /** The end of what was typed to each instance: one that reads nothing keeps no other waiting. */
  private readonly typed = new Map<number, Promise<unknown>>();

  private constructor(handle: MachineHandle, scenario: Scenario) {
    nextSerial += 1;
    this.serial = nextSerial;
    this.handle = handle;
    this.services = handle.services;
    this.memory = handle.memory;
    this.reader = new MachineReader(handle.memory, handle.config.mode);
    this.history = new MachineHistory(scenario);
  }

  /**
   * Subscribes to the machine, made for a scenario, and shows it; resolves when the first view is there. Null: it is not
   * `wanted` any more, and was not shown.
   */
  static async connect(
    handle: MachineHandle,
    scenario: Scenario,
    wanted: () => boolean,
  ): Promise<ConnectedMachine | null> {
    const machine = new ConnectedMachine(handle, scenario);
    const current = (): boolean => useMachine.getState().machine === machine;
    const view = await handle.services.view();
    if (!wanted()) return null;
    useMachine.setState({ machine, view });
    await handle.services.onView((view) => {
      machine.phases.note(view.phases, performance.now());
      if (current()) useMachine.setState({ view });
    });
    await handle.services.onConsole((instance, bytes) => machine.feed(instance).push(bytes));
    await handle.services.onKerf((reply) => {
      machine.history.kerf(reply, machine.reader.time());
      if (current()) logKerf(reply);
    });
    return machine;
  }

  /** Console output of an instance on its way to its terminal. */
  feed(instance: number): ConsoleFeed {
    let feed = this.feeds.get(instance);
    if (!feed) {
      feed = new ConsoleFeed();
      this.feeds.set(instance, feed);
    }
    return feed;
  }

  /**
   * Sends typed text to a console. Pieces arrive in the order of the calls, also while the guest is slow to read. Resolves
   * when it was read, or the guest does not read.
   */
  type(instance: number, text: string): Promise<unknown> {
    const name = useMachine.getState().view?.instances.find(({ id }) => id === instance)?.name;
    if (name !== undefined) this.history.type(name, text, this.reader.time());
    const bytes = this.encoder.encode(text);
    const before = this.typed.get(instance) ?? Promise.resolve();
    const typed = before.then(() => this.services.type(instance, bytes)).catch(reportLost);
    this.typed.set(instance, typed);
    return typed;
  }

  /** Carries out one kerf line; undefined when the machine's services are gone. */
  async kerf(line: string): Promise<KerfReply | undefined> {
    try {
      return await this.services.kerf(line);
    } catch (error) {
      reportLost(error);
      return undefined;
    }
  }

  /** Carries out lines in order until one is refused; a refusal is shown at `at`. True when all were carried out. */
  async kerfGesture(lines: readonly string[], at: { x: number; y: number } | null): Promise<boolean> {
    useMachine.setState({ refused: null });
    for (const line of lines) {
      const reply = await this.kerf(line);
      if (reply?.error) useMachine.setState({ refused: { reply, error: reply.error, at } });
      if (reply?.exitCode !== 0) return false;
    }
    return true;
  }

  /** Puts a file where `kerf load --kernel NAME` finds it; a file of that name is replaced. False: services are gone. */
  async addFile(name: string, bytes: Uint8Array): Promise<boolean> {
    try {
      await this.services.addFile(name, bytes);
      this.history.file(name);
      return true;
    } catch (error) {
      reportLost(error);
      return false;
    }
  }

  /** What the last kernel of the instance left; null: nothing, or the machine's services are gone. */
  async lastWords({ id }: InstanceView): Promise<LastWords | null> {
    try {
      return await this.services.lastWords(id);
    } catch (error) {
      reportLost(error);
      return null;
    }
  }

  /** An answer of the services; undefined when they are gone. */
  async ask<T>(question: (services: ServicesApi) => Promise<T>): Promise<T | undefined> {
    return question(this.services).catch((error: unknown) => {
      reportLost(error);
      return undefined;
    });
  }

  /** What a drop of a core or a device on a column does. */
  async move(thing: Carried, to: ColumnId, at: { x: number; y: number } | null): Promise<boolean> {
    const { view } = useMachine.getState();
    return view ? this.kerfGesture(kerfLinesOfMove(view, thing, to), at) : false;
  }

  /** Carries out an action of a kernel's menu, whose header says so meanwhile. True when all its lines were. */
  async columnAction(
    name: string,
    action: ColumnAction,
    at: { x: number; y: number } | null,
  ): Promise<boolean> {
    useMachine.setState((state) => ({ busy: [...state.busy, name] }));
    const done = await this.kerfGesture(action.lines, at);
    useMachine.setState((state) => ({ busy: state.busy.filter((other) => other !== name) }));
    return done;
  }

  /** The trace as a file; undefined when the machine's services are gone. */
  async exportTrace(): Promise<TraceExport | undefined> {
    try {
      return await this.services.exportTrace();
    } catch (error) {
      reportLost(error);
      return undefined;
    }
  }

  /** A window of the trace for the timeline; undefined when the machine's services are gone. */
  async timeline(query: TimelineQuery): Promise<TimelineWindow | undefined> {
    return this.services.timeline(query).catch((error: unknown) => {
      reportLost(error);
      return undefined;
    });
  }

  /** An event of the trace; null when there is none, or the machine's services are gone. */
  async traceEvent(query: EventQuery): Promise<TraceEvent | null> {
    return this.services.traceEvent(query).catch((error: unknown) => {
      reportLost(error);
      return null;
    });
  }

  /** The first events of a window of time; none when the machine's services are gone. */
  async traceRows(rows: EventRows): Promise<TraceEvent[]> {
    return this.services.traceRows(rows).catch((error: unknown) => {
      reportLost(error);
      return [];
    });
  }

  async setIsolation(isolation: Isolation): Promise<void> {
    this.history.isolation(isolation, this.reader.time());
    await this.services.setIsolation(isolation).catch(reportLost);
  }

  async togglePause(): Promise<void> {
    const paused = useMachine.getState().view?.run === 'paused';
    await (paused ? this.services.resume() : this.services.pause()).catch(reportLost);
  }

  dispose(): void {
    this.handle.dispose();
  }
}

function reportLost(error: unknown): void {
  reportTrouble({ kind: 'services-lost', detail: error instanceof Error ? error.message : String(error) });
}
