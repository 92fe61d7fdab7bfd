import { expect, test } from 'vitest';
import type { PhaseView, UpdatePhase } from '../protocol/machine-view.ts';
import { PHASE_SHOWN, PhasePlayback, type Traveller } from './phase-playback.ts';

const CORE: Traveller = { kind: 'core', core: 2 };
const phase = (name: UpdatePhase, began: number, hart = 2): PhaseView => ({
  hart,
  instance: 1,
  phase: name,
  began,
});

/** All of a live move, of which the page hears within one millisecond. */
function moved(): PhasePlayback {
  const playback = new PhasePlayback();
  const way: UpdatePhase[] = [
    'cpu-remove',
    'migrating',
    'stopping',
    'stopped',
    'ownership',
    'cpu-add',
    'starting',
    'online',
  ];
  for (const [index, name] of way.entries()) playback.note([phase(name, index * 3000)], index / 8);
  playback.note([], 1);
  return playback;
}

test('phases that passed within a millisecond are shown one after the other, the last with what all took', () => {
  const playback = moved();
  const seen: string[] = [];
  for (let now = 1; now < 9 * PHASE_SHOWN; now += 16) {
    const shown = playback.shown(CORE, now);
    if (shown && seen.at(-1) !== `${shown.phase} ${shown.step}/${shown.steps}`)
      seen.push(`${shown.phase} ${shown.step}/${shown.steps}`);
  }
  expect(seen).toEqual([
    'cpu-remove 1/8',
    'migrating 2/8',
    'stopping 3/8',
    'stopped 4/8',
    'ownership 5/8',
    'cpu-add 6/8',
    'starting 7/8',
    'online 8/8',
  ]);
  expect(playback.shown(CORE, 9 * PHASE_SHOWN)?.ended?.took).toBeCloseTo(2.1);
  expect(playback.shown(CORE, 60_000)).toBeNull();
});

test('a phase that lasts is shown as long as it lasts', () => {
  const playback = new PhasePlayback();
  playback.note([phase('cpu-remove', 0)], 0);
  expect(playback.shown(CORE, 50_000)?.phase).toBe('cpu-remove');
});

test('a core that goes to the pool has come to the end of its way', () => {
  const playback = new PhasePlayback();
  const way = ['cpu-remove', 'migrating', 'stopping', 'stopped', 'ownership', 'free'] as const;
  for (const [at, name] of way.entries()) playback.note([phase(name, at)], 0);
  let last = playback.shown(CORE, 0);
  for (let now = 0; now < 7 * PHASE_SHOWN; now += 16) last = playback.shown(CORE, now);
  expect(last).toMatchObject({ phase: 'free', step: 8, steps: 8, ended: { phases: way } });
});

test('a failure that the machine still tells of is shown once', () => {
  const playback = new PhasePlayback();
  const failed = phase('failed', 9);
  playback.note([phase('cpu-remove', 0)], 0);
  playback.note([failed], 1);
  expect(playback.shown(CORE, PHASE_SHOWN)).toMatchObject({ phase: 'failed', step: 1, steps: 8 });
  expect(playback.shown(CORE, 60_000)).toBeNull();
  playback.note([failed], 60_001);
  expect(playback.shown(CORE, 60_002)).toBeNull();
});

test('a second move begins a way of its own', () => {
  const playback = moved();
  playback.note([phase('ownership', 90_000)], 500);
  expect(playback.shown(CORE, 501)).toMatchObject({ phase: 'ownership', step: 1, steps: 4, ended: null });
});

test('memory and the kernel as a whole have ways beside those of cores', () => {
  const playback = new PhasePlayback();
  playback.note([phase('ownership', 0, -1), phase('preserve', 0, -2)], 0);
  expect(playback.shown({ kind: 'memory', instance: 1 }, 1)).toMatchObject({ phase: 'ownership', steps: 3 });
  expect(playback.shown({ kind: 'kernel', instance: 1 }, 1)).toMatchObject({ phase: 'preserve', steps: 6 });
  expect(playback.shown(CORE, 1)).toBeNull();
});

test('a way that the machine forgets on the road ends there', () => {
  const playback = new PhasePlayback();
  playback.note([phase('cpu-remove', 0)], 0);
  playback.note([], 10);
  expect(playback.shown(CORE, 11)?.phase).toBe('cpu-remove');
  expect(playback.shown(CORE, 60_000)).toBeNull();
});
