/**
 * The demonstration of a scenario on the page: its steps, which the headless runner runs after the setup, are run on a
 * fresh machine, one after the other, and what they measured is told beside its control.
 */
import { create } from 'zustand';
import { playedSteps } from '../protocol/beat.ts';
import type { Scenario } from '../protocol/scenario.ts';
import { describeStep } from '../session/scenario-description.ts';
import { tell, type Measured, type Measurement } from '../session/scenario-results.ts';
import { ScenarioRunner, type StepReport } from '../session/scenario-runner.ts';
import { unlessGone, useMachine } from './machine-store.ts';
import type { PageActions } from './page-actions.ts';
import { pageHost } from './page-host.ts';

export interface Demonstration {
  readonly scenario: Scenario;
  /** Its steps as a person would say them. */
  readonly steps: readonly string[];
  /** What became of the steps that are over. */
  readonly reports: readonly StepReport[];
  /** Where the repeat is that is under way; null: none is. */
  readonly round: { readonly round: number; readonly times: number } | null;
  readonly measurements: Readonly<Record<string, Measurement>>;
  readonly state: 'running' | 'held' | 'failed' | 'cancelled';
}

export const useDemonstration = create<{ readonly shown: Demonstration | null }>()(() => ({ shown: null }));

/** Counts runs: an earlier one ends when a later one has begun, or it is cancelled. */
let runs = 0;

export function cancelDemonstration(): void {
  runs += 1;
}

/** Runs the steps of a scenario that was read whole. Resolves when they are over. */
export async function runDemonstration(scenario: Scenario, actions: PageActions): Promise<void> {
  runs += 1;
  const mine = runs;
  const show = (change: Partial<Demonstration>): void =>
    useDemonstration.setState(({ shown }) => ({
      shown: shown && mine === runs ? { ...shown, ...change } : shown,
    }));
  useDemonstration.setState({
    shown: {
      scenario,
      steps: playedSteps(scenario).map(describeStep),
      reports: [],
      round: null,
      measurements: {},
      state: 'running',
    },
  });
  /** Told even when it was cancelled, but not in the place of a later one. */
  const end = (state: Demonstration['state']): void =>
    useDemonstration.setState(({ shown }) => ({
      shown: shown?.scenario === scenario ? { ...shown, state, round: null } : shown,
    }));
  const opened = await actions.open(scenario);
  const { machine, trouble } = useMachine.getState();
  if (!opened || machine === null || trouble !== null) {
    end(opened ? 'failed' : 'cancelled');
    return;
  }
  machine.history.notByHand(`The demonstration ${scenario.name}`);
  const over = (): string | null =>
    mine !== runs
      ? 'cancelled'
      : useMachine.getState().machine === machine
        ? null
        : 'another machine was opened';
  const last = await unlessGone(machine, async () => {
    const runner = await ScenarioRunner.create(pageHost(machine, machine.reader), {
      interruption: over,
      onStep: (report) =>
        useDemonstration.setState(({ shown }) => ({
          shown:
            shown && mine === runs
              ? {
                  ...shown,
                  reports: [...shown.reports, report],
                  round: null,
                  measurements: runner.measurements.report(),
                }
              : shown,
        })),
      onRound: (round, times) =>
        show({ round: { round, times }, measurements: runner.measurements.report() }),
    });
    const reports = await runner.run(playedSteps(scenario));
    await runner.dispose();
    return reports.at(-1) ?? null;
  });
  if (over() !== null || last?.outcome === 'interrupted') end('cancelled');
  else end(last?.outcome === 'failed' ? 'failed' : 'held');
}

/** A number and its control as a table has them; '': there is none. */
export interface MeasurementRow {
  readonly name: string;
  readonly value: string;
  readonly control: string;
  /** Why no check was made; null: it was. */
  readonly notJudged: string | null;
}

export const measurementRows = (measurements: Demonstration['measurements']): MeasurementRow[] =>
  Object.entries(measurements).map(([name, { value, control, unit, notJudged }]) => ({
    name: name.replaceAll('-', ' '),
    value: value === null ? '' : short(value, unit),
    control: control === undefined ? '' : short(control, unit),
    notJudged: notJudged ?? null,
  }));

/** A hash is told by its beginning. */
const short = (value: Measured, unit: string): string =>
  typeof value === 'string' && value.length > 16 ? `${value.slice(0, 8)} …` : tell(value, unit);
