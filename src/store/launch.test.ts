import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { MachineConfig } from '../protocol/machine-view.ts';
import type { Scenario } from '../protocol/scenario.ts';
import type { MachineHandle } from '../protocol/services-api.ts';
import { startMachine } from '../session/start-machine.ts';
import { launch } from './launch.ts';
import { forgetMachine, useMachine } from './machine-store.ts';

const scenario = (line: string): Scenario => ({
  name: 'asked',
  description: '',
  machine: { harts: 2, memory: 64 * 2 ** 20, isolation: 'enforced', mode: 'repeatable', seed: 1 },
  files: [],
  setup: [{ kind: 'kerf', line, exit: 0, output: null }],
  steps: [],
});

/** Subscriptions of the machine that have not been ended. */
let heard: () => number;

function start(config: MachineConfig): Promise<MachineHandle> {
  const machine = startMachine({
    config,
    workers: {
      hart: () => {
        throw new Error('no workers in Repeatable mode');
      },
    },
  });
  const { memory, services } = machine;
  const begun = [vi.spyOn(services, 'onView'), vi.spyOn(services, 'onConsole'), vi.spyOn(services, 'onKerf')];
  const ended = vi.spyOn(services, 'unsubscribe');
  heard = () => begun.reduce((sum, { mock }) => sum + mock.calls.length, -ended.mock.calls.length);
  return Promise.resolve({ config, memory, services, dispose: () => void machine.dispose() });
}

beforeEach(() => {
  vi.stubGlobal('crossOriginIsolated', true);
});
afterEach(() => {
  useMachine.getState().machine?.dispose();
  forgetMachine();
  vi.unstubAllGlobals();
});

describe('a scenario that was opened', () => {
  it.each([
    ['has run', 'create alpha --cpus 0 --memory 8M', null],
    ['was refused', 'create alpha --cpus 9 --memory 8M', 'scenario-failed'],
  ])('hears the machine no more when its setup %s; the page does', async (_, line, trouble) => {
    await launch({ scenario: scenario(line), start });
    expect(useMachine.getState().settled).toBe(true);
    expect(useMachine.getState().trouble?.kind ?? null).toBe(trouble);
    // Views, consoles and kerf lines, of the page itself (connected-machine.ts).
    expect(heard()).toBe(3);
  });
});
