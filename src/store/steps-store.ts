/** Steps of the paused machine: what was asked for last, and where it stopped. No machine state. */
import { create } from 'zustand';
import type { MachineView } from '../protocol/machine-view.ts';
import type { RunUntil, StopAt, StopReport } from '../protocol/stop.ts';
import type { ConnectedMachine } from './connected-machine.ts';
import { useInspector } from './inspector-store.ts';
import { unlessGone, useMachine } from './machine-store.ts';

interface StepsState {
  /** Of the core that is inspected, the kernel alone runs; else all. */
  readonly alone: boolean;
  /** What is under way, and the machine it was asked of. */
  readonly pending: RunUntil | null;
  readonly machine: ConnectedMachine | null;
  /** Where that machine stands; null once it went on. */
  readonly report: StopReport | null;
}

export const useSteps = create<StepsState>()(() => ({
  alone: false,
  pending: null,
  machine: null,
  report: null,
}));

/** The core whose steps are meant: the one that is inspected, or would be. */
export const steppedCore = (view: MachineView, wished: number): number =>
  Math.min(wished, view.harts.length - 1);

/** Whether a kernel stands still while another one runs alone. */
export const useStands = (instance: number): boolean =>
  useSteps(({ pending }) => pending !== null && pending.instance !== null && pending.instance !== instance);

/** What a step of a kind asks for now. */
function stepRequest(view: MachineView, at: StopAt): RunUntil {
  const hart = steppedCore(view, useInspector.getState().hart);
  const owner = view.harts[hart]?.owner ?? null;
  return { at, hart, instance: useSteps.getState().alone ? owner : null };
}

/** Lets the machine run up to there; null: it is gone, or something else was asked meanwhile. */
export async function runUntil(machine: ConnectedMachine, at: StopAt): Promise<StopReport | null> {
  const { view } = useMachine.getState();
  if (!view) return null;
  const pending = stepRequest(view, at);
  useSteps.setState({ pending, machine, report: null });
  const asked = unlessGone(machine, () => machine.ask((services) => services.runUntil(pending)));
  const report = (await asked) ?? null;
  if (useSteps.getState().pending !== pending) return null;
  useSteps.setState({ pending: null, report: report?.why === 'resumed' ? null : report });
  // Whoever steps on means the core that did it.
  if (report?.why === 'happened' && report.hart !== null) useInspector.setState({ hart: report.hart });
  return report;
}

/** Gives up what is under way: the machine stays where it is. */
export function giveUpRun(machine: ConnectedMachine): void {
  void machine.ask((services) => services.pause());
}

/** The machine went on otherwise: where it stood is over. */
export function forgetStop(): void {
  if (useSteps.getState().pending === null) useSteps.setState({ report: null });
}
