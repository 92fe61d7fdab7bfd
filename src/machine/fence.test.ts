import { expect, it } from 'vitest';
import {
  FENCE_CODE,
  FENCE_TLB,
  HART,
  hartBlock,
  PHASE_LOST,
  PHASE_RUNNING,
  PHASE_SAFE,
  REASON_FENCE,
} from '../protocol/layout.ts';
import { fenceDone, requestFence } from './fence.ts';
import { TestMachine } from './machine.testkit.ts';

const machineOfRunningHarts = (harts: number): TestMachine => {
  const machine = new TestMachine(Array.from({ length: harts }, () => 1));
  for (let hart = 0; hart < harts; hart++) set(machine, hart, HART.PHASE, PHASE_RUNNING);
  return machine;
};
const set = (machine: TestMachine, hart: number, offset: number, value: number): void =>
  void Atomics.store(machine.words, (hartBlock(hart) + offset) >> 2, value);
const acknowledge = (machine: TestMachine, hart: number): void =>
  set(machine, hart, HART.FENCE_ACK, machine.word(hartBlock(hart) + HART.FENCE_REQUEST));

it('asks every target and wakes it', () => {
  const machine = machineOfRunningHarts(3);
  requestFence(machine.words, [1, 2], FENCE_TLB);
  requestFence(machine.words, [2], FENCE_CODE);
  expect(machine.word(hartBlock(0) + HART.REASONS)).toBe(0);
  expect(machine.word(hartBlock(1) + HART.FENCE_KINDS)).toBe(FENCE_TLB);
  expect(machine.word(hartBlock(2) + HART.FENCE_KINDS)).toBe(FENCE_TLB | FENCE_CODE);
  expect(machine.word(hartBlock(2) + HART.REASONS)).toBe(REASON_FENCE);
  expect(machine.word(hartBlock(2) + HART.WAKE)).toBe(2);
});

it('is done when every target that runs has acknowledged', () => {
  const machine = machineOfRunningHarts(3);
  const pending = requestFence(machine.words, [1, 2], FENCE_TLB);
  expect(fenceDone(machine.words, pending)).toBe(false);
  acknowledge(machine, 1);
  expect(fenceDone(machine.words, pending)).toBe(false);
  acknowledge(machine, 2);
  expect(fenceDone(machine.words, pending)).toBe(true);
});

it('takes SAFE and LOST for an acknowledgement', () => {
  const machine = machineOfRunningHarts(3);
  const pending = requestFence(machine.words, [1, 2], FENCE_TLB);
  set(machine, 1, HART.PHASE, PHASE_SAFE);
  expect(fenceDone(machine.words, pending)).toBe(false);
  set(machine, 2, HART.PHASE, PHASE_LOST);
  expect(fenceDone(machine.words, pending)).toBe(true);
});

it('does not take an older acknowledgement for its own', () => {
  const machine = machineOfRunningHarts(1);
  const first = requestFence(machine.words, [0], FENCE_TLB);
  const ticket = machine.word(hartBlock(0) + HART.FENCE_REQUEST);
  const second = requestFence(machine.words, [0], FENCE_TLB);
  set(machine, 0, HART.FENCE_ACK, ticket);
  expect(fenceDone(machine.words, first)).toBe(true);
  expect(fenceDone(machine.words, second)).toBe(false);
});

it('compares tickets across the wrap of their counter', () => {
  const machine = machineOfRunningHarts(1);
  set(machine, 0, HART.FENCE_REQUEST, 0x7fff_ffff);
  set(machine, 0, HART.FENCE_ACK, 0x7fff_ffff);
  const pending = requestFence(machine.words, [0], FENCE_TLB);
  expect(fenceDone(machine.words, pending)).toBe(false);
  acknowledge(machine, 0);
  expect(fenceDone(machine.words, pending)).toBe(true);
});

it('is done at once without targets', () => {
  const machine = machineOfRunningHarts(1);
  expect(fenceDone(machine.words, requestFence(machine.words, [], FENCE_TLB))).toBe(true);
});
