import { expect, it } from 'vitest';
import { ringWord, TRACE_KIND, type TraceKind, type TraceRecord } from '../protocol/trace.ts';
import { MessageFlows } from './message-flows.ts';

const record = (kind: TraceKind, c: number, more: Partial<TraceRecord> = {}): TraceRecord => ({
  sequence: 1n,
  hostTime: 0,
  time: 0,
  kind,
  hart: 0,
  instance: 1,
  a: 0n,
  b: 0n,
  c,
  ...more,
});
const ring = (slot: number): number => ringWord({ channel: 2, fromB: false, senderHart: 0, slot });
const publish = (slot: number): TraceRecord => record(TRACE_KIND.PUBLISH, ring(slot));
const doorbell = (instance: number): TraceRecord => record(TRACE_KIND.DOORBELL, 2, { instance });
const drain = (slot: number, count: number): TraceRecord =>
  record(TRACE_KIND.DRAIN, ring(slot), { instance: 2, b: BigInt(count) });

it('a doorbell announces what its sender has published since the last one, once', () => {
  const flows = new MessageFlows();
  flows.stepsOf(publish(0));
  flows.stepsOf(publish(1));
  expect(flows.stepsOf(doorbell(7))).toEqual([]);
  expect(flows.stepsOf(doorbell(1))).toEqual([
    { id: 1, step: 't' },
    { id: 2, step: 't' },
  ]);
  expect(flows.stepsOf(doorbell(1))).toEqual([]);
  expect(flows.stepsOf(drain(0, 3))).toEqual([
    { id: 1, step: 'f' },
    { id: 2, step: 'f' },
  ]);
});

it('a doorbell does not announce what was taken before it rang', () => {
  const flows = new MessageFlows();
  flows.stepsOf(publish(0));
  flows.stepsOf(drain(0, 1));
  flows.stepsOf(publish(1));
  expect(flows.stepsOf(doorbell(1))).toEqual([{ id: 2, step: 't' }]);
});

it('a slot that is published again has another message, and the one before is never taken', () => {
  const flows = new MessageFlows();
  flows.stepsOf(publish(5));
  flows.stepsOf(publish(5));
  expect(flows.stepsOf(drain(5, 1))).toEqual([{ id: 2, step: 'f' }]);
});

it('remembers no more messages than it may where none is ever taken', () => {
  const flows = new MessageFlows();
  for (let k = 0; k < 20_000; k++)
    flows.stepsOf(
      record(
        TRACE_KIND.PUBLISH,
        ringWord({ channel: k >> 13, fromB: false, senderHart: 0, slot: k & 0x1fff }),
      ),
    );
  expect(
    flows.stepsOf(
      record(TRACE_KIND.DRAIN, ringWord({ channel: 0, fromB: false, senderHart: 0, slot: 0 }), { b: 8192n }),
    ),
  ).toHaveLength(8192 - (20_000 - 16_384));
});
