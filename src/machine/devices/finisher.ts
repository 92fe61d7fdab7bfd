/**
 * Test finisher (SiFive test device, as on the virt board): a kernel ends itself by writing to offset 0. Acts on the
 * kernel that writes, never on the machine.
 */
import { EXIT_PANIC, EXIT_REBOOT, EXIT_SHUTDOWN } from '../../protocol/layout.ts';
import { endInstance } from '../exit.ts';
import type { Device, DeviceAccess } from './device.ts';

export const FINISHER_BASE = 0x10_0000;

/** Low 16 bits of what is written; the upper 16 are the status of FAIL. */
const COMMAND = { FAIL: 0x3333, PASS: 0x5555, RESET: 0x7777 } as const;

export class Finisher implements Device {
  readonly base = FINISHER_BASE;
  readonly size = 0x1000;
  private readonly memory: WebAssembly.Memory;

  constructor(memory: WebAssembly.Memory) {
    this.memory = memory;
  }

  read(): boolean {
    return true;
  }

  write(access: DeviceAccess): boolean {
    if (access.offset !== 0) return true;
    const { instance, lo } = access;
    switch (lo & 0xffff) {
      case COMMAND.PASS:
        endInstance(this.memory, instance, EXIT_SHUTDOWN, 0);
        break;
      case COMMAND.RESET:
        endInstance(this.memory, instance, EXIT_REBOOT, 0);
        break;
      case COMMAND.FAIL:
        endInstance(this.memory, instance, EXIT_PANIC, lo >>> 16);
        break;
    }
    return true;
  }
}
