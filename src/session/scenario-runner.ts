/**
 * Runs the steps of a scenario against the services of a machine: in the page, in the headless runner, and as the check
 * of a lesson. Every expectation reads its console from behind the previous match, so a scenario reads like the
 * conversation it expects.
 */
import { refuse, type Result } from '../base/result.ts';
import { TICKS_PER_MS } from '../machine/clock.ts';
import type { InstanceView } from '../protocol/machine-view.ts';
import type { Quantity } from '../protocol/scenario-measure.ts';
import { eachStep, type Step } from '../protocol/step.ts';
import type { Subscription } from '../protocol/services-api.ts';
import { ConsoleTranscript } from './console-transcript.ts';
import { watchOthers, watchShare, type HostFacts } from './host-share.ts';
import { describeStep, formatTicks } from './scenario-description.ts';
import type { ScenarioHost } from './scenario-host.ts';
import { takeMeasure } from './scenario-measures.ts';
import { bytesChanged, takeSnapshot, type Snapshot } from './scenario-memory.ts';
import { Measurements, tell, type Measured } from './scenario-results.ts';

/** Console lines shown when an expectation fails. */
const LINES_SHOWN = 20;

/** What became of one step. */
export interface StepReport {
  /** The step in one line, as a person would say it. */
  readonly step: string;
  /**
   * `interrupted`: the runner was told to give up while the step waited. `not-judged`: a value was measured on a host that
   * lacks what its checks need; the scenario goes on.
   */
  readonly outcome: 'held' | 'failed' | 'interrupted' | 'not-judged';
  /** What was measured or answered; for a failure what was seen instead, with the last lines of the console. */
  readonly detail: string;
  /** Machine time at its end, in milliseconds. */
  readonly at: number;
}

export interface RunnerOptions {
  /** Looked at while a step waits: a reason to give up, or null. */
  readonly interruption?: () => string | null;
  /** Called after every step of the list; steps in a repeat are part of the repeat's own report. */
  readonly onStep?: (report: StepReport) => void;
  /** Called after every round of a repeat. */
  readonly onRound?: (round: number, times: number) => void;
  /** What the host has; not given: unknown, and what needs something of it is not judged. */
  readonly hostFacts?: HostFacts;
}

type Outcome = Pick<StepReport, 'outcome' | 'detail'>;
const held = (detail = ''): Outcome => ({ outcome: 'held', detail });
const failed = (detail: string): Outcome => ({ outcome: 'failed', detail });
/** Whether nothing is run after it. */
const ends = ({ outcome }: Outcome): boolean => outcome === 'failed' || outcome === 'interrupted';

export class ScenarioRunner {
  /** What was measured so far. */
  readonly measurements: Measurements;
  private readonly host: ScenarioHost;
  private readonly options: RunnerOptions;
  private readonly transcripts = new Map<number, ConsoleTranscript>();
  /** What the latest kerf step was answered. */
  private answer = '';
  private readonly snapshots = new Map<string, Snapshot>();
  private subscriptions: readonly Subscription[] = [];

  private constructor(host: ScenarioHost, options: RunnerOptions) {
    this.host = host;
    this.options = options;
    this.measurements = new Measurements(
      options.hostFacts
        ? {
            cores: options.hostFacts.cores,
            share: watchShare(host.memory, options.hostFacts),
            others: watchOthers(options.hostFacts),
          }
        : null,
    );
  }

  /** A runner that hears every console from now on, and what was kept of before. */
  static async create(host: ScenarioHost, options: RunnerOptions = {}): Promise<ScenarioRunner> {
    const runner = new ScenarioRunner(host, options);
    const { services } = host;
    const consoles = await services.onConsole((instance, bytes) => runner.transcript(instance).add(bytes));
    const views = await services.onView((view) => {
      const present = new Set(view.instances.map((instance) => instance.id));
      // A deleted instance's ID may be given to another kernel, which begins with an empty console.
      for (const id of runner.transcripts.keys()) if (!present.has(id)) runner.transcripts.delete(id);
    });
    runner.subscriptions = [consoles, views];
    return runner;
  }

  /** Hears nothing any more. To be called when the last steps were run. */
  async dispose(): Promise<void> {
    for (const subscription of this.subscriptions) await this.host.services.unsubscribe(subscription);
    this.subscriptions = [];
    this.transcripts.clear();
    this.snapshots.clear();
  }

  /** Runs the steps in order up to the first that does not hold. */
  async run(steps: readonly Step[]): Promise<StepReport[]> {
    const reports: StepReport[] = [];
    for (const step of steps) {
      const outcome = this.interrupted() ?? (await this.runStep(step, false));
      const report = { step: describeStep(step), ...outcome, at: this.host.time() / TICKS_PER_MS };
      reports.push(report);
      this.options.onStep?.(report);
      if (ends(report)) break;
    }
    return reports;
  }

  /** What was said until now is matched no more. */
  catchUp(): void {
    for (const transcript of this.transcripts.values()) transcript.goTo();
  }

  /**
   * Runs steps as somebody else would do them: they match what is said from now on, and what they matched is still there
   * for the steps of the next `run`. Not while another run is under way.
   */
  async runBeside(steps: readonly Step[]): Promise<StepReport[]> {
    const places = new Map([...this.transcripts].map(([id, transcript]) => [id, transcript.place()]));
    this.catchUp();
    const reports = await this.run(steps);
    // A kernel that was not there before is heard from its beginning.
    for (const [id, transcript] of this.transcripts) transcript.goTo(places.get(id) ?? 0);
    return reports;
  }

  private runStep(step: Step, repeated: boolean): Promise<Outcome> {
    switch (step.kind) {
      case 'kerf':
        return this.kerf(step);
      case 'type':
        return this.type(step);
      case 'expect':
        return this.expect(step);
      case 'wait':
        return this.wait(step.ticks);
      case 'measure':
        return this.measure(step, repeated);
      case 'snapshot':
        return this.snapshot(step);
      case 'isolation':
        return this.host.services.setIsolation(step.isolation).then(() => held());
      case 'pause':
        return this.host.services.pause().then(() => held());
      case 'resume':
        return this.host.services.resume().then(() => held());
      case 'repeat':
        return this.repeat(step);
    }
  }

  private async repeat({ times, steps }: Step & { kind: 'repeat' }): Promise<Outcome> {
    let notJudged = '';
    this.measurements.forget(steps);
    for (let round = 1; round <= times; round++) {
      for (const step of steps) {
        const outcome = this.interrupted() ?? (await this.runStep(step, true));
        const where = `round ${round} of ${times}, ${describeStep(step)}`;
        if (ends(outcome)) return { ...outcome, detail: `${where}: ${outcome.detail}` };
        if (outcome.outcome === 'not-judged') notJudged = `${where}: ${outcome.detail}`;
      }
      this.options.onRound?.(round, times);
    }
    const measured = [...eachStep(steps, [])].flatMap(({ step }) =>
      step.kind === 'measure' ? [this.measurements.summary(step)] : [],
    );
    if (notJudged !== '') return { outcome: 'not-judged', detail: [...measured, notJudged].join('\n') };
    return held(measured.join('\n'));
  }

  private async kerf(step: Step & { kind: 'kerf' }): Promise<Outcome> {
    const reply = await this.host.services.kerf(step.line);
    const error =
      reply.error === undefined ? '' : `${reply.error.code}: ${reply.error.reason}; ${reply.error.hint}`;
    const answer = [reply.output, error].filter((part) => part !== '').join('\n');
    this.answer = answer;
    if (reply.exitCode !== step.exit)
      return failed(`exit ${reply.exitCode} instead of ${step.exit}: ${answer}`);
    if (step.output !== null && !answer.includes(step.output)) {
      return failed(`the answer does not contain "${step.output}": ${answer === '' ? '(nothing)' : answer}`);
    }
    return held(answer);
  }

  private async type(step: Step & { kind: 'type' }): Promise<Outcome> {
    const id = await this.instance(step.console);
    if (id === null) return failed(`there is no kernel "${step.console}"`);
    const taken = await this.host.services.type(id, new TextEncoder().encode(step.text));
    return taken ? held() : failed(`${step.console} does not read its console`);
  }

  private async expect(step: Step & { kind: 'expect' }): Promise<Outcome> {
    return this.read(step.console, step.match, step.within, false, () => held());
  }

  private async measure(step: Step & { kind: 'measure' }, repeated: boolean): Promise<Outcome> {
    const { quantity } = step;
    const settle = (value: Measured): Outcome => {
      const verdict = this.measurements.add(step, value, repeated);
      const told = tell(value, this.measurements.unitOf(quantity));
      if (verdict.outcome === 'held') return held(told);
      if (verdict.outcome === 'failed') return failed(verdict.reason);
      return { outcome: 'not-judged', detail: `${told}; not judged: ${verdict.reason}` };
    };
    const settleGroup = (groups: readonly string[]): Outcome => {
      const group = groups[1] ?? '';
      // So many digits are a hash, and more than a number holds.
      if (/^0x[0-9a-f]{16}$/.test(group)) return settle(group);
      const value = group === '' ? NaN : Number(group);
      return Number.isNaN(value) ? failed(`"${groups[0] ?? ''}" captures no number`) : settle(value);
    };
    if (quantity.kind === 'captured') {
      const { console, pattern, within } = quantity.of;
      return this.read(console, pattern, within ?? null, true, settleGroup);
    }
    if (quantity.kind === 'answer') {
      const found = quantity.of.pattern.exec(this.answer);
      return found
        ? settleGroup(found)
        : failed(`the answer does not match ${String(quantity.of.pattern)}: ${this.answer}`);
    }
    const taken = await this.take(quantity);
    if (!taken.ok) return this.interrupted() ?? failed(taken.error.reason);
    return this.interrupted() ?? settle(taken.value);
  }

  private take(
    quantity: Exclude<Quantity, { kind: 'captured' | 'answer' }>,
  ): Promise<Result<Measured>> | Result<Measured> {
    switch (quantity.kind) {
      case 'bytes-changed': {
        const before = this.snapshots.get(quantity.of.from);
        const after = this.snapshots.get(quantity.of.to);
        if (before === undefined || after === undefined)
          return refuse('no-snapshot', 'a snapshot was not taken', 'take it before it is compared');
        return bytesChanged(before, after);
      }
      case 'median-of':
      case 'max-of':
      case 'sum-of':
      case 'ratio':
      case 'difference':
        return this.measurements.derive(quantity);
      default:
        return takeMeasure(quantity, this.host, (ticks) => this.until(() => false, ticks));
    }
  }

  private async snapshot(step: Step & { kind: 'snapshot' }): Promise<Outcome> {
    const instance = await this.find(step.kernel);
    if (instance === null) return failed(`there is no kernel "${step.kernel}"`);
    const taken = await takeSnapshot(instance, this.host);
    if (!taken.ok) return failed(taken.error.reason);
    this.snapshots.set(step.name, taken.value);
    return held();
  }

  private async wait(ticks: number): Promise<Outcome> {
    await this.until(() => false, ticks);
    return this.interrupted() ?? held();
  }

  /** Waits for a match on a console; without a limit, as long as nobody interrupts. */
  private async read(
    name: string,
    match: string | RegExp,
    within: number | null,
    settled: boolean,
    found: (groups: readonly string[]) => Outcome,
  ): Promise<Outcome> {
    const id = await this.instance(name);
    if (id === null) return failed(`there is no kernel "${name}"`);
    const taken: { groups: readonly string[] | null } = { groups: null };
    this.transcript(id).begin();
    await this.until(() => {
      taken.groups = this.transcript(id).take(match, settled);
      return taken.groups !== null;
    }, within ?? Infinity);
    if (taken.groups !== null) return found(taken.groups);
    const lines = this.transcript(id).lastLines(LINES_SHOWN);
    const count = this.transcript(id).dropped;
    const dropped = count === 0 ? '' : `\n    (${count} characters before that were not kept)`;
    const end = lines.join('') === '' ? 'its console is empty' : `its console ends with:\n${indent(lines)}`;
    const seen = `${end}${dropped}`;
    const interrupted = this.interrupted();
    if (interrupted !== null) return { ...interrupted, detail: `${interrupted.detail}; ${seen}` };
    return failed(`not seen within ${formatTicks(within ?? Infinity)}; ${seen}`);
  }

  private until(condition: () => boolean, ticks: number): Promise<boolean> {
    return this.host.until(() => condition() || this.interrupted() !== null, ticks);
  }

  private interrupted(): Outcome | null {
    const reason = this.options.interruption?.() ?? null;
    return reason === null ? null : { outcome: 'interrupted', detail: reason };
  }

  private async instance(name: string): Promise<number | null> {
    return (await this.find(name))?.id ?? null;
  }

  private async find(name: string): Promise<InstanceView | null> {
    const view = await this.host.services.view();
    return view.instances.find((instance) => instance.name === name) ?? null;
  }

  private transcript(instance: number): ConsoleTranscript {
    const known = this.transcripts.get(instance) ?? new ConsoleTranscript();
    this.transcripts.set(instance, known);
    return known;
  }
}

const indent = (lines: readonly string[]): string => lines.map((line) => `    | ${line}`).join('\n');
