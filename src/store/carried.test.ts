import { expect, it } from 'vitest';
import { kernelView, machineView } from '../protocol/machine-view.testkit.ts';
import { columnOf, dropPlaces, forecastDrop, kerfLinesOfMove, sameCarried, type Carried } from './carried.ts';

const core: Carried = { kind: 'core', core: 2 };
const device: Carried = { kind: 'device', device: 'rng0' };
const view = machineView({
  harts: [{ id: 2, owner: null, hsm: 'stopped', lost: false }],
  devices: [{ name: 'rng0', owner: 1, window: { base: 0x1000_1000, interrupt: 1 } }],
  instances: [kernelView(1, 'alpha')],
});

it('answers for a core and for a device alike', () => {
  expect([columnOf(view, core), columnOf(view, device)]).toEqual(['free', 1]);
  expect(forecastDrop(view, core, 'free')).toEqual({ kind: 'same' });
  expect(forecastDrop(view, device, 'free')).toEqual({ kind: 'legal' });
  expect(kerfLinesOfMove(view, core, 1)).toEqual(['kerf update alpha --cpus +2']);
  expect(kerfLinesOfMove(view, device, 'free')).toEqual(['kerf update alpha --devices -rng0']);
});

it('is the same by what it names', () => {
  expect(sameCarried(core, { kind: 'core', core: 2 })).toBe(true);
  expect(sameCarried(core, { kind: 'core', core: 3 })).toBe(false);
  expect(sameCarried(core, device)).toBe(false);
  expect(sameCarried(device, { kind: 'device', device: 'rng0' })).toBe(true);
  expect(sameCarried(null, null)).toBe(false);
});

it('can be dropped where a new kernel is made, when it is a free core', () => {
  expect(dropPlaces(view)).toEqual(['free', 1, 'new']);
  expect(forecastDrop(view, core, 'new')).toEqual({ kind: 'legal' });
  expect(forecastDrop(view, device, 'new')).toMatchObject({ kind: 'illegal', rule: 'device-to-new' });
  const owned = { ...view, harts: [{ id: 2, owner: 1, hsm: 'started', lost: false } as const] };
  expect(forecastDrop(owned, core, 'new')).toEqual({
    kind: 'illegal',
    rule: 'core-not-free',
    kernel: 'alpha',
  });
});
