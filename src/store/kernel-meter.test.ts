import { describe, expect, it } from 'vitest';
import { STATUS } from '../protocol/channel.ts';
import { HART, hartBlock, HEADER, INSTANCE, instanceBlock, RAM_BASE, RAM_HOST } from '../protocol/layout.ts';
import type { InstanceView } from '../protocol/machine-view.ts';
import { KernelMeter } from './kernel-meter.ts';
import { MachineReader, TICKS_PER_SECOND } from './machine-reader.ts';

const STATUS_AT = RAM_BASE + 0x1000;
const beta: InstanceView = {
  id: 2,
  name: 'beta',
  state: 'active',
  reason: '',
  harts: [2, 3],
  bootHart: 2,
  memory: null,
  addedMemory: [],
  peers: [],
  bootId: 1,
  kernel: 'guests/islet.img',
  cmdline: '',
  entry: 's',
  status: STATUS_AT,
};

/** A machine whose clock stands still but for `tick`: each lets time, instructions, work and firmware entries rise. */
function machine() {
  const pages = Math.ceil((RAM_HOST + 0x1_0000) / 0x1_0000);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const words = new Uint32Array(memory.buffer);
  const longs = new BigUint64Array(memory.buffer);
  const doubles = new Float64Array(memory.buffer);
  words[HEADER.CLOCK_FROZEN >> 2] = 1;
  const status = RAM_HOST + (STATUS_AT - RAM_BASE);
  longs[(status + STATUS.MAGIC) / 8] = 1n;
  let seconds = 0;
  return {
    reader: new MachineReader(memory, 'parallel'),
    tick: (by: { instructions: readonly bigint[]; work: bigint; firmware: number }): void => {
      seconds += 0.1;
      doubles[HEADER.CLOCK_TICKS_BASE >> 3] = seconds * TICKS_PER_SECOND;
      by.instructions.forEach((count, hart) => (longs[(hartBlock(hart) + HART.INSTRET) / 8]! += count));
      longs[(status + STATUS.WORK) / 8]! += by.work;
      words[(instanceBlock(2) + INSTANCE.FIRMWARE_ENTRIES) >> 2]! += by.firmware;
    },
  };
}

describe('KernelMeter', () => {
  it('relates work to the instructions of the busiest hart of the machine', () => {
    const { reader, tick } = machine();
    const meter = new KernelMeter(reader, 2);
    for (let k = 0; k < 30; k++) {
      meter.sample(beta, 4);
      tick({ instructions: [1000n, 0n, 0n, 1_000_000n], work: 50n, firmware: 3 });
    }
    expect(meter.workPerMillionCycles()).toBeCloseTo(50, 5);
    expect(meter.firmwareEntriesPerSecond()).toBeCloseTo(30, 5);
  });

  it('shows twice the work when a second hart does as much, however fast the host is', () => {
    const { reader, tick } = machine();
    const meter = new KernelMeter(reader, 2);
    for (let k = 0; k < 30; k++) {
      meter.sample(beta, 4);
      tick({ instructions: [0n, 0n, 400_000n, 400_000n], work: 40n, firmware: 0 });
    }
    expect(meter.workPerMillionCycles()).toBeCloseTo(100, 5);
  });

  it('shows no work of a kernel that does not run', () => {
    const { reader, tick } = machine();
    const meter = new KernelMeter(reader, 2);
    for (let k = 0; k < 5; k++) {
      meter.sample(beta, 4);
      tick({ instructions: [0n, 0n, 0n, 1000n], work: 9n, firmware: 0 });
    }
    meter.sample({ ...beta, state: 'loaded' }, 4);
    expect(meter.workPerMillionCycles()).toBe(0);
  });
});
