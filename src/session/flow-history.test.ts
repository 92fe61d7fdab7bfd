import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { FLOW, FLOW_STRIDE } from '../protocol/timeline.ts';
import { ringWord, TRACE_KIND, type TraceRecord } from '../protocol/trace.ts';
import { FlowHistory } from './flow-history.ts';
import { SpanHistory } from './span-history.ts';

const CHANNEL = 3;
/** Messages that are kept. */
const KEPT = 16_384;

/** Messages one after the other, each published, announced and taken: the n-th (from 1) by records 3n, 3n + 1 and 3n + 2. */
function pass(flows: FlowHistory, from: number, to: number): void {
  const record = (sequence: number, fields: Partial<TraceRecord>): TraceRecord => ({
    sequence: BigInt(sequence),
    hostTime: 0,
    time: 10 * sequence,
    kind: TRACE_KIND.PUBLISH,
    hart: 0,
    instance: 1,
    a: 7n,
    b: 0n,
    c: 0,
    ...fields,
  });
  for (let n = from; n <= to; n++) {
    const slot = n % 64;
    const word = ringWord({ channel: CHANNEL, fromB: false, slot, senderHart: 0 });
    flows.add(record(3 * n, { b: BigInt(n), c: word }), 0);
    flows.add(record(3 * n + 1, { kind: TRACE_KIND.DOORBELL, a: 2n, b: 4n, c: CHANNEL }), 0);
    flows.add(record(3 * n + 2, { kind: TRACE_KIND.DRAIN, hart: 2, instance: 4, b: 1n, c: word }), 2);
  }
}

describe('messages of late', () => {
  it('are found by the number of each of their moments, as long as they are kept', () => {
    const flows = new FlowHistory();
    pass(flows, 1, KEPT + 10);
    for (const n of [11, 5000, KEPT + 10]) {
      const found = flows.of(3 * n);
      expect(found).toMatchObject({
        what: 7n,
        id: BigInt(n),
        channel: CHANNEL,
        slot: n % 64,
        from: 1,
        to: 4,
        rang: 2,
        publish: { sequence: 3 * n, time: 30 * n, lane: 0 },
        doorbell: { sequence: 3 * n + 1, time: 30 * n + 10, lane: 0 },
        drain: { sequence: 3 * n + 2, time: 30 * n + 20, lane: 2 },
      });
      expect([flows.of(3 * n + 1), flows.of(3 * n + 2)]).toEqual([found, found]);
    }
    expect(flows.of(30)).toBeUndefined();
    expect(flows.of(3 * (KEPT + 11))).toBeUndefined();
  });

  it('that one doorbell announced: the first is meant', () => {
    const flows = new FlowHistory();
    const at = (sequence: number, fields: Partial<TraceRecord>): TraceRecord => ({
      sequence: BigInt(sequence),
      hostTime: 0,
      time: sequence,
      kind: TRACE_KIND.PUBLISH,
      hart: 0,
      instance: 1,
      a: 0n,
      b: 0n,
      c: 0,
      ...fields,
    });
    for (const slot of [1, 2]) {
      const c = ringWord({ channel: CHANNEL, fromB: false, slot, senderHart: 0 });
      flows.add(at(slot, { b: BigInt(slot), c }), 0);
    }
    flows.add(at(3, { kind: TRACE_KIND.DOORBELL, a: 2n, b: 4n, c: CHANNEL }), 0);
    expect(flows.of(3)?.id).toBe(1n);
    expect(flows.of(2)).toMatchObject({ id: 2n, to: 4, doorbell: { sequence: 3 }, drain: null });
  });

  it('that are on their way in a window are told, with what has not come as −1', () => {
    const flows = new FlowHistory();
    pass(flows, 1, 20);
    const rows = flows.between(30 * 5, 30 * 6);
    expect(rows?.length).toBe(FLOW_STRIDE);
    expect([rows?.[FLOW.SEQUENCE], rows?.[FLOW.RUNG], rows?.[FLOW.DRAINED], rows?.[FLOW.TO_LANE]]).toEqual([
      15, 160, 170, 2,
    ]);
    expect(flows.between(30 * 21, 30 * 22)).toHaveLength(0);
  });
});

describe('what is kept of messages and spans', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const heap = (): number => {
    collect();
    return process.memoryUsage().heapUsed;
  };

  it('takes no more of the heap the longer the machine runs', () => {
    const flows = new FlowHistory();
    const spans = new SpanHistory();
    const change = (from: number, to: number): void => {
      for (let time = from; time < to; time++) spans.begin('0', { lane: 0, from: time, value: time % 2 });
    };
    pass(flows, 1, 100);
    change(1, 100);
    const before = heap();
    pass(flows, 101, KEPT);
    change(101, 8000);
    expect(heap() - before).toBeLessThan(2 ** 19);
    // They are looked at once more, so that nothing of them is let go before.
    expect(flows.of(3 * KEPT)?.id).toBe(BigInt(KEPT));
    expect(spans.between(0, 8000, 1)).not.toHaveLength(0);
  });
});
