/**
 * Opens a scenario on the page: fetches it, makes its machine, puts its files in and runs its `setup`. Whatever goes
 * wrong on the way becomes a banner. A page without shared memory opens it in Repeatable mode, whatever it asks for: all
 * harts in one worker need none.
 */
import { canShareMemory } from '../base/shared-memory.ts';
import type { MachineConfig } from '../protocol/machine-view.ts';
import type { Scenario } from '../protocol/scenario.ts';
import type { MachineHandle } from '../protocol/services-api.ts';
import { ScenarioRunner, type RunnerOptions } from '../session/scenario-runner.ts';
import { ConnectedMachine } from './connected-machine.ts';
import { forgetMachine, reportTrouble, useMachine } from './machine-store.ts';
import { pageHost } from './page-host.ts';

export interface LaunchOptions {
  /** The scenario, or its address, relative to the page. */
  readonly scenario: Scenario | string;
  /** Makes a machine and the workers it needs. */
  readonly start: (config: MachineConfig) => Promise<MachineHandle>;
  /** What the runner of its steps is to look at, and whom it tells. */
  readonly runner?: Pick<RunnerOptions, 'interruption' | 'onStep' | 'onRound'>;
  /** Address of one of the scenario's files, relative to the page; left out: its name is. */
  readonly fileAddress?: (name: string) => string;
  /** Gets the runner when its setup has held, to go on with it; then it disposes of it too. */
  readonly follow?: (runner: ScenarioRunner, machine: ConnectedMachine) => void;
}

async function fetchFile(address: string): Promise<Response> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status} ${response.statusText}`);
  return response;
}

/** Reads a scenario; what reads it is loaded when it is first needed. Throws when there is none, or one with mistakes. */
export async function fetchScenario(address: string): Promise<Scenario> {
  const { parseScenario } = await import('../session/scenario-file.ts');
  const parsed = parseScenario(await (await fetchFile(address)).text(), address);
  if (!parsed.ok) throw new Error(parsed.error.reason);
  return parsed.value;
}

const repeatable = (scenario: Scenario): Scenario => ({
  ...scenario,
  machine: { ...scenario.machine, mode: 'repeatable' },
});

/** Counts launches: what belongs to an earlier one ends when a later one has begun. */
let launches = 0;
/** Ends the launch under way, whose machine may not answer any more. */
let supersede = (): void => undefined;

/**
 * Replaces the machine on the page, if there is one, by that of the scenario; resolves when its setup is over, good or bad.
 * False: another launch began before.
 */
export async function launch(options: LaunchOptions): Promise<boolean> {
  launches += 1;
  const mine = launches;
  supersede();
  const superseded = new Promise<void>((resolve) => (supersede = resolve));
  useMachine.getState().machine?.dispose();
  forgetMachine();
  await Promise.race([superseded, bringUp(options, mine)]);
  return mine === launches;
}

async function bringUp(options: LaunchOptions, mine: number): Promise<void> {
  let stage: 'start-failed' | 'scenario-failed' = 'start-failed';
  try {
    const asked =
      typeof options.scenario === 'string' ? await fetchScenario(options.scenario) : options.scenario;
    const scenario = canShareMemory() ? asked : repeatable(asked);
    const files = scenario.files.map(async (name) => ({
      name,
      bytes: new Uint8Array(await (await fetchFile(options.fileAddress?.(name) ?? name)).arrayBuffer()),
    }));
    const starting = options.start(scenario.machine);
    const [handle, ...loaded] = await Promise.all([starting, ...files]).catch((error: unknown) => {
      void starting.then((started) => started.dispose());
      throw error;
    });
    if (mine !== launches) {
      handle.dispose();
      return;
    }
    const machine = await ConnectedMachine.connect(handle, scenario, () => mine === launches);
    if (machine === null) {
      handle.dispose();
      return;
    }
    stage = 'scenario-failed';
    for (const { name, bytes } of loaded) await handle.services.addFile(name, bytes);
    const runner = await ScenarioRunner.create(pageHost(handle, machine.reader), {
      ...options.runner,
      interruption: () =>
        mine === launches ? (options.runner?.interruption?.() ?? null) : 'another machine was opened',
    });
    const last = (await runner.run(scenario.setup)).at(-1);
    if (mine !== launches) return;
    machine.history.ready(machine.reader.time());
    useMachine.setState({ settled: true });
    if (last?.outcome !== 'failed' && last?.outcome !== 'interrupted' && options.follow) {
      options.follow(runner, machine);
      return;
    }
    // Else it would hear every console, and keep what they say, for the life of the machine.
    await runner.dispose();
    if (last?.outcome === 'failed') throw new Error(`${last.step}: ${last.detail}`);
  } catch (error) {
    if (mine !== launches) return;
    useMachine.setState({ settled: true });
    reportTrouble({ kind: stage, detail: error instanceof Error ? error.message : String(error) });
  }
}
