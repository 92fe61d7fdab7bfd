/** For tests of devices: the one memory with a header, and a guest's accesses through the real bus. */
import { HART, hartBlock, HEADER, INSTANCE, instanceBlock } from '../../protocol/layout.ts';
import { Bus } from '../bus.ts';
import { createMemory } from '../memory.ts';
import type { Device } from './device.ts';

/** Host bytes that the accesses go through: the private words of hart 0. */
const BOUNCE = hartBlock(0) + HART.PRIVATE;

/** A machine of 2 MiB of RAM, with hart h owned by `owners[h]` (an instance, or null: free). */
export function deviceMemory(owners: readonly (number | null)[]): WebAssembly.Memory {
  const memory = createMemory({
    harts: owners.length,
    memory: 0x20_0000,
    isolation: 'enforced',
    mode: 'parallel',
    seed: 0,
  });
  const bytes = new Uint8Array(memory.buffer);
  owners.forEach((owner, hart) => (bytes[HEADER.HART_OWNER + hart] = owner === null ? 0 : owner + 1));
  return memory;
}

export class Guest {
  readonly memory: WebAssembly.Memory;
  private readonly view: DataView;
  private readonly bus: Bus;
  private readonly instance: number;

  constructor(memory: WebAssembly.Memory, hart: number, instance: number, device: Device) {
    this.memory = memory;
    this.view = new DataView(memory.buffer);
    this.bus = new Bus(memory, hart, [device]);
    this.instance = instance;
  }

  /** The value as unsigned number, or 'fault'. */
  read(address: number, width = 4): bigint | 'fault' {
    this.view.setBigUint64(BOUNCE, 0n, true);
    const done = this.bus.read(this.instance, address, width, BOUNCE);
    return done ? this.view.getBigUint64(BOUNCE, true) : 'fault';
  }

  write(address: number, value: bigint, width = 4): 'done' | 'fault' {
    this.view.setBigUint64(BOUNCE, value, true);
    return this.bus.write(this.instance, address, width, BOUNCE) ? 'done' : 'fault';
  }
}

export function mip(memory: WebAssembly.Memory, hart: number): number {
  return Atomics.load(new Int32Array(memory.buffer), (hartBlock(hart) + HART.MIP) >> 2);
}

export function enterInMachineMode(memory: WebAssembly.Memory, instance: number): void {
  new Int32Array(memory.buffer)[(instanceBlock(instance) + INSTANCE.M_MODE) >> 2] = 1;
}
