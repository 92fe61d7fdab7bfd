/** What waits for a machine when another takes its place: it ends, and leaves the other alone. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ServicesApi } from '../protocol/services-api.ts';
import { cancelDemonstration, runDemonstration, useDemonstration } from './demonstration.ts';
import { launch } from './launch.ts';
import { CREATE, gate, kerf, scenarioOf, starting, type Started } from './launch.testkit.ts';
import { forgetMachine, useMachine } from './machine-store.ts';
import type { PageActions } from './page-actions.ts';
import { closeScene, goToBeat, openScene, useScene } from './scene-player.ts';
import { openLink } from './share-machine.ts';
import { shareFragment } from './share-link.ts';

const LATER = scenarioOf({ name: 'later' });
const SHOW = kerf('show alpha');

/** Services whose `show` begins and comes to no end. */
function stuck(): { reached: Promise<void>; services: (services: ServicesApi) => Partial<ServicesApi> } {
  const { reached, reach, held } = gate();
  return {
    reached,
    services: (services) => ({
      kerf: async (line) => {
        if (line !== SHOW.line) return services.kerf(line);
        reach();
        await held;
        return services.kerf(line);
      },
    }),
  };
}

const later = (): Promise<boolean> => launch({ scenario: LATER, start: starting() });

beforeEach(() => {
  vi.stubGlobal('crossOriginIsolated', true);
});
afterEach(async () => {
  await closeScene();
  useMachine.getState().machine?.dispose();
  forgetMachine();
  vi.unstubAllGlobals();
});

it('ends a launch whose setup is under way, and the later machine is settled when its own setup is over', async () => {
  const { reached, services } = stuck();
  const first = launch({ scenario: scenarioOf({ setup: [CREATE, SHOW] }), start: starting(services) });
  await reached;
  const second = later();
  expect(await first).toBe(false);
  expect(useMachine.getState().settled).toBe(false);
  expect(await second).toBe(true);
  expect(useMachine.getState()).toMatchObject({ settled: true, trouble: null });
});

it('does not show a machine that came up when it was wanted no more, and leaves no worker behind', async () => {
  const { reached, reach, held, open } = gate();
  const made: Started[] = [];
  const start = starting(
    (services) => ({
      view: async () => {
        reach();
        await held;
        return services.view();
      },
    }),
    (machine) => made.push(machine),
  );
  const first = launch({ scenario: scenarioOf({}), start });
  await reached;
  expect(await Promise.all([first, later()])).toEqual([false, true]);
  const { machine } = useMachine.getState();
  open();
  await vi.waitFor(() => expect(made[0]?.gone()).toBe(true));
  expect(useMachine.getState().machine).toBe(machine);
});

const actionsOf = (start: PageActions['open']): PageActions => ({
  reset: () => undefined,
  open: start,
  openLink: () => Promise.resolve(),
});

it('a demonstration that runs is cancelled, and the next one runs', async () => {
  const { reached, services } = stuck();
  const scenario = scenarioOf({ steps: [SHOW] });
  const actions = actionsOf(() => launch({ scenario, start: starting(services) }));
  const running = runDemonstration(scenario, actions);
  await reached;
  expect(useDemonstration.getState().shown?.state).toBe('running');
  await later();
  await running;
  expect(useDemonstration.getState().shown?.state).toBe('cancelled');
  expect(useMachine.getState().machine?.history.empty).toBe(true);
  const again = scenarioOf({ steps: [SHOW] });
  await runDemonstration(
    again,
    actionsOf(() => launch({ scenario: again, start: starting() })),
  );
  expect(useDemonstration.getState().shown).toMatchObject({ scenario: again, state: 'held' });
});

it.each([false, true])(
  'a demonstration whose machine comes up is cancelled; by hand before: %s',
  async (byHand) => {
    const { reached, services } = stuck();
    const scenario = scenarioOf({ setup: [CREATE, SHOW], steps: [SHOW] });
    const running = runDemonstration(
      scenario,
      actionsOf(() => launch({ scenario, start: starting(services) })),
    );
    await reached;
    if (byHand) cancelDemonstration();
    await later();
    await running;
    expect(useDemonstration.getState().shown?.state).toBe('cancelled');
  },
);

it('a beat that is played ends, and the next is played on a fresh machine', async () => {
  const { reached, services } = stuck();
  const beat = (name: string): object => ({ name, says: name, steps: [SHOW] });
  const scenario = scenarioOf({ beats: [beat('one'), beat('two')] as never });
  const scenes = (start: ReturnType<typeof starting>): Parameters<typeof goToBeat>[0] => ({
    opened: () => Promise.resolve(scenario),
    launch: (options) => launch({ ...options, start }),
  });
  await openScene(scenes(starting()));
  const playing = goToBeat(scenes(starting(services)), 0);
  await reached;
  await later();
  await playing;
  expect(useScene.getState()).toMatchObject({ playing: false, beat: 0 });
  await goToBeat(scenes(starting()), 1);
  expect(useScene.getState()).toMatchObject({ playing: false, beat: 1, ended: null, done: 3 });
});

it('a link does not pause the machine that took the place of its own, and says nothing of its images', async () => {
  const { reached, reach, held, open } = gate();
  vi.stubGlobal('fetch', async () => {
    reach();
    await held;
    return new Response('another image');
  });
  const made = await shareFragment({
    document: {
      name: 'shared',
      description: '',
      machine: { harts: 2, memory: 2 ** 26, isolation: 'enforced', mode: 'repeatable', seed: 1, devices: [] },
      files: [],
      setup: [{ kerf: CREATE.line }],
    },
    standing: { paused: true, at: null },
    images: { 'guests/islet.img': '0'.repeat(64) },
  });
  const up = gate();
  const opening = openLink(made.ok ? made.value : '', async (scenario) => {
    const stayed = await launch({ scenario, start: starting() });
    up.reach();
    return stayed;
  });
  await Promise.all([reached, up.reached]);
  await later();
  open();
  await opening;
  expect(useMachine.getState()).toMatchObject({ view: { run: 'running' }, trouble: null });
});
