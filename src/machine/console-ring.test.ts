import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  CONSOLE_IN_SIZE,
  CONSOLE_OUT_SIZE,
  CONSOLE_RING,
  EXIT_NONE,
  EXIT_PANIC_REPORTED,
  EXIT_SHUTDOWN,
  HART,
  hartBlock,
  HEADER,
  INSTANCE,
  instanceBlock,
  REASON_STOP,
} from '../protocol/layout.ts';
import {
  consoleInputWaiting,
  consoleSpace,
  drainConsoleOutput,
  popConsoleInput,
  pushConsoleInput,
  pushConsoleOutput,
  releaseConsoles,
  restartConsole,
} from './console-ring.ts';
import { endInstance } from './exit.ts';
import { TestMachine } from './machine.testkit.ts';

const machine = (): TestMachine => new TestMachine([1, 1, 2]);
const print = (test: TestMachine, instance: number, text: string, hart = 0): void => {
  for (const byte of new TextEncoder().encode(text)) pushConsoleOutput(test.memory, instance, hart, byte);
};
const drained = (test: TestMachine, instance: number): string =>
  new TextDecoder().decode(drainConsoleOutput(test.memory, instance));

describe('output', () => {
  it('comes out in order, once, and apart from that of others', () => {
    const test = machine();
    print(test, 1, 'alpha');
    print(test, 2, 'beta');
    expect(drained(test, 1)).toBe('alpha');
    expect(drained(test, 1)).toBe('');
    expect(drained(test, 2)).toBe('beta');
  });

  it('takes exactly its size, refuses more without loss, and goes on after a drain', () => {
    const test = machine();
    let taken = 0;
    while (taken <= CONSOLE_OUT_SIZE && pushConsoleOutput(test.memory, 1, 0, taken & 0xff)) taken += 1;
    expect(taken).toBe(CONSOLE_OUT_SIZE);
    expect(consoleSpace(test.memory, 1)).toBe(0);
    expect(pushConsoleOutput(test.memory, 1, 0, 0xaa)).toBe(false);
    const bytes = drainConsoleOutput(test.memory, 1);
    expect(bytes).toHaveLength(CONSOLE_OUT_SIZE);
    expect(bytes.every((byte, index) => byte === (index & 0xff))).toBe(true);
    print(test, 1, 'more');
    expect(drained(test, 1)).toBe('more');
  });

  it('wakes the controller when the ring was empty, not for each byte', () => {
    const test = machine();
    const wakes = (): number => test.word(HEADER.CONTROLLER_WAKE);
    print(test, 1, 'hello');
    expect(wakes()).toBe(1);
    drained(test, 1);
    print(test, 1, 'again');
    expect(wakes()).toBe(2);
  });
});

describe('output that comes faster than it is taken', () => {
  afterEach(() => vi.restoreAllMocks());

  it('is left for another look, which the consumer asks for itself: who adds to what is there wakes nobody', () => {
    const test = machine();
    print(test, 1, '.'.repeat(CONSOLE_OUT_SIZE - 1));
    const wakes = test.word(HEADER.CONTROLLER_WAKE);
    const tail = (instanceBlock(1) + INSTANCE.CONSOLE_OUT + CONSOLE_RING.TAIL) >> 2;
    const store = Atomics.store.bind(Atomics);
    vi.spyOn(Atomics, 'store').mockImplementation(((words: Int32Array, at: number, value: number) => {
      if (at === tail) print(test, 1, '+');
      return store(words, at, value);
    }) as typeof Atomics.store);
    expect(drainConsoleOutput(test.memory, 1)).toHaveLength(CONSOLE_OUT_SIZE + 1);
    vi.restoreAllMocks();
    expect(test.word(HEADER.CONTROLLER_WAKE)).toBe(wakes + 1);
    expect(drained(test, 1)).toBe('+');
  });
});

describe('input', () => {
  it('comes out in order and reports how much fitted', () => {
    const test = machine();
    expect(popConsoleInput(test.memory, 1, 0)).toBe(-1);
    expect(pushConsoleInput(test.memory, 1, new Uint8Array(CONSOLE_IN_SIZE + 10).fill(7))).toBe(
      CONSOLE_IN_SIZE,
    );
    expect(pushConsoleInput(test.memory, 1, new Uint8Array([8]))).toBe(0);
    expect(popConsoleInput(test.memory, 1, 0)).toBe(7);
    expect(pushConsoleInput(test.memory, 1, new Uint8Array([8, 9]))).toBe(1);
    for (let index = 0; index < CONSOLE_IN_SIZE - 1; index++) popConsoleInput(test.memory, 1, 0);
    expect(popConsoleInput(test.memory, 1, 0)).toBe(8);
    expect(consoleInputWaiting(test.memory, 1)).toBe(false);
  });

  it('that was not read is dropped for the next kernel; output stays', () => {
    const test = machine();
    pushConsoleInput(test.memory, 1, new Uint8Array([1, 2]));
    print(test, 1, 'Kernel');
    restartConsole(test.memory, 1);
    expect(consoleInputWaiting(test.memory, 1)).toBe(false);
    print(test, 1, ' panic\n');
    expect(test.instanceWord(1, INSTANCE.EXIT)).toBe(EXIT_NONE);
    expect(drained(test, 1)).toBe('Kernel panic\n');
  });
});

describe('a panic that the console reports', () => {
  it.each([
    'Kernel panic - not syncing: Attempted to kill init!\n',
    'text\nKernel panic\r\n',
    '[    0.123456] Kernel panic - not syncing\n',
    '[    0.123456][    T1] Kernel panic\n',
  ])('is seen at the end of the line: %j', (text) => {
    const test = machine();
    print(test, 1, text.trimEnd());
    expect(test.instanceWord(1, INSTANCE.EXIT)).toBe(EXIT_NONE);
    print(test, 1, '\n');
    expect(test.instanceWord(1, INSTANCE.EXIT)).toBe(EXIT_PANIC_REPORTED);
  });

  it.each([
    'no Kernel panic here\n',
    'Kernel pan\n',
    'kernel panic\n',
    '> Kernel panic\n',
    'Kernel\npanic\n',
  ])('is not seen in %j', (text) => {
    const test = machine();
    print(test, 1, text);
    expect(test.instanceWord(1, INSTANCE.EXIT)).toBe(EXIT_NONE);
  });

  it('stops the harts of that instance alone and tells the controller', () => {
    const test = machine();
    print(test, 1, 'Kernel panic: x\n');
    const reasons = [0, 1, 2].map((hart) => test.word(hartBlock(hart) + HART.REASONS));
    expect(reasons).toEqual([REASON_STOP, REASON_STOP, 0]);
    expect(test.instanceWord(2, INSTANCE.EXIT)).toBe(EXIT_NONE);
    expect(test.word(HEADER.CONTROLLER_WAKE)).toBeGreaterThan(1);
  });
});

describe('the lock of the guest’s end', () => {
  const out = instanceBlock(1) + INSTANCE.CONSOLE_OUT;
  const input = instanceBlock(1) + INSTANCE.CONSOLE_IN;
  const LOCK = 12;
  afterEach(() => vi.restoreAllMocks());

  /**
   * Another hart has `ring`, and the host has taken the processor away from it; it goes on (`finish`) only when somebody
   * has tried to get the ring 250,000 times.
   */
  function heldFor(test: TestMachine, ring: number, finish: () => void): void {
    const lock = (ring + LOCK) >> 2;
    test.words[lock] = 3;
    const swap = Atomics.compareExchange.bind(Atomics);
    let tries = 0;
    vi.spyOn(Atomics, 'wait').mockReturnValue('timed-out');
    vi.spyOn(Atomics, 'compareExchange').mockImplementation(((
      words: Int32Array,
      at: number,
      from: number,
      to: number,
    ) => {
      if (at === lock && ++tries === 250_000) {
        finish();
        test.words[lock] = 0;
      }
      return swap(words, at, from, to);
    }) as typeof Atomics.compareExchange);
  }

  it('is waited for, however long its holder takes: every byte is printed once', () => {
    const test = machine();
    const bytes = new Uint8Array(test.memory.buffer);
    bytes[out + CONSOLE_RING.DATA] = 'a'.charCodeAt(0);
    heldFor(test, out, () => (test.words[(out + CONSOLE_RING.HEAD) >> 2] = 1));
    print(test, 1, 'b', 1);
    expect(drained(test, 1)).toBe('ab');
    expect(test.word(out + LOCK)).toBe(0);
  });

  it('is waited for, however long its holder takes: every byte is read once', () => {
    const test = machine();
    pushConsoleInput(test.memory, 1, new Uint8Array([1, 2]));
    heldFor(test, input, () => (test.words[(input + CONSOLE_RING.TAIL) >> 2] = 1));
    expect(popConsoleInput(test.memory, 1, 1)).toBe(2);
  });

  it('is taken by the hart that has it, and given back for a dead one by its number alone', () => {
    const test = machine();
    test.words[(out + LOCK) >> 2] = 3;
    test.words[(input + LOCK) >> 2] = 2;
    releaseConsoles(test.words, 2);
    expect([test.word(out + LOCK), test.word(input + LOCK)]).toEqual([0, 2]);
    const store = vi.spyOn(Atomics, 'compareExchange');
    print(test, 1, 'on', 4);
    expect(store.mock.calls.filter(([, at]) => at === (out + LOCK) >> 2)).toHaveLength(2);
    expect(store.mock.calls[0]?.slice(1)).toEqual([(out + LOCK) >> 2, 0, 5]);
    expect(drained(test, 1)).toBe('on');
  });

  it('counts on when the words wrap', () => {
    const test = machine();
    for (const ring of [out, input]) {
      test.words[(ring + CONSOLE_RING.HEAD) >> 2] = -2;
      test.words[(ring + CONSOLE_RING.TAIL) >> 2] = -2;
    }
    print(test, 1, 'wrapped');
    expect(drained(test, 1)).toBe('wrapped');
    pushConsoleInput(test.memory, 1, new Uint8Array([1, 2, 3, 4]));
    expect([1, 2, 3, 4, 5].map(() => popConsoleInput(test.memory, 1, 0))).toEqual([1, 2, 3, 4, -1]);
  });
});

it('keeps the first reason for which a kernel ends', () => {
  const test = machine();
  endInstance(test.memory, 1, EXIT_SHUTDOWN, 5);
  endInstance(test.memory, 1, EXIT_PANIC_REPORTED, 6);
  expect(test.instanceWord(1, INSTANCE.EXIT)).toBe(EXIT_SHUTDOWN);
  expect(test.instanceWord(1, INSTANCE.EXIT_STATUS)).toBe(5);
});
