/** Steps as the page asks for them, and what becomes of one whose machine goes. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { RunUntil, StopReport } from '../protocol/stop.ts';
import { useInspector } from './inspector-store.ts';
import { launch } from './launch.ts';
import { CREATE, gate, scenarioOf, starting } from './launch.testkit.ts';
import { forgetMachine, useMachine } from './machine-store.ts';
import { forgetStop, runUntil, useSteps } from './steps-store.ts';

const asked: RunUntil[] = [];
const reportOf = ({ at, hart }: RunUntil, more: Partial<StopReport> = {}): StopReport => ({
  at,
  why: 'happened',
  time: 5,
  record: null,
  hart,
  pc: null,
  within: 0,
  ...more,
});

beforeEach(() => {
  vi.stubGlobal('crossOriginIsolated', true);
});
afterEach(() => {
  asked.length = 0;
  useMachine.getState().machine?.dispose();
  forgetMachine();
  useSteps.setState(useSteps.getInitialState());
  useInspector.setState(useInspector.getInitialState());
  vi.unstubAllGlobals();
});

async function machineThat(answer: (request: RunUntil) => Promise<StopReport>) {
  await launch({
    scenario: scenarioOf({ setup: [CREATE] }),
    start: starting(() => ({
      runUntil: (request) => {
        asked.push(request);
        return answer(request);
      },
    })),
  });
  const { machine } = useMachine.getState();
  if (!machine) throw new Error('it was launched');
  return machine;
}

it('asks for the core that is inspected, and for its kernel alone where that is wished', async () => {
  const machine = await machineThat((request) => Promise.resolve(reportOf(request)));
  const owner = useMachine.getState().view?.harts[0]?.owner;
  await runUntil(machine, 'message');
  useSteps.setState({ alone: true });
  await runUntil(machine, 'function');
  expect(owner).not.toBeNull();
  expect(asked).toEqual([
    { at: 'message', hart: 0, instance: null },
    { at: 'function', hart: 0, instance: owner },
  ]);
});

it('shows where it stopped, and the core that did it, until the machine goes on', async () => {
  const machine = await machineThat((request) => Promise.resolve(reportOf(request, { hart: 1 })));
  const report = await runUntil(machine, 'ipi');
  const { pending, report: shown, machine: asked } = useSteps.getState();
  expect([pending, shown, asked === machine]).toEqual([null, report, true]);
  expect(useInspector.getState().hart).toBe(1);
  forgetStop();
  expect(useSteps.getState().report).toBeNull();
});

it('ends with its machine: the next one can be stepped', async () => {
  const { held, reach, reached } = gate();
  const machine = await machineThat(async (request) => {
    reach();
    await held;
    return reportOf(request);
  });
  const step = runUntil(machine, 'owner');
  await reached;
  expect(useSteps.getState().pending?.at).toBe('owner');
  await launch({ scenario: scenarioOf({ name: 'later' }), start: starting() });
  expect(await step).toBeNull();
  expect([useSteps.getState().pending, useSteps.getState().report]).toEqual([null, null]);
});
