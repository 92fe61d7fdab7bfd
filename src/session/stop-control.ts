/** Lets a paused machine run until something happens: the services' side of protocol/stop.ts. */
import { requestFence } from '../machine/fence.ts';
import { awaitReturn } from '../machine/return-watch.ts';
import { signal } from '../protocol/hart-protocol.ts';
import type { CodeAddress } from '../protocol/last-words.ts';
import {
  FENCE_TLB,
  HART,
  hartBlock,
  INSTANCE,
  instanceBlock,
  REASON_PAUSE,
  TRACE_CONTROLLER,
} from '../protocol/layout.ts';
import type { MachineView } from '../protocol/machine-view.ts';
import { STOP, STOP_KIND, type RunUntil, type StopReason, type StopReport } from '../protocol/stop.ts';
import { ringSlotOf, TRACE_KIND, type TraceRecord } from '../protocol/trace.ts';
import type { Engine } from './engine.ts';
import type { RunControl } from './run-control.ts';

/** A run that is over sooner is one step: the machine is not shown as running for it. */
const QUIET_MS = 300;
/** How long a winner may take from its claim to its last word, which are a few stores. */
const CLAIM_MS = 1000;

export interface StopControlOptions {
  readonly memory: WebAssembly.Memory;
  readonly engine: Engine;
  readonly runControl: RunControl;
  /** Who owns what. */
  readonly view: () => MachineView;
  /** Where a hart stands. */
  readonly pc: (hart: number) => Promise<CodeAddress | null>;
  /** What the view says of the run has changed. */
  readonly changed: () => void;
}

export class StopControl {
  /** A run is under way that is not shown as one. */
  quiet = false;
  private readonly options: StopControlOptions;
  private readonly words: Int32Array;
  /** The runs that were asked for, one after another. */
  private last: Promise<unknown> = Promise.resolve();
  /** Runs that wait for the one that is under way. */
  private waiting = 0;

  constructor(options: StopControlOptions) {
    this.options = options;
    this.words = new Int32Array(options.memory.buffer);
  }

  /** One that is under way is given up for it. */
  async run(request: RunUntil): Promise<StopReport> {
    const { runControl } = this.options;
    this.waiting += 1;
    await runControl.pause();
    const run = this.last.then(() => {
      this.waiting -= 1;
      return this.go(request);
    });
    // One that fails is told to who asked for it, and is no matter of the next.
    this.last = run.catch(() => undefined);
    return run;
  }

  private async go(request: RunUntil): Promise<StopReport> {
    const { at, hart } = request;
    if (!this.options.runControl.paused) return this.report(request, 'resumed');
    if (at === 'instruction') return this.step(request);
    if (at !== 'function') return this.runTo(request, STOP_KIND[at]);
    if (!this.options.runControl.canStep(hart)) return this.report(request, 'stuck');
    return awaitReturn(this.options.memory, hart)
      ? this.runTo(request, STOP_KIND.return)
      : this.step(request);
  }

  private async step(request: RunUntil): Promise<StopReport> {
    const { runControl } = this.options;
    const stepped = await runControl.step(this.harts(request), 1);
    if (!runControl.paused) return this.report(request, 'resumed');
    return this.report(request, stepped.length > 0 ? 'stepped' : 'stuck');
  }

  private async runTo(request: RunUntil, kinds: number): Promise<StopReport> {
    const { engine, runControl } = this.options;
    const others = this.stand(request);
    this.arm(kinds);
    runControl.resume();
    const { resumes } = runControl;
    const ended = this.beQuiet();
    const over = (): boolean =>
      this.by() !== 0 || runControl.paused || runControl.resumes !== resumes || this.waiting > 0;
    await engine.until(over, Infinity);
    const given = Atomics.exchange(this.words, STOP.KINDS >> 2, 0) !== 0;
    if (!given) await engine.until(() => this.by() !== 0, CLAIM_MS);
    ended();
    const goesOn = runControl.resumes !== resumes && !runControl.paused;
    if (!goesOn) await runControl.pause();
    this.release(others);
    if (this.by() !== 0) return this.happened(request, kinds);
    return this.report(request, goesOn ? 'resumed' : 'cancelled');
  }

  private arm(kinds: number): void {
    Atomics.store(this.words, STOP.BY >> 2, 0);
    Atomics.store(this.words, STOP.KINDS >> 2, kinds);
    if ((kinds & STOP_KIND.message) === 0) return;
    const harts = this.options.view().harts.map(({ id }) => id);
    requestFence(this.words, harts, FENCE_TLB);
  }

  /** Makes everybody but the one instance stand. Returns who is to go on afterwards. */
  private stand({ instance }: RunUntil): readonly number[] {
    if (instance === null) return [];
    const others = this.options.view().instances.filter(({ id }) => id !== instance && this.mayRun(id));
    for (const { id } of others) this.setPaused(id, 1);
    return others.map(({ id }) => id);
  }

  private release(others: readonly number[]): void {
    const { harts } = this.options.view();
    for (const id of others) this.setPaused(id, 0);
    for (const { id, owner } of harts)
      if (owner !== null && others.includes(owner)) signal(this.words, id, REASON_PAUSE);
  }

  private mayRun(instance: number): boolean {
    return Atomics.load(this.words, (instanceBlock(instance) + INSTANCE.PAUSED) >> 2) === 0;
  }

  private setPaused(instance: number, paused: number): void {
    Atomics.store(this.words, (instanceBlock(instance) + INSTANCE.PAUSED) >> 2, paused);
  }

  /** The view says that the machine is paused, for a moment. Returns what ends that. */
  private beQuiet(): () => void {
    this.quiet = true;
    const end = (): void => {
      clearTimeout(timer);
      this.quiet = false;
    };
    const timer = setTimeout(() => {
      this.quiet = false;
      this.options.changed();
    }, QUIET_MS);
    return end;
  }

  private harts({ instance }: RunUntil): number[] {
    const { harts } = this.options.view();
    return harts.filter(({ owner }) => instance === null || owner === instance).map(({ id }) => id);
  }

  private by(): number {
    return Atomics.load(this.words, STOP.BY >> 2);
  }

  private async report({ at, hart }: RunUntil, why: StopReason): Promise<StopReport> {
    const time = this.options.engine.clock.time();
    return { at, why, time, record: null, hart, pc: await this.options.pc(hart), within: null };
  }

  private async happened({ at }: RunUntil, kinds: number): Promise<StopReport> {
    const view = new DataView(this.options.memory.buffer);
    const by = this.by() - 1;
    const instance = view.getUint32(STOP.INSTANCE, true);
    const record = {
      sequence: view.getBigUint64(STOP.SEQUENCE, true),
      time: view.getFloat64(STOP.TIME, true),
      kind: view.getUint32(STOP.KIND, true),
      hart: by,
      instance: instance === 0 ? null : instance - 1,
      a: view.getBigUint64(STOP.A, true),
      b: view.getBigUint64(STOP.B, true),
      c: view.getUint32(STOP.C, true),
    };
    const returned = kinds === STOP_KIND.return;
    const doer = (returned ? null : this.senderOf(record)) ?? by;
    const hart = doer === TRACE_CONTROLLER ? null : doer;
    return {
      at,
      why: returned ? 'returned' : 'happened',
      time: record.time,
      record: returned ? null : record,
      hart,
      pc: hart === null ? null : await this.options.pc(hart),
      within: this.within(doer),
    };
  }

  /**
   * The core that published a message, which is not always the one that saw it first (machine/ring-watch.ts). What a
   * message says of it is believed of a core of its sender's. Null: nothing that could be.
   */
  private senderOf({ kind, instance, c }: Pick<TraceRecord, 'kind' | 'instance' | 'c'>): number | null {
    if (kind !== TRACE_KIND.PUBLISH) return null;
    const { senderHart } = ringSlotOf(c);
    const owner = this.options.view().harts.find(({ id }) => id === senderHart)?.owner;
    return instance !== null && owner === instance ? senderHart : null;
  }

  /** The most that INSTRET of a hart other than `by` has grown since the stop. */
  private within(by: number): number {
    const longs = new BigInt64Array(this.options.memory.buffer);
    const grown = this.options.view().harts.map(({ id }) => {
      const now = Atomics.load(longs, (hartBlock(id) + HART.INSTRET) >> 3);
      return id === by ? 0 : Number(now - (longs[(STOP.RETIRED >> 3) + id] ?? 0n));
    });
    return Math.max(0, ...grown);
  }
}
