/**
 * Plays the beats of the page's scenario for Present (demonstration.ts runs all that comes after a setup). Every run begins
 * on a fresh machine. Present goes on to the next beat on the machine as it stands, if nobody has touched it since; any
 * other beat is the setup and all beats up to it, on a fresh machine again.
 */
import { create } from 'zustand';
import type { Scenario } from '../protocol/scenario.ts';
import type { Step } from '../protocol/step.ts';
import type { Measurement } from '../session/scenario-results.ts';
import type { ScenarioRunner, StepReport } from '../session/scenario-runner.ts';
import type { ConnectedMachine } from './connected-machine.ts';
import type { LaunchOptions } from './launch.ts';
import { reportTrouble, unlessGone, useMachine } from './machine-store.ts';

/** The page's scenario, and how its machine is made. */
export interface Scenes {
  /** With its steps and beats. Rejects when it cannot be read. */
  opened(): Promise<Scenario>;
  /** Replaces the machine. Reset goes back to what was opened. */
  launch(options: Omit<LaunchOptions, 'start'>): Promise<unknown>;
}

interface SceneState {
  readonly scenario: Scenario | null;
  /** The beat that is shown or on its way; -1: none yet, the machine is as it was. */
  readonly beat: number;
  readonly playing: boolean;
  /** Steps of the present run, those of the setup among them: ended, and all. */
  readonly done: number;
  readonly total: number;
  /** Of the steps of the demonstration, as far as it has come. */
  readonly reports: readonly StepReport[];
  readonly measurements: Readonly<Record<string, Measurement>>;
  /** How far a repeat has come. */
  readonly round: { readonly round: number; readonly times: number } | null;
  /** Why it ended early: a step that did not hold, or that nobody wanted the rest. */
  readonly ended: StepReport | null;
}

const INITIAL: SceneState = {
  scenario: null,
  beat: -1,
  playing: false,
  done: 0,
  total: 0,
  reports: [],
  measurements: {},
  round: null,
  ended: null,
};

export const useScene = create<SceneState>()(() => INITIAL);

/** A runner whose steps so far are the setup and the beats up to `beat`, and the machine as it left it. */
interface Reached {
  readonly runner: ScenarioRunner;
  readonly machine: ConnectedMachine;
  readonly beat: number;
  readonly run: string | undefined;
}

let reached: Reached | null = null;
/** Counts what was asked for: the latest counts. */
let asked = 0;
let running: Promise<void> = Promise.resolve();

/** Reads the scenario that is open; nothing is played. */
export async function openScene(scenes: Scenes): Promise<void> {
  asked += 1;
  useScene.setState({ ...INITIAL, scenario: await scenes.opened() });
}

/** Ends everything; the machine stays. */
export async function closeScene(): Promise<void> {
  asked += 1;
  interruptedBefore = asked;
  const mine = asked;
  await running;
  if (mine !== asked) return;
  await release();
  useScene.setState(INITIAL);
}

/** Shows a beat of the scenario, by its number. While one is played, a later one follows it, an earlier one ends it. */
export async function goToBeat(scenes: Scenes, beat: number): Promise<void> {
  const { scenario, beat: before } = useScene.getState();
  if (beat < 0 || beat >= (scenario?.beats?.length ?? 0)) return;
  asked += 1;
  const mine = asked;
  if (beat < before) interruptedBefore = mine;
  useScene.setState({ beat });
  await running;
  if (mine !== asked || scenario === null) return;
  running = playBeat(scenes, scenario, beat, mine).catch(lost);
  await running;
}

/** Nothing of this machine is gone on with; another beat is played on a fresh one. */
function lost(error: unknown): void {
  reached = null;
  useScene.setState({ playing: false, round: null });
  reportTrouble({
    kind: 'services-lost',
    detail: error instanceof Error ? error.message : String(error),
  });
}

/** Runs that were asked for before this one end at once; those after it come to their end. */
let interruptedBefore = 0;

async function playBeat(scenes: Scenes, scenario: Scenario, beat: number, mine: number): Promise<void> {
  const beats = scenario.beats ?? [];
  const interruption = (): string | null => (interruptedBefore > mine ? 'another beat was chosen' : null);
  const going = goesOn();
  if (going !== null && going.beat === beat) return;
  if (going !== null && going.beat < beat) {
    const steps = beats.slice(going.beat + 1, beat + 1).flatMap((one) => one.steps);
    begin(steps.length);
    stop = interruption;
    going.machine.history.goOn(steps);
    await playOn(going.runner, going.machine, steps, beat);
    return;
  }
  const steps = beats.slice(0, beat + 1).flatMap((one) => one.steps);
  await playAnew(scenes, { ...scenario, setup: [...scenario.setup, ...steps] }, [], beat, interruption);
}

/** When the run under way is to give up. */
let stop: () => string | null = () => null;

async function playAnew(
  scenes: Scenes,
  scenario: Scenario,
  steps: readonly Step[],
  beat: number,
  interruption: () => string | null,
): Promise<void> {
  // The machine it was on goes, and all who listen to it.
  reached = null;
  stop = interruption;
  begin(scenario.setup.length + steps.length);
  const followed: { runner?: ScenarioRunner; machine?: ConnectedMachine } = {};
  await scenes.launch({
    scenario,
    runner: {
      interruption: () => stop(),
      onStep: (report) => noteStep(report),
      onRound: (round, times) => useScene.setState({ round: { round, times } }),
    },
    follow: (runner, machine) => Object.assign(followed, { runner, machine }),
  });
  const { runner, machine } = followed;
  useScene.setState({ reports: [] });
  if (runner === undefined || machine === undefined) {
    useScene.setState({ playing: false });
    return;
  }
  machine.history.goOn(steps);
  await playOn(runner, machine, steps, beat);
}

async function playOn(
  runner: ScenarioRunner,
  machine: ConnectedMachine,
  steps: readonly Step[],
  beat: number,
): Promise<void> {
  measured = () => runner.measurements.report();
  reached = null;
  const played = await unlessGone(machine, async () => {
    const last = (await runner.run(steps)).at(-1);
    machine.history.ready(machine.reader.time());
    const held = last?.outcome !== 'failed' && last?.outcome !== 'interrupted';
    if (!held) await runner.dispose();
    return { ended: held ? null : last, run: (await machine.services.view()).run };
  });
  if (played?.ended === null) reached = { runner, machine, beat, run: played.run };
  useScene.setState({
    playing: false,
    round: null,
    measurements: measured(),
    ended: played?.ended ?? null,
  });
}

/** What was reached, if nobody has changed the machine since. */
function goesOn(): Reached | null {
  if (reached === null) return null;
  const { machine, view } = useMachine.getState();
  const untouched = machine === reached.machine && reached.machine.history.empty && view?.run === reached.run;
  if (untouched) return reached;
  void release();
  return null;
}

async function release(): Promise<void> {
  const left = reached;
  reached = null;
  if (left !== null) await unlessGone(left.machine, () => left.runner.dispose());
}

let measured: () => Readonly<Record<string, Measurement>> = () => ({});

function begin(total: number): void {
  measured = () => ({});
  useScene.setState({
    playing: true,
    done: 0,
    total,
    reports: [],
    measurements: {},
    round: null,
    ended: null,
  });
}

function noteStep(report: StepReport): void {
  useScene.setState(({ done, reports }) => ({
    done: done + 1,
    reports: [...reports, report],
    measurements: measured(),
    round: null,
  }));
}
