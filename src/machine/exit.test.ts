/** Whoever sees that a kernel has ended sees with what status. */
import { afterEach, expect, it, vi } from 'vitest';
import { EXIT_PANIC, EXIT_SHUTDOWN, INSTANCE, instanceBlock } from '../protocol/layout.ts';
import { endInstance, recordExit } from './exit.ts';
import { TestMachine } from './machine.testkit.ts';

const ALPHA = 1;

afterEach(() => vi.restoreAllMocks());

it('publishes the status no later than the end', () => {
  const machine = new TestMachine([ALPHA]);
  const seen: number[] = [];
  const watch = (): void => {
    if (machine.instanceWord(ALPHA, INSTANCE.EXIT) !== 0)
      seen.push(machine.instanceWord(ALPHA, INSTANCE.EXIT_STATUS));
  };
  // Looks after every atomic write, as another thread might.
  for (const name of ['store', 'or', 'add', 'compareExchange', 'exchange'] as const) {
    const real = Atomics[name].bind(Atomics) as (...args: unknown[]) => unknown;
    vi.spyOn(Atomics, name).mockImplementation(((...args: unknown[]) => {
      const result = real(...args);
      watch();
      return result;
    }) as never);
  }
  endInstance(machine.memory, ALPHA, EXIT_SHUTDOWN, 7);
  expect(seen.length).toBeGreaterThan(0);
  expect(new Set(seen)).toEqual(new Set([7]));
});

it('keeps the first end, and any 32-bit status', () => {
  const machine = new TestMachine([ALPHA]);
  expect((instanceBlock(ALPHA) + INSTANCE.EXIT) % 8).toBe(0);
  expect(INSTANCE.EXIT_STATUS - INSTANCE.EXIT).toBe(4);
  expect(recordExit(machine.memory, ALPHA, EXIT_PANIC, 0xffff_fff0)).toBe(true);
  expect(recordExit(machine.memory, ALPHA, EXIT_SHUTDOWN, 1)).toBe(false);
  expect(machine.instanceWord(ALPHA, INSTANCE.EXIT)).toBe(EXIT_PANIC);
  expect(machine.instanceWord(ALPHA, INSTANCE.EXIT_STATUS)).toBe(0xffff_fff0);
});
