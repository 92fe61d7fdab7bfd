/**
 * Runs the steps of a scenario against the services of a machine: in the page, in the headless runner, and as the check
 * of a lesson. Every expectation reads its console from behind the previous match, so a scenario reads like the
 * conversation it expects.
 */
import { TICKS_PER_MS } from '../machine/clock.ts';
import type { Step } from '../protocol/scenario.ts';
import type { Subscription } from '../protocol/services-api.ts';
import { ConsoleTranscript } from './console-transcript.ts';
import type { ScenarioHost } from './scenario-host.ts';
import { checkValue, takeMeasure, type Measured } from './scenario-measures.ts';

/** Console lines shown when an expectation fails. */
const LINES_SHOWN = 20;

/** What became of one step. */
export interface StepReport {
  /** The step in one line, as a person would say it. */
  readonly step: string;
  /** `interrupted`: the runner was told to give up while the step waited. */
  readonly outcome: 'held' | 'failed' | 'interrupted';
  /** What was measured or answered; for a failure what was seen instead, with the last lines of the console. */
  readonly detail: string;
  /** Machine time at its end, in milliseconds. */
  readonly at: number;
}

export interface RunnerOptions {
  /** Looked at while a step waits: a reason to give up, or null. */
  readonly interruption?: () => string | null;
  /** Called after every step. */
  readonly onStep?: (report: StepReport) => void;
}

type Outcome = Pick<StepReport, 'outcome' | 'detail'>;
const held = (detail = ''): Outcome => ({ outcome: 'held', detail });
const failed = (detail: string): Outcome => ({ outcome: 'failed', detail });

export class ScenarioRunner {
  /** Values by the name of the measure, in the order they were taken. */
  readonly measurements = new Map<string, Measured>();
  private readonly host: ScenarioHost;
  private readonly options: RunnerOptions;
  private readonly transcripts = new Map<number, ConsoleTranscript>();
  private subscriptions: readonly Subscription[] = [];

  private constructor(host: ScenarioHost, options: RunnerOptions) {
    this.host = host;
    this.options = options;
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
  }

  /** Runs the steps in order up to the first that does not hold. */
  async run(steps: readonly Step[]): Promise<StepReport[]> {
    const reports: StepReport[] = [];
    for (const step of steps) {
      const outcome = this.interrupted() ?? (await this.runStep(step));
      const report = { step: describeStep(step), ...outcome, at: this.host.time() / TICKS_PER_MS };
      reports.push(report);
      this.options.onStep?.(report);
      if (report.outcome !== 'held') break;
    }
    return reports;
  }

  private runStep(step: Step): Promise<Outcome> {
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
        return this.measure(step);
    }
  }

  private async kerf(step: Step & { kind: 'kerf' }): Promise<Outcome> {
    const reply = await this.host.services.kerf(step.line);
    const error =
      reply.error === undefined ? '' : `${reply.error.code}: ${reply.error.reason}; ${reply.error.hint}`;
    const answer = [reply.output, error].filter((part) => part !== '').join('\n');
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

  private async measure(step: Step & { kind: 'measure' }): Promise<Outcome> {
    const { name, quantity, checks } = step;
    const settle = (value: Measured): Outcome => {
      this.measurements.set(name, value);
      const wrong = checkValue(value, checks, this.measurements);
      return wrong === null ? held(`${value}`) : failed(wrong);
    };
    if (quantity.kind === 'captured') {
      const { console, pattern, within } = quantity.of;
      return this.read(console, pattern, within ?? null, true, (groups) => {
        const value = Number(groups[1] ?? NaN);
        return Number.isNaN(value) ? failed(`"${groups[0] ?? ''}" captures no number`) : settle(value);
      });
    }
    const taken = await takeMeasure(quantity, this.host, (ticks) => this.until(() => false, ticks));
    if (!taken.ok) return this.interrupted() ?? failed(taken.error.reason);
    return settle(taken.value);
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
    const view = await this.host.services.view();
    return view.instances.find((instance) => instance.name === name)?.id ?? null;
  }

  private transcript(instance: number): ConsoleTranscript {
    const known = this.transcripts.get(instance) ?? new ConsoleTranscript();
    this.transcripts.set(instance, known);
    return known;
  }
}

/** A step in one line. */
function describeStep(step: Step): string {
  switch (step.kind) {
    case 'kerf':
      return step.line.startsWith('kerf ') ? step.line : `kerf ${step.line}`;
    case 'type':
      return `type in ${step.console}: ${JSON.stringify(step.text)}`;
    case 'expect': {
      const within = step.within === null ? '' : ` within ${formatTicks(step.within)}`;
      return `expect from ${step.console}${within}: ${typeof step.match === 'string' ? JSON.stringify(step.match) : String(step.match)}`;
    }
    case 'wait':
      return `wait ${formatTicks(step.ticks)}`;
    case 'measure':
      return `measure ${step.name} (${step.quantity.kind})`;
  }
}

const formatTicks = (ticks: number): string => {
  const ms = ticks / TICKS_PER_MS;
  return ms >= 1000 ? `${ms / 1000} s` : `${ms} ms`;
};

const indent = (lines: readonly string[]): string => lines.map((line) => `    | ${line}`).join('\n');
