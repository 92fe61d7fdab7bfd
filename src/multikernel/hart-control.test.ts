/** What is left of a hart's last life when it is settled. */
import { beforeEach, expect, it } from 'vitest';
import { signal } from '../protocol/hart-protocol.ts';
import {
  HART,
  hartBlock,
  HSM_START_PENDING,
  HSM_STOPPED,
  REASON_START,
  REASON_STOP,
} from '../protocol/layout.ts';
import { ControllerContext } from './controller-context.ts';
import { settleHarts, startHart } from './hart-control.ts';
import { TestMachine } from './test-machine.ts';

let machine: TestMachine;
let context: ControllerContext;

beforeEach(() => {
  machine = new TestMachine({ harts: 2, memory: 2 ** 21 });
  const env = {
    config: machine.controller.view().config,
    until: (condition: () => boolean, timeoutMs: number) => machine.until(condition, timeoutMs),
    untilKernel: (condition: () => boolean, timeoutMs: number) => machine.until(condition, timeoutMs),
    readFile: () => Promise.resolve(null),
    replaceWorker: () => Promise.reject(new Error('nothing to replace')),
    lossReason: () => '',
    consoleTail: () => '',
    time: () => machine.ticks,
  };
  context = new ControllerContext(machine.memory, env, () => undefined);
});

it('a start or a stop that came too late has no part in the next start', async () => {
  // Of a hart that was stopped between the swap of its starter and the signal.
  signal(machine.words, 1, REASON_START);
  signal(machine.words, 1, REASON_STOP);
  Atomics.store(machine.words, (hartBlock(1) + HART.MIP) >> 2, 2);
  expect(machine.hartWord(1, HART.HSM)).toBe(HSM_STOPPED);
  await settleHarts(context, [1]);
  expect(machine.hartWord(1, HART.REASONS) & (REASON_START | REASON_STOP)).toBe(0);
  expect(machine.hartWord(1, HART.MIP)).toBe(0);
  // The hart looks at its words while START_* is written: it must not take an old request for the new one.
  const swap = Atomics.compareExchange(
    machine.words,
    (hartBlock(1) + HART.HSM) >> 2,
    HSM_STOPPED,
    HSM_START_PENDING,
  );
  machine.round();
  expect([swap, machine.starts]).toEqual([HSM_STOPPED, []]);
  Atomics.store(machine.words, (hartBlock(1) + HART.HSM) >> 2, HSM_STOPPED);
  startHart(context, 1, { pc: 0x8000_0000, opaque: 7, privilege: 1 });
  machine.round();
  expect(machine.starts).toEqual([{ hart: 1, pc: 0x8000_0000, opaque: 7, privilege: 1 }]);
});

it('a hart that has no worker is not waited for', async () => {
  context.workerless.add(1);
  machine.lose(1);
  const before = machine.ticks;
  await settleHarts(context, [0, 1]);
  expect(machine.ticks).toBe(before);
});
