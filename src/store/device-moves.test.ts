import { describe, expect, it } from 'vitest';
import { kernelView, machineView } from '../protocol/machine-view.testkit.ts';
import type { DeviceView, MachineView } from '../protocol/machine-view.ts';
import { devicesIn, forecastDeviceMove, kerfLinesOfDeviceMove } from './device-moves.ts';

const free: DeviceView = { name: 'rng0', owner: null, window: null };
const given: DeviceView = { name: 'disk0', owner: 1, window: { base: 0x1000_1000, interrupt: 1 } };
const view = machineView({
  devices: [free, given],
  instances: [kernelView(1, 'alpha'), kernelView(2, 'beta')],
});

describe('moving a device', () => {
  it('is one kerf line, from the pool, to it and between kernels', () => {
    expect(kerfLinesOfDeviceMove(view, 'rng0', 2)).toEqual(['kerf update beta --devices +rng0']);
    expect(kerfLinesOfDeviceMove(view, 'disk0', 'free')).toEqual(['kerf update alpha --devices -disk0']);
    expect(kerfLinesOfDeviceMove(view, 'disk0', 2)).toEqual([
      'kerf update beta --devices +disk0 --from alpha',
    ]);
  });

  it('is nothing where the device is already', () => {
    expect(kerfLinesOfDeviceMove(view, 'rng0', 'free')).toEqual([]);
    expect(kerfLinesOfDeviceMove(view, 'disk0', 1)).toEqual([]);
  });

  it('can go to every column but its own, and to no kernel that failed, nor from one', () => {
    expect(forecastDeviceMove(view, 'rng0', 'free')).toEqual({ kind: 'same' });
    expect(forecastDeviceMove(view, 'rng0', 2)).toEqual({ kind: 'legal' });
    expect(forecastDeviceMove(view, 'disk0', 'free')).toEqual({ kind: 'legal' });
    const failed: MachineView = { ...view, instances: [{ ...kernelView(1, 'alpha'), state: 'failed' }] };
    const illegal = { kind: 'illegal', kernel: 'alpha' };
    expect(forecastDeviceMove(failed, 'rng0', 1)).toEqual({ ...illegal, rule: 'target-failed' });
    expect(forecastDeviceMove(failed, 'disk0', 'free')).toEqual({ ...illegal, rule: 'owner-failed' });
  });

  it('is in the column of its owner', () => {
    expect(devicesIn(view, 'free')).toEqual([free]);
    expect(devicesIn(view, 1)).toEqual([given]);
  });
});
