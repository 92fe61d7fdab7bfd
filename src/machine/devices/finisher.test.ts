import { describe, expect, it } from 'vitest';
import {
  EXIT_NONE,
  EXIT_PANIC,
  EXIT_REBOOT,
  EXIT_SHUTDOWN,
  HART,
  hartBlock,
  INSTANCE,
  instanceBlock,
  REASON_STOP,
} from '../../protocol/layout.ts';
import { deviceMemory, Guest } from './devices.testkit.ts';
import { Finisher, FINISHER_BASE } from './finisher.ts';

function write(value: bigint, offset = 0) {
  const memory = deviceMemory([3, 5]);
  const words = new Int32Array(memory.buffer);
  new Guest(memory, 0, 3, new Finisher(memory)).write(FINISHER_BASE + offset, value);
  const word = (at: number): number => words[at >> 2] ?? 0;
  return {
    exit: word(instanceBlock(3) + INSTANCE.EXIT),
    status: word(instanceBlock(3) + INSTANCE.EXIT_STATUS),
    other: word(instanceBlock(5) + INSTANCE.EXIT),
    stops: [0, 1].map((hart) => word(hartBlock(hart) + HART.REASONS) & REASON_STOP),
  };
}

describe('test finisher', () => {
  it.each([
    [0x5555n, EXIT_SHUTDOWN, 0],
    [0x7777n, EXIT_REBOOT, 0],
    [0x002a_3333n, EXIT_PANIC, 42],
  ])('ends the kernel that writes 0x%s, and no other', (value, exit, status) => {
    expect(write(value)).toEqual({ exit, status, other: EXIT_NONE, stops: [REASON_STOP, 0] });
  });

  it('ignores other values and other places', () => {
    expect(write(0x1234n).exit).toBe(EXIT_NONE);
    expect(write(0x5555n, 4).exit).toBe(EXIT_NONE);
  });
});
