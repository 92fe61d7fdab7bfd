/** `archipelago run`: a scenario on Node workers, with an exit status that says what became of it. */
import { open, readFile, type FileHandle } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { dirname, resolve } from 'node:path';
import { ok, type Result } from '../base/result.ts';
import { playedSteps } from '../protocol/beat.ts';
import type { Scenario } from '../protocol/scenario.ts';
import type { Subscription } from '../protocol/services-api.ts';
import { parseScenario } from '../session/scenario-file.ts';
import type { HostFacts } from '../session/host-share.ts';
import { localHost } from '../session/scenario-host.ts';
import type { Measurement } from '../session/scenario-results.ts';
import { ScenarioRunner, type StepReport } from '../session/scenario-runner.ts';
import { startMachine } from '../session/start-machine.ts';
import type { LocalMachine } from '../session/make-machine.ts';
import { milliseconds, usage, wholeNumber, type Arguments } from './arguments.ts';
import { complain, EXIT, type Command, type Context } from './command.ts';
import { wordsOfPanics } from './last-words.ts';
import { TextWatch } from './text-watch.ts';
import { noticeWorkerless } from './worker-notices.ts';

const DEFAULT_TIMEOUT_MS = 60_000;
/** After the time is up, how long a step may take to notice before it is left where it is. */
const GRACE_MS = 2000;
/** How often a long repeat says how far it is. */
const TELL_EVERY_MS = 2000;

interface Options {
  readonly file: string;
  readonly timeoutMs: number;
  readonly expectText: string | null;
  readonly failText: string | null;
  readonly repeatable: boolean;
  readonly seed: number | null;
  readonly json: boolean;
  /** Where the trace goes, in the Chrome format, or null. */
  readonly traceFile: string | null;
  /** Names of the scenario's files that lie elsewhere, and where. */
  readonly elsewhere: ReadonlyMap<string, string>;
}

/** What a run came to; printed as JSON with `--json`. */
interface Outcome {
  readonly ok: boolean;
  readonly steps: readonly StepReport[];
  readonly measurements: Readonly<Record<string, Measurement>>;
  /** Hash of the trace, in Repeatable mode. */
  readonly trace?: string;
  /** Why it did not hold. */
  readonly error?: string;
}

export const runCommand: Command = {
  usage: 'archipelago run SCENARIO.yaml [OPTIONS]',
  summary: 'run the steps of a scenario; exit 0 all held, 1 failed, 2 usage, 42 timeout',
  operands: ['SCENARIO.yaml'],
  options: {
    timeout: { value: '60s', summary: 'give up after this much host time, with exit 42' },
    'expect-text': { value: 'TEXT', summary: 'after the steps, wait until a console has said this' },
    'fail-text': { value: 'TEXT', summary: 'fail at once when a console says this' },
    repeatable: { value: null, summary: 'all harts take turns, time is the instruction count' },
    seed: { value: 'N', summary: 'seed of the interleaving in Repeatable mode' },
    file: { value: 'NAME=PATH', summary: 'take a file of the scenario from this path', multiple: true },
    trace: { value: 'OUT.json', summary: 'write the trace to this file, for the Perfetto viewer' },
    json: { value: null, summary: 'end with one line of JSON: ok, steps, measurements, trace' },
  },
  run: async (args, context) => {
    const options = readOptions(args);
    if (!options.ok) return complain(context, options.error);
    const scenario = await readScenario(options.value);
    if (!scenario.ok) return complain(context, scenario.error);
    return runScenario(scenario.value, options.value, context);
  },
};

function readOptions(args: Arguments): Result<Options> {
  const timeoutMs = milliseconds(args, 'timeout', DEFAULT_TIMEOUT_MS);
  if (!timeoutMs.ok) return timeoutMs;
  const seed = wholeNumber(args, 'seed', 0, 2 ** 32 - 1);
  if (!seed.ok) return seed;
  const elsewhere = new Map<string, string>();
  for (const pair of args.all('file')) {
    const at = pair.indexOf('=');
    if (at <= 0 || at === pair.length - 1) return usage(`--file ${pair} is not of the form NAME=PATH`);
    elsewhere.set(pair.slice(0, at), pair.slice(at + 1));
  }
  return ok({
    file: args.operands[0] ?? '',
    timeoutMs: timeoutMs.value,
    expectText: args.text('expect-text'),
    failText: args.text('fail-text'),
    repeatable: args.given('repeatable'),
    seed: seed.value,
    json: args.given('json'),
    traceFile: args.text('trace'),
    elsewhere,
  });
}

/** The scenario with what the options say about its machine. */
async function readScenario(options: Options): Promise<Result<Scenario>> {
  const text = await readFile(options.file, 'utf8').catch((error: unknown) => error as Error);
  if (typeof text !== 'string') return usage(`${options.file} cannot be read: ${text.message}`);
  const parsed = parseScenario(text, options.file);
  if (!parsed.ok) return parsed;
  const { machine } = parsed.value;
  const mode = options.repeatable ? 'repeatable' : machine.mode;
  if (options.seed !== null && mode !== 'repeatable') return usage('--seed is for --repeatable');
  const stranger = [...options.elsewhere.keys()].find((name) => !parsed.value.files.includes(name));
  if (stranger !== undefined) return usage(`--file ${stranger}: the scenario names no such file`);
  return ok({ ...parsed.value, machine: { ...machine, mode, seed: options.seed ?? machine.seed } });
}

async function runScenario(scenario: Scenario, options: Options, context: Context): Promise<number> {
  const files = await readFiles(scenario, options, context.publicFolder);
  if (!files.ok) return complain(context, files.error);
  // Before the run: minutes must not be spent on a trace that cannot be kept.
  const traceFile = await openTrace(options.traceFile);
  if (!traceFile.ok) return complain(context, traceFile.error);
  const machine = startMachine({
    config: scenario.machine,
    workers: context.workers,
    // Names of functions, for the last words of a kernel: what a scenario runs it names itself.
    readFile: (name) =>
      name.endsWith('.elf')
        ? firstReadable(placesOf(name, options, context.publicFolder))
        : Promise.resolve(null),
  });
  await noticeWorkerless(machine.services, (line) => context.complain(line));
  for (const [name, bytes] of files.value) await machine.services.addFile(name, bytes);
  const steps: StepReport[] = [];
  const onStep = (report: StepReport): void => {
    steps.push(report);
    context.say(formatStep(report));
  };
  const { status, error, measurements } = await attempt(machine, scenario, options, onStep, (line) =>
    context.say(line),
  );
  if (status !== EXIT.HELD) for (const line of await wordsOfPanics(machine.services)) context.say(line);
  const outcome: Outcome = {
    ok: status === EXIT.HELD,
    steps,
    measurements,
    ...(scenario.machine.mode === 'repeatable' ? { trace: machine.services.trace.digest() } : {}),
    ...(error === '' ? {} : { error }),
  };
  const written =
    traceFile.value === null ? null : await writeTrace(machine, traceFile.value, options.traceFile ?? '');
  await machine.dispose();
  const held = steps.filter((report) => report.outcome === 'held').length;
  const unjudged = steps.filter((report) => report.outcome === 'not-judged').length;
  const all = scenario.setup.length + playedSteps(scenario).length;
  context.say(
    `${scenario.name}: ${held} of ${all} steps held${unjudged > 0 ? `, ${unjudged} not judged` : ''}${error === '' ? '' : `; ${error}`}`,
  );
  if (outcome.trace !== undefined) context.say(`trace ${outcome.trace}`);
  if (written?.ok === true) context.say(written.value);
  // Whatever became of the trace: the results are there.
  if (options.json) context.say(JSON.stringify(outcome));
  if (written?.ok !== false) return status;
  const refused = complain(context, written.error);
  return status === EXIT.HELD ? refused : status;
}

interface Attempt {
  readonly status: number;
  readonly error: string;
  readonly measurements: Readonly<Record<string, Measurement>>;
}

async function attempt(
  machine: LocalMachine,
  scenario: Scenario,
  options: Options,
  onStep: (report: StepReport) => void,
  say: (line: string) => void,
): Promise<Attempt> {
  const host = localHost(machine);
  const expected = options.expectText === null ? null : new TextWatch(options.expectText);
  const forbidden = options.failText === null ? null : new TextWatch(options.failText);
  const watches: Subscription[] = [];
  for (const watch of [expected, forbidden]) {
    if (watch !== null) watches.push(await watch.listenTo(machine.services));
  }
  const end = performance.now() + options.timeoutMs;
  const late = `no time left after ${options.timeoutMs / 1000} s`;
  const interruption = (): string | null => {
    if (forbidden?.seen === true) return `a console said "${options.failText}"`;
    return performance.now() >= end ? late : null;
  };
  const runner = await ScenarioRunner.create(host, {
    interruption,
    onStep,
    onRound: roundTeller(say),
    hostFacts: HOST_FACTS,
  });

  const through = async (): Promise<Pick<Attempt, 'status' | 'error'>> => {
    const reports = await runner.run([...scenario.setup, ...playedSteps(scenario)]);
    const last = reports.at(-1);
    if (last?.outcome === 'failed') return { status: EXIT.FAILED, error: `failed at: ${last.step}` };
    if (last?.outcome !== 'interrupted' && expected !== null) {
      await host.until(() => expected.seen || interruption() !== null, Infinity);
    }
    if (forbidden?.seen === true)
      return { status: EXIT.FAILED, error: `a console said "${options.failText}"` };
    if (last?.outcome === 'interrupted') return { status: EXIT.TIMEOUT, error: late };
    if (expected?.seen === false)
      return { status: EXIT.TIMEOUT, error: `${late}: no console said "${options.expectText}"` };
    return { status: EXIT.HELD, error: '' };
  };
  // A step that does not come back although the time is up (a command that never answers) is left where it is.
  let timer: ReturnType<typeof setTimeout> | undefined;
  const abandoned = new Promise<Pick<Attempt, 'status' | 'error'>>((settle) => {
    timer = setTimeout(() => settle({ status: EXIT.TIMEOUT, error: late }), options.timeoutMs + GRACE_MS);
  });
  const result = await Promise.race([through(), abandoned]);
  clearTimeout(timer);
  await runner.dispose();
  for (const watch of watches) await machine.services.unsubscribe(watch);
  return { ...result, measurements: runner.measurements.report() };
}

/** Files of the scenario: where `--file` says, else beside the scenario's folder, else in public/. */
async function readFiles(
  scenario: Scenario,
  options: Options,
  publicFolder: string,
): Promise<Result<Map<string, Uint8Array>>> {
  const files = new Map<string, Uint8Array>();
  for (const name of scenario.files) {
    const places = placesOf(name, options, publicFolder);
    const bytes = await firstReadable(places);
    if (bytes === null) return usage(`the scenario's file ${name} is not at ${places.join(' or ')}`);
    files.set(name, bytes);
  }
  return ok(files);
}

function placesOf(name: string, options: Options, publicFolder: string): string[] {
  const given = options.elsewhere.get(name);
  return given === undefined
    ? [resolve(dirname(options.file), name), resolve(publicFolder, name)]
    : [resolve(given)];
}

/** The bytes of the first of these files that can be read; null: none can. */
export async function firstReadable(places: readonly string[]): Promise<Uint8Array | null> {
  for (const place of places) {
    const bytes = await readFile(place).catch(() => null);
    if (bytes !== null) return bytes;
  }
  return null;
}

/** The emptied file of `--trace`; null: none is asked for. */
async function openTrace(file: string | null): Promise<Result<FileHandle | null>> {
  if (file === null) return ok(null);
  const handle = await open(file, 'w').catch((error: unknown) => error as Error);
  return handle instanceof Error ? traceRefused(file, handle) : ok(handle);
}

/** Resolves with a line that says what was written, and what is missing in it. Closes the file. */
async function writeTrace(machine: LocalMachine, handle: FileHandle, file: string): Promise<Result<string>> {
  const { json, records, lost } = await machine.services.exportTrace();
  const failure = await handle
    .writeFile(json)
    .finally(() => handle.close())
    .then(
      () => null,
      (error: unknown) => error as Error,
    );
  return failure === null
    ? ok(`${file}: ${records} trace records, lost ${lost}`)
    : traceRefused(file, failure);
}

const traceRefused = (file: string, { message }: Error): Result<never> =>
  usage(`--trace ${file} cannot be written: ${message}`);

const cpuMs = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1000;

const HOST_FACTS: HostFacts = {
  cores: availableParallelism(),
  cpuMs: () => cpuMs(process.cpuUsage()),
  // What a hypervisor takes away is neither told as idle nor as used: as time that is not idle it counts.
  usedMs: () => cpus().reduce((sum, { times }) => sum + performance.now() - times.idle, 0),
  nowMs: () => performance.now(),
};

const WORD = { held: 'ok  ', failed: 'FAIL', interrupted: 'STOP', 'not-judged': '--  ' } as const;

/** Tells how far a long repeat has come, now and then. */
function roundTeller(say: (line: string) => void): (round: number, times: number) => void {
  let told = performance.now();
  return (round, times) => {
    if (performance.now() - told < TELL_EVERY_MS) return;
    told = performance.now();
    say(`...               round ${round} of ${times}`);
  };
}

function formatStep(report: StepReport): string {
  const time = `${(report.at / 1000).toFixed(3)} s`.padStart(10);
  const detail = report.detail === '' ? '' : `\n${report.detail.replace(/^/gm, '                  ')}`;
  return `${WORD[report.outcome]} ${time}  ${report.step}${detail}`;
}
