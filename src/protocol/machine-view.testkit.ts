/** Views of a machine for tests: what a test does not say is that of a small machine at rest. */
import type { InstanceView, MachineView } from './machine-view.ts';

/** A running kernel without harts and memory. */
export const kernelView = (id: number, name: string): InstanceView => ({
  id,
  name,
  state: 'active',
  reason: '',
  harts: [],
  bootHart: -1,
  memory: null,
  addedMemory: [],
  peers: [],
  bootId: 1,
  kernel: null,
  cmdline: '',
  entry: 's',
  status: null,
});

export const machineView = (given: Partial<MachineView>): MachineView => ({
  config: { harts: 4, memory: 1 << 28, isolation: 'enforced', mode: 'parallel', seed: 0 },
  run: 'running',
  isolation: 'enforced',
  harts: [],
  devices: [],
  instances: [],
  channels: [],
  phases: [],
  freeMemory: 0,
  ...given,
});
