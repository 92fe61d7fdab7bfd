import { describe, expect, it } from 'vitest';
import type { InstanceState, InstanceView, MachineView } from '../protocol/machine-view.ts';
import { columnsOf, forecastCoreMove, kerfLinesOfCoreMove } from './core-moves.ts';

function instance(id: number, name: string, state: InstanceState, harts: number[]): InstanceView {
  return {
    id,
    name,
    state,
    reason: '',
    harts,
    bootHart: harts[0] ?? 0,
    memory: null,
    addedMemory: [],
    peers: [],
    bootId: 1,
    kernel: 'islet.img',
    cmdline: '',
    entry: 's',
    status: null,
  };
}

function view(alpha: InstanceState, beta: InstanceState): MachineView {
  const owners = [1, 1, null, 2];
  return {
    config: { harts: 4, memory: 1 << 28, isolation: 'enforced', mode: 'parallel', seed: 0 },
    run: 'running',
    isolation: 'enforced',
    harts: owners.map((owner, id) => ({ id, owner, hsm: 'started', lost: false })),
    devices: [],
    instances: [instance(1, 'alpha', alpha, [0, 1]), instance(2, 'beta', beta, [3])],
    channels: [],
    phases: [],
    freeMemory: 0,
  };
}

describe('moving a core', () => {
  it('gives a free core to a kernel, running or not, with one line', () => {
    const running = view('active', 'active');
    expect(forecastCoreMove(running, 2, 2)).toEqual({ kind: 'legal' });
    expect(kerfLinesOfCoreMove(running, 2, 2)).toEqual(['kerf update beta --cpus +2']);
  });

  it('gives a core of a stopped kernel back, or on to another', () => {
    const stopped = view('loaded', 'active');
    expect(kerfLinesOfCoreMove(stopped, 1, 'free')).toEqual(['kerf update alpha --cpus -1']);
    expect(kerfLinesOfCoreMove(stopped, 1, 2)).toEqual(['kerf update beta --cpus +1 --from alpha']);
  });

  it('takes a core from a running kernel, in one transaction', () => {
    const running = view('active', 'active');
    expect(forecastCoreMove(running, 1, 2)).toEqual({ kind: 'legal' });
    expect(kerfLinesOfCoreMove(running, 1, 'free')).toEqual(['kerf update alpha --cpus -1']);
    expect(kerfLinesOfCoreMove(running, 1, 2)).toEqual(['kerf update beta --cpus +1 --from alpha']);
  });

  it('foresees the refusal of the core on which a running kernel booted, and names the kernel', () => {
    expect(forecastCoreMove(view('active', 'active'), 0, 'free')).toEqual({
      kind: 'illegal',
      rule: 'boot-hart',
      kernel: 'alpha',
    });
    expect(forecastCoreMove(view('loaded', 'active'), 0, 'free')).toEqual({ kind: 'legal' });
    expect(forecastCoreMove(view('active', 'failed'), 2, 2)).toMatchObject({
      rule: 'target-failed',
      kernel: 'beta',
    });
  });

  it('does nothing on the column where the core is', () => {
    expect(forecastCoreMove(view('active', 'active'), 2, 'free')).toEqual({ kind: 'same' });
    expect(kerfLinesOfCoreMove(view('active', 'active'), 2, 'free')).toEqual([]);
  });

  it('has the free cores first, then the kernels', () => {
    expect(columnsOf(view('active', 'active'))).toEqual(['free', 1, 2]);
  });
});
