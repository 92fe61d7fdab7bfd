/** The stations of messages: on the trace of two real kernels, of one that is never taken, and of a trace with losses. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MESSAGE, MSG_USER, RING_SLOTS, USER } from '../protocol/channel.ts';
import type { MessageQuery, MessageStations } from '../protocol/stations.ts';
import { ringWord, TRACE_KIND, type TraceRecord } from '../protocol/trace.ts';
import { startGuests, type Guests } from './guests.testkit.ts';
import { TimelineIndex } from './timeline-index.ts';
import { TraceStore } from './trace-store.ts';

const read = async (name: string) =>
  new Uint8Array(await readFile(new URL(`../../public/guests/${name}`, import.meta.url)));
const PING = (BigInt(MSG_USER) << 32n) | BigInt(USER.PING);
const SSIP = 1 << 1;
const SIE = 1 << 1;

describe('of two kernels', () => {
  let guests: Guests;
  beforeAll(async () => {
    guests = await startGuests(read, 2, [
      { name: 'alpha', cpus: '0' },
      { name: 'beta', cpus: '1', peers: ['alpha'] },
    ]);
    // The index begins, and with it the copies.
    await ask({ way: 'previous', sequence: null, between: null });
    await guests.ask('alpha', 'ping beta 2');
  });
  afterAll(() => guests.machine.dispose());

  const ask = (query: MessageQuery): Promise<MessageStations | null> =>
    guests.machine.services.message(query);
  const instance = async (name: string): Promise<number> =>
    (await guests.machine.services.view()).instances.find((one) => one.name === name)?.id ?? -1;
  /** The last message from one to the other that is a ping. */
  async function lastPing(): Promise<MessageStations> {
    const between = { from: await instance('alpha'), to: await instance('beta') };
    let found = await ask({ way: 'previous', sequence: null, between });
    while (found && found.what !== PING)
      found = await ask({ way: 'previous', sequence: found.publish.sequence, between });
    if (!found) throw new Error('no ping');
    return found;
  }

  it('has every station of a ping, in the order of cause and effect', async () => {
    const ping = await lastPing();
    const { publish, doorbell, wake, trap, drain, rang } = ping;
    expect(ping.lossy).toBe(false);
    expect([publish.lane, doorbell?.lane, trap?.lane, drain?.lane]).toEqual([0, 0, 1, 1]);
    expect(rang).toBe(1);
    const numbers = [publish, doorbell, wake ?? doorbell, trap, drain].map(
      (moment) => moment?.sequence ?? NaN,
    );
    expect(numbers).toEqual(numbers.toSorted((one, two) => one - two));
    expect(new Set(numbers.filter((_, index) => index !== 2)).size).toBe(4);
  });

  it('has the bits that the trap found, and the pc that it interrupted', async () => {
    const { trap } = await lastPing();
    expect(trap?.mip).toSatisfy((mip: number) => (mip & SSIP) !== 0);
    // From S-mode an interrupt is taken only with SIE set.
    expect(trap?.privilege).toBe(1);
    expect(trap?.mstatus).toSatisfy((mstatus: number) => (mstatus & SIE) !== 0);
    expect(trap?.pc).toBeGreaterThan(0n);
  });

  it('has the bytes that were published', async () => {
    const { copy, id } = await lastPing();
    const view = new DataView(copy!.bytes.buffer);
    expect(view.getUint32(MESSAGE.TYPE, true)).toBe(MSG_USER);
    expect(view.getUint32(MESSAGE.SUBTYPE, true)).toBe(USER.PING);
    expect(view.getBigUint64(MESSAGE.ID, true)).toBe(id);
    expect(copy!.senderCpu).toBe(0n);
    const length = BigInt(view.getUint32(MESSAGE.PAYLOAD_LEN, true));
    expect([0n, BigInt(MESSAGE.PAYLOAD) + length]).toContain(copy!.dataSize);
  });

  it('keeps the bytes of a message whose slot has been used again since', async () => {
    const before = await lastPing();
    await guests.ask('alpha', `pingpong beta ${2 * RING_SLOTS}`, 30);
    const again = await ask({ way: 'of', sequence: before.publish.sequence, between: null });
    expect(again?.copy).toEqual(before.copy);
  });

  it('goes to the next and the previous message, and finds a message from any of its moments', async () => {
    const last = await ask({ way: 'previous', sequence: null, between: null });
    const one = await ask({ way: 'previous', sequence: last!.publish.sequence, between: null });
    expect(one!.publish.sequence).toBeLessThan(last!.publish.sequence);
    const next = await ask({ way: 'next', sequence: one!.publish.sequence, between: null });
    expect(next!.publish.sequence).toBe(last!.publish.sequence);
    expect(await ask({ way: 'next', sequence: last!.publish.sequence, between: null })).toBeNull();
    const ping = await lastPing();
    const drained = await ask({ way: 'of', sequence: ping.drain!.sequence, between: null });
    expect(drained!.publish.sequence).toBe(ping.publish.sequence);
  });
});

describe('of a trace', () => {
  let sequence = 0;
  const record = (kind: number, hart: number, more: Partial<TraceRecord> = {}): TraceRecord => {
    sequence += 1;
    return {
      sequence: BigInt(sequence),
      hostTime: 0,
      time: 1000 * sequence,
      kind,
      hart,
      instance: hart,
      a: 0n,
      b: 0n,
      c: 0,
      ...more,
    };
  };
  const ring = (slot: number): number => ringWord({ channel: 2, fromB: false, senderHart: 0, slot });
  function indexOf(records: readonly TraceRecord[], lost: readonly number[] = []): TimelineIndex {
    const store = new TraceStore(false);
    const index = new TimelineIndex(store, [0, 1]);
    const [first, ...rest] = records;
    for (const [part, gone] of [
      [first ? [first] : [], []],
      [rest, lost],
    ] as const) {
      store.add(part, gone);
      index.add(part, gone);
    }
    return index;
  }
  const LAST = { way: 'previous', sequence: null, between: null } as const;

  it('a message that was never taken has no drain, and no trap of another hart', () => {
    const index = indexOf([
      record(TRACE_KIND.PUBLISH, 0, { c: ring(0) }),
      record(TRACE_KIND.DOORBELL, 0, { a: 1n, b: 1n, c: 2 }),
      record(TRACE_KIND.SOFT_INTERRUPT, 0, { a: 4n }),
    ]);
    expect(index.message(LAST)).toMatchObject({ rang: 1, wake: null, trap: null, drain: null, lossy: false });
  });

  it('a trap after the drain is not that of the message', () => {
    const index = indexOf([
      record(TRACE_KIND.SOFT_INTERRUPT, 1, { a: 4n }),
      record(TRACE_KIND.PUBLISH, 0, { c: ring(0) }),
      record(TRACE_KIND.DOORBELL, 0, { a: 1n, b: 1n, c: 2 }),
      record(TRACE_KIND.DRAIN, 1, { a: 0n, b: 1n, c: ring(0) }),
      record(TRACE_KIND.SOFT_INTERRUPT, 1, { a: 4n }),
    ]);
    const message = index.message(LAST);
    expect(message?.trap).toBeNull();
    expect(message?.drain?.lane).toBe(1);
  });

  it('says where records are lost, and leaves their stations empty', () => {
    const published = record(TRACE_KIND.PUBLISH, 0, { c: ring(0) });
    const drained = record(TRACE_KIND.DRAIN, 1, { a: 0n, b: 1n, c: ring(0) });
    const message = indexOf([published, drained], [5, 0]).message(LAST);
    expect(message).toMatchObject({ doorbell: null, rang: null, trap: null, lossy: true });
    expect(message?.drain).not.toBeNull();
  });

  it('knows nothing of what is no message', () => {
    const index = indexOf([record(TRACE_KIND.SBI, 0)]);
    expect(index.message(LAST)).toBeNull();
    expect(index.message({ way: 'of', sequence, between: null })).toBeNull();
  });
});
