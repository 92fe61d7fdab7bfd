/**
 * What stands between the machine and people: the controller, the drains of console and trace rings, run control. It
 * lives in the services worker of the page (also while the tab is hidden), in the solo worker, or in the main thread of
 * the headless runner, and is the same code in all of them.
 */
import { sha256 } from '../base/sha256.ts';
import { drainConsoleOutput, pushConsoleInput } from '../machine/console-ring.ts';
import { uartInputArrived, uartOutputDrained } from '../machine/devices/ns16550a.ts';
import { createTraceReader, type TraceReader } from '../machine/trace-reader.ts';
import { Controller } from '../multikernel/controller.ts';
import type { FileContent } from '../multikernel/read-file.ts';
import type { ImagePlace, ImageReport } from '../protocol/image-report.ts';
import type { AccessName, AddressQuery } from '../protocol/inspect.ts';
import { MAX_INSTANCES, RAM_BASE, RAM_HOST } from '../protocol/layout.ts';
import type { LastWords } from '../protocol/last-words.ts';
import type { Isolation, KerfReply, MachineConfig, MachineView } from '../protocol/machine-view.ts';
import type { MessageQuery, MessageStations } from '../protocol/stations.ts';
import type { RunUntil, StopReport } from '../protocol/stop.ts';
import type { ServicesApi, Subscription, TraceExport } from '../protocol/services-api.ts';
import type {
  EventQuery,
  EventRows,
  TimelineQuery,
  TimelineWindow,
  TraceEvent,
} from '../protocol/timeline.ts';
import type { TraceRecord } from '../protocol/trace.ts';
import { ConsoleStore, type ConsoleListener } from './console-store.ts';
import { ConsoleTails, TAIL } from './console-tails.ts';
import type { Engine } from './engine.ts';
import { Inspector } from './inspector.ts';
import { RunControl } from './run-control.ts';
import { StopControl } from './stop-control.ts';
import { SlotCopies } from './slot-copies.ts';
import { TimelineIndex } from './timeline-index.ts';
import { exportChromeTrace } from './trace-export.ts';
import { TraceStore } from './trace-store.ts';

/** Trace rings hold 8192 records each; a hart writes at most about one a microsecond. */
const DRAIN_TRACE_EVERY_MS = 100;
/** How long typed text waits for room in a console's input ring before the rest is given up. */
const TYPE_PATIENCE_MS = 10_000;

/** Where `kerf load --kernel NAME` looks for files that were not added. Never rejects. */
export type FileReader = (name: string) => Promise<FileContent>;

export interface ServicesOptions {
  readonly memory: WebAssembly.Memory;
  readonly config: MachineConfig;
  /** Where `kerf load --kernel NAME` looks after the files that were added. */
  readonly readFile: FileReader;
  /** Makes the engine; `heard` is to be called whenever the memory may have changed. */
  readonly engine: (heard: () => void) => Engine;
}

export class Services implements ServicesApi {
  readonly engine: Engine;
  readonly trace: TraceStore;
  private readonly memory: WebAssembly.Memory;
  private readonly config: MachineConfig;
  private readonly controller: Controller;
  private readonly runControl: RunControl;
  private readonly stops: StopControl;
  private readonly inspector: Inspector;
  private readonly consoles = new ConsoleStore();
  private readonly tails = new ConsoleTails();
  private readonly traceReader: TraceReader;
  /** What the timeline is read from; made when it is first asked for, since the headless runner never does. */
  private index: TimelineIndex | null = null;
  /** Bytes of messages, from when there is an index on. */
  private readonly copies: SlotCopies;
  /** Records lost of each ring until the last drain. */
  private lostBefore: readonly number[] = [];
  /** All names that each instance ID has had: the trace knows IDs. */
  private readonly names = new Map<number, string[]>();
  private readonly files = new Map<string, Uint8Array>();
  private readonly viewListeners = new Set<(view: MachineView) => void>();
  private readonly kerfListeners = new Set<(reply: KerfReply) => void>();
  /** How to end each subscription. */
  private readonly subscriptions = new Map<Subscription, () => void>();
  private subscribed = 0;
  private readonly traceTimer: ReturnType<typeof setInterval> | null;
  /** IDs of the instances after the last command. */
  private instances: ReadonlySet<number> = new Set();
  private ready = false;

  constructor(options: ServicesOptions) {
    this.memory = options.memory;
    this.config = options.config;
    // Only Repeatable mode has a trace that two runs could share.
    this.trace = new TraceStore(this.config.mode === 'repeatable');
    this.engine = options.engine(() => this.heard());
    this.runControl = new RunControl(this.memory, this.engine, this.config.harts);
    this.traceReader = createTraceReader(this.memory);
    this.copies = new SlotCopies(this.memory);
    const readFile = async (name: string): Promise<FileContent> =>
      this.files.get(name) ?? (await options.readFile(name));
    this.controller = new Controller(this.memory, {
      config: this.config,
      until: (condition, timeoutMs) => this.engine.until(condition, timeoutMs),
      untilKernel: (condition, timeoutMs) => this.engine.untilKernel(condition, timeoutMs),
      readFile,
      replaceWorker: (hart) => this.engine.replaceWorker(hart),
      lossReason: (hart) => this.engine.lossReason(hart),
      consoleTail: (instance) => this.tails.of(instance),
      time: () => this.engine.clock.time(),
    });
    this.inspector = new Inspector({
      memory: this.memory,
      view: () => this.controller.view(),
      readFile,
      time: () => this.engine.clock.time(),
    });
    this.stops = new StopControl({
      memory: this.memory,
      engine: this.engine,
      runControl: this.runControl,
      view: () => this.controller.view(),
      pc: async (hart) => (await this.inspector.inspectHart(hart))?.pc ?? null,
      changed: () => this.publish(),
    });
    this.controller.onChange(() => this.publish());
    this.controller.onKerf((reply) => {
      this.forgetGone();
      for (const listener of this.kerfListeners) listener(reply);
    });
    this.ready = true;
    // Repeatable mode drains after every round instead, so that what is kept does not depend on host time.
    this.traceTimer =
      this.config.mode === 'parallel' ? setInterval(() => this.drainTrace(), DRAIN_TRACE_EVERY_MS) : null;
  }

  view(): Promise<MachineView> {
    return Promise.resolve(this.currentView());
  }

  onView(listener: (view: MachineView) => void): Promise<Subscription> {
    this.viewListeners.add(listener);
    listener(this.currentView());
    return this.subscription(() => this.viewListeners.delete(listener));
  }

  onConsole(listener: ConsoleListener): Promise<Subscription> {
    return this.subscription(this.consoles.listen(listener));
  }

  onKerf(listener: (reply: KerfReply) => void): Promise<Subscription> {
    this.kerfListeners.add(listener);
    return this.subscription(() => this.kerfListeners.delete(listener));
  }

  unsubscribe(subscription: Subscription): Promise<void> {
    this.subscriptions.get(subscription)?.();
    this.subscriptions.delete(subscription);
    return Promise.resolve();
  }

  async kerf(line: string): Promise<KerfReply> {
    const reply = await this.controller.run(line);
    this.drainTrace();
    return reply;
  }

  async type(instance: number, bytes: Uint8Array): Promise<boolean> {
    if (!this.exists(instance)) return false;
    let rest = bytes;
    const push = (): boolean => {
      const pushed = pushConsoleInput(this.memory, instance, rest);
      rest = rest.subarray(pushed);
      if (pushed > 0) uartInputArrived(this.memory, instance);
      return rest.length === 0;
    };
    // A kernel that takes some now and then is worth waiting for; one that takes nothing is not.
    for (let before = -1; before !== rest.length;) {
      before = rest.length;
      if (await this.engine.until(push, TYPE_PATIENCE_MS)) return true;
      if (!this.exists(instance)) return false;
    }
    return false;
  }

  async setIsolation(isolation: Isolation): Promise<void> {
    await this.controller.setIsolation(isolation);
  }

  async pause(): Promise<void> {
    await this.runControl.pause();
    this.publish();
  }

  resume(): Promise<void> {
    this.runControl.resume();
    this.publish();
    return Promise.resolve();
  }

  async step(instance: number | null, count: number): Promise<void> {
    const harts = this.currentView().harts.filter((hart) => instance === null || hart.owner === instance);
    await this.runControl.step(
      harts.map((hart) => hart.id),
      count,
    );
    this.publish();
  }

  async runUntil(request: RunUntil): Promise<StopReport> {
    const report = await this.stops.run(request);
    this.publish();
    return report;
  }

  copyMemory(base: number, size: number): Promise<Uint8Array<ArrayBuffer>> {
    const from = Math.max(0, base - RAM_BASE);
    return Promise.resolve(
      new Uint8Array(this.memory.buffer, RAM_HOST).slice(from, from + Math.max(0, size)),
    );
  }

  async hashMemory(instance: number): Promise<string> {
    const found = this.currentView().instances.find((candidate) => candidate.id === instance);
    if (!found?.memory) return '';
    const regions = [found.memory, ...found.addedMemory];
    // A copy: the browser's hash does not take shared memory.
    const bytes = new Uint8Array(regions.reduce((sum, { size }) => sum + size, 0));
    let at = 0;
    for (const { base, size } of regions) {
      bytes.set(new Uint8Array(this.memory.buffer, RAM_HOST + (base - RAM_BASE), size), at);
      at += size;
    }
    return sha256(bytes);
  }

  async lastWords(instance: number): Promise<LastWords | null> {
    const words = await this.controller.lastWords(instance);
    return words && { ...words, consoleTail: this.tails.of(instance) };
  }

  takeTrace(): Promise<{ records: TraceRecord[]; lost: number }> {
    this.drainTrace();
    return Promise.resolve(this.trace.take());
  }

  exportTrace(): Promise<TraceExport> {
    this.drainTrace();
    const { records, dropped } = this.trace.all();
    const lostByRing = this.traceReader.lostByRing();
    const json = exportChromeTrace({
      records,
      dropped,
      gaps: this.trace.gaps(),
      lostByRing,
      names: this.names,
    });
    const lost = lostByRing.reduce((sum, count) => sum + count, dropped);
    return Promise.resolve({ json, records: records.length, lost });
  }

  timeline(query: TimelineQuery): Promise<TimelineWindow> {
    return Promise.resolve(this.timelineIndex().window(query, this.engine.clock.time()));
  }

  traceEvent(query: EventQuery): Promise<TraceEvent | null> {
    return Promise.resolve(this.timelineIndex().event(query));
  }

  traceRows(rows: EventRows): Promise<TraceEvent[]> {
    return Promise.resolve(this.timelineIndex().rows(rows));
  }

  message(query: MessageQuery): Promise<MessageStations | null> {
    const found = this.timelineIndex().message(query);
    return Promise.resolve(found && { ...found, copy: this.copies.of(found.publish.sequence) });
  }

  registerLayout(): ReturnType<Inspector['registerLayout']> {
    return this.inspector.registerLayout();
  }

  inspectHart(hart: number): ReturnType<Inspector['inspectHart']> {
    return this.inspector.inspectHart(hart);
  }

  disassemble(query: AddressQuery, before: number, count: number): ReturnType<Inspector['disassemble']> {
    return this.inspector.disassemble(query, before, count);
  }

  readMemory(query: AddressQuery, rows: number): ReturnType<Inspector['readMemory']> {
    return this.inspector.readMemory(query, rows);
  }

  walk(hart: number, address: string, access: AccessName): ReturnType<Inspector['walk']> {
    return this.inspector.walk(hart, address, access);
  }

  deviceTree(instance: number): ReturnType<Inspector['deviceTree']> {
    return this.inspector.deviceTree(instance);
  }

  describeImage(name: string, bytes: Uint8Array, place: ImagePlace): Promise<ImageReport> {
    return Promise.resolve(this.controller.reportImage(name, bytes, place));
  }

  addFile(name: string, bytes: Uint8Array): Promise<void> {
    this.files.set(name, bytes);
    this.inspector.forgetFiles();
    return Promise.resolve();
  }

  async dispose(): Promise<void> {
    for (const end of this.subscriptions.values()) end();
    this.subscriptions.clear();
    if (this.traceTimer !== null) clearInterval(this.traceTimer);
    await this.engine.dispose();
  }

  /** Something may have changed in the one memory: pass console output on and let the controller look. */
  private heard(): void {
    if (!this.ready) return;
    for (let instance = 0; instance < MAX_INSTANCES; instance++) this.drainConsole(instance);
    if (this.config.mode === 'repeatable') this.drainTrace();
    this.controller.poll();
  }

  private drainConsole(instance: number): void {
    const bytes = drainConsoleOutput(this.memory, instance);
    if (bytes.length === 0) return;
    uartOutputDrained(this.memory, instance);
    this.consoles.add(instance, bytes);
  }

  private subscription(end: () => void): Promise<Subscription> {
    this.subscribed += 1;
    this.subscriptions.set(this.subscribed, end);
    return Promise.resolve(this.subscribed);
  }

  private drainTrace(): void {
    const { records, lost } = this.traceReader.drain();
    const before = this.lostBefore;
    if (lost > 0) this.lostBefore = this.traceReader.lostByRing();
    const lostOf = lost > 0 ? this.lostBefore.map((count, ring) => count - (before[ring] ?? 0)) : [];
    if (this.index) this.copies.add(records);
    this.trace.add(records, lostOf);
    if (records.length > 0 || lost > 0) this.index?.add(records, lostOf);
  }

  private timelineIndex(): TimelineIndex {
    this.drainTrace();
    if (this.index === null) {
      const owners = this.controller.view().harts.map(({ owner }) => owner);
      this.index = new TimelineIndex(this.trace, owners);
    }
    return this.index;
  }

  /** The console of an instance ends with it, whoever deleted it: another may get its ID. */
  private forgetGone(): void {
    const present = new Set(this.controller.view().instances.map((instance) => instance.id));
    for (const instance of this.instances) if (!present.has(instance)) this.consoles.forget(instance);
    this.instances = present;
  }

  private exists(instance: number): boolean {
    return this.controller.view().instances.some((candidate) => candidate.id === instance);
  }

  private currentView(): MachineView {
    return {
      ...this.controller.view(),
      run: this.runControl.paused || this.stops.quiet ? 'paused' : 'running',
    };
  }

  private publish(): void {
    const view = this.currentView();
    for (const { id, name } of view.instances) {
      const names = this.names.get(id) ?? [];
      if (names.at(-1) !== name) this.names.set(id, [...names, name]);
    }
    this.tails.note(view, (instance) => {
      this.drainConsole(instance);
      return this.consoles.tail(instance, TAIL);
    });
    for (const listener of this.viewListeners) listener(view);
  }
}
