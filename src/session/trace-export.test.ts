/** The exported file against the fields that the "Trace Event Format" documents, from a trace of real guests. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TRACE_CONTROLLER } from '../protocol/layout.ts';
import { HART_REST, INSTANCE_DELETED, ringWord, TRACE_KIND, type TraceRecord } from '../protocol/trace.ts';
import { startGuests, type Guests } from './guests.testkit.ts';
import { exportChromeTrace } from './trace-export.ts';
import type { TraceGap } from './trace-gaps.ts';
import type { ChromeEvent } from './trace-tracks.ts';

interface File {
  readonly traceEvents: readonly ChromeEvent[];
  readonly displayTimeUnit: string;
  readonly otherData: { readonly lost: Record<string, number>; readonly dropped: number };
}

const readImage = async (name: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await readFile(fileURLToPath(new URL(`../../public/guests/${name}`, import.meta.url))));

describe('a trace of two kernels that talk, and a core that moves', () => {
  let guests: Guests;
  let file: File;
  let events: readonly ChromeEvent[];
  beforeAll(async () => {
    guests = await startGuests(readImage, 4, [
      { name: 'alpha', cpus: '0-1', commandLine: 'beat' },
      { name: 'beta', cpus: '2', commandLine: 'beat', peers: ['alpha'] },
    ]);
    await guests.ask('alpha', 'ping beta 2');
    await guests.kerf('update beta --cpus +1 --from alpha');
    await guests.pass(500);
    const { json, records, lost } = await guests.machine.services.exportTrace();
    file = JSON.parse(json) as File;
    events = file.traceEvents;
    expect([records > 100, lost]).toEqual([true, 0]);
  });
  afterAll(() => guests.machine.dispose());

  const named = (name: string): ChromeEvent[] => events.filter((event) => event.name === name);
  const pidOf = (process: string): number =>
    named('process_name').find(({ args }) => args?.['name'] === process)?.pid ?? -1;
  const threadsOf = (process: string): unknown[] =>
    named('thread_name').flatMap(({ pid, args }) => (pid === pidOf(process) ? [args?.['name']] : []));

  it('has in each event what its phase needs', () => {
    expect(['ms', 'ns']).toContain(file.displayTimeUnit);
    for (const event of events) {
      expect(event.name).not.toBe('');
      expect(Number.isInteger(event.pid) && Number.isInteger(event.tid)).toBe(true);
      if (event.ph !== 'M') expect(event.ts).toBeGreaterThanOrEqual(0);
      if (event.ph === 'X') expect(event.dur).toBeGreaterThanOrEqual(0);
      if (event.ph === 'i') expect(['g', 'p', 't']).toContain(event.s);
      if (event.ph === 'C')
        expect(Object.values(event.args ?? {}).every((value) => typeof value === 'number')).toBe(true);
      if (['s', 't', 'f'].includes(event.ph)) {
        expect(event.id).toBeGreaterThan(0);
        expect(event.cat).toBe('message');
      }
      if (event.ph === 'M')
        expect(['process_name', 'thread_name', 'process_sort_index', 'thread_sort_index']).toContain(
          event.name,
        );
    }
  });

  it('names every process and thread that has events', () => {
    const threads = new Set(named('thread_name').map(({ pid, tid }) => `${pid}.${tid}`));
    const processes = new Set(named('process_name').map(({ pid }) => pid));
    for (const { pid, tid } of events) {
      expect(threads).toContain(`${pid}.${tid}`);
      expect(processes).toContain(pid);
    }
  });

  it('shows a core under each kernel that has owned it, and its move as phases', () => {
    expect(threadsOf('alpha')).toEqual(
      expect.arrayContaining(['state', 'core 0', 'core 1', 'moves of core 1']),
    );
    expect(threadsOf('beta')).toEqual(expect.arrayContaining(['core 2', 'core 1', 'moves of core 1']));
    const phases = events.filter(({ cat }) => cat === 'phase').map(({ name, ph }) => [name, ph]);
    expect(phases).toEqual([
      ['cpu-remove', 'X'],
      ['migrating', 'X'],
      ['stopping', 'X'],
      ['stopped', 'X'],
      ['ownership', 'X'],
      ['cpu-add', 'X'],
      ['starting', 'X'],
      ['online', 'X'],
    ]);
  });

  it('says whose the memory became: of each kernel, and of the channels', () => {
    const owners = named('memory to another owner').map(({ args }) => args?.['to']);
    // Owner bytes: instances 1 and 2, the management channel of each, and the one between them.
    expect([...owners].sort()).toEqual([128, 129, 130, 2, 3]);
  });

  it('has slices on a thread that lie in each other or apart', () => {
    const threads = new Map<string, ChromeEvent[]>();
    for (const event of events) {
      const key = `${event.pid}.${event.tid}`;
      if (event.ph === 'X') threads.set(key, [...(threads.get(key) ?? []), event]);
    }
    // In ticks: sums of tenths are not exact.
    const ticks = (us = 0): number => Math.round(us * 10);
    for (const slices of threads.values()) {
      const open: number[] = [];
      slices.sort((a, b) => ticks(a.ts) - ticks(b.ts) || ticks(b.dur) - ticks(a.dur));
      for (const { ts, dur } of slices) {
        while ((open.at(-1) ?? Infinity) <= ticks(ts)) open.pop();
        expect(ticks(ts) + ticks(dur)).toBeLessThanOrEqual(open.at(-1) ?? Infinity);
        open.push(ticks(ts) + ticks(dur));
      }
    }
  });

  it('leads from each ping over its doorbell to who took it, each end in a slice', () => {
    const pings = named('publish PING');
    expect(pings).toHaveLength(2);
    for (const ping of pings) {
      const start = events.find((event, index) => event.ph === 's' && events[index - 1] === ping);
      const flow = events.filter(({ id }) => id !== undefined && id === start?.id);
      expect(flow.map(({ ph, pid }) => [ph, pid])).toEqual([
        ['s', pidOf('alpha')],
        ['t', pidOf('alpha')],
        ['f', pidOf('beta')],
      ]);
      for (const step of flow) {
        const around = events.some(
          ({ ph, pid, tid, ts = 0, dur = 0 }) =>
            ph === 'X' &&
            pid === step.pid &&
            tid === step.tid &&
            ts <= (step.ts ?? 0) &&
            (step.ts ?? 0) <= ts + dur,
        );
        expect(around).toBe(true);
      }
    }
  });

  it('counts the beats of each kernel, one by one', () => {
    for (const kernel of ['alpha', 'beta']) {
      const beats = named('beats').filter(({ pid }) => pid === pidOf(kernel));
      expect(beats.length).toBeGreaterThan(4);
      expect(beats.map(({ args }) => args?.['beats'])).toEqual(beats.map((_, index) => index + 1));
    }
  });
});

describe('single records', () => {
  const record = (sequence: number, time: number, kind: number, part: Partial<TraceRecord>): TraceRecord => ({
    sequence: BigInt(sequence),
    hostTime: 0,
    time,
    kind,
    hart: 3,
    instance: 1,
    a: 0n,
    b: 0n,
    c: 0,
    ...part,
  });
  const fileOf = (
    records: readonly TraceRecord[],
    lostByRing: readonly number[] = [],
    gaps: readonly TraceGap[] = [],
  ): File =>
    JSON.parse(
      exportChromeTrace({ records, names: new Map([[1, ['alpha']]]), lostByRing, dropped: 5, gaps }),
    ) as File;
  const first = ring(0);
  function ring(slot: number): number {
    return ringWord({ channel: 2, fromB: true, senderHart: 3, slot });
  }

  it('are put in the order of time; a run that has not ended lasts to the end', () => {
    const { traceEvents } = fileOf([
      record(3, 400, TRACE_KIND.SBI, { a: 0x10n, b: 3n, c: 0xffff_fffe }),
      record(1, 100, TRACE_KIND.HART_RUN, {}),
    ]);
    const slices = traceEvents.filter(({ ph }) => ph === 'X');
    expect(slices).toMatchObject([
      { name: 'running', ts: 10, dur: 30.1 },
      { name: 'SBI BASE.3', ts: 40, dur: 0.1, args: { error: -2 } },
    ]);
  });

  it('a state lasts until the next, or until the kernel is deleted', () => {
    const { traceEvents } = fileOf([
      record(1, 100, TRACE_KIND.INSTANCE_STATE, { a: 1n }),
      record(2, 200, TRACE_KIND.INSTANCE_STATE, { a: 2n }),
      record(3, 300, TRACE_KIND.INSTANCE_STATE, { a: INSTANCE_DELETED }),
      record(4, 900, TRACE_KIND.SBI, {}),
    ]);
    expect(traceEvents.filter(({ cat }) => cat === 'state')).toMatchObject([
      { name: 'ready', ts: 10, dur: 10 },
      { name: 'loaded', ts: 20, dur: 10 },
    ]);
  });

  it('a run ends by a rest, with its reason, and by a change of the owner', () => {
    const { traceEvents } = fileOf([
      record(1, 100, TRACE_KIND.HART_RUN, {}),
      record(2, 200, TRACE_KIND.HART_REST, { a: BigInt(HART_REST.FENCE) }),
      record(3, 300, TRACE_KIND.HART_RUN, {}),
      record(4, 500, TRACE_KIND.HART_OWNER, { hart: TRACE_CONTROLLER, a: 3n, b: 0n, c: 2 }),
    ]);
    expect(traceEvents.filter(({ name }) => name === 'running')).toMatchObject([
      { ts: 10, dur: 10, args: { until: 'FENCE' } },
      { ts: 30, dur: 20, args: { until: 'owner changed' } },
    ]);
    expect(traceEvents.find(({ cat }) => cat === 'owner')).toMatchObject({
      ph: 'i',
      name: 'core 3 to pool',
      args: { from: 'alpha' },
    });
  });

  it('a device that changes its owner is named', () => {
    const { traceEvents } = fileOf([
      record(1, 0, TRACE_KIND.DEVICE_OWNER, { hart: TRACE_CONTROLLER, a: 2n, b: 2n, c: 0 }),
    ]);
    expect(traceEvents.find(({ cat }) => cat === 'owner')).toMatchObject({
      ph: 'i',
      name: 'disk0 to alpha',
      args: { from: 'pool' },
    });
  });

  it('a message that was lost with its ring has no arrow, and says that nobody took it', () => {
    const { traceEvents } = fileOf([
      record(1, 0, TRACE_KIND.PUBLISH, { a: (0x4000n << 32n) | 1n, c: first }),
      record(2, 0, TRACE_KIND.PUBLISH, { a: (0x4000n << 32n) | 1n, c: first }),
      record(3, 9, TRACE_KIND.DRAIN, { b: 1n, c: first, instance: null, hart: TRACE_CONTROLLER }),
    ]);
    const flow = traceEvents.filter(({ id }) => id !== undefined).map(({ ph, id }) => [ph, id]);
    expect(flow).toEqual([
      ['s', 2],
      ['f', 2],
    ]);
    const published = traceEvents.filter(({ cat, ph }) => ph === 'X' && cat === 'message').slice(0, 2);
    expect(published.map(({ args }) => args?.['taken'])).toEqual([false, undefined]);
  });

  it('no arrow goes back in time where the clocks of two harts differ: what takes is moved, and says so', () => {
    const { traceEvents } = fileOf([
      record(1, 100, TRACE_KIND.HART_RUN, { hart: 2 }),
      record(2, 107, TRACE_KIND.PUBLISH, { c: first }),
      record(3, 105, TRACE_KIND.DOORBELL, { a: 2n, b: 1n, c: 2 }),
      record(4, 102, TRACE_KIND.DRAIN, { b: 1n, c: first, hart: 2 }),
      record(5, 103, TRACE_KIND.HART_REST, { hart: 2 }),
      record(6, 104, TRACE_KIND.HART_RUN, { hart: 2 }),
      record(7, 104, TRACE_KIND.SBI, { hart: 2 }),
      record(8, 150, TRACE_KIND.HART_REST, { hart: 2 }),
    ]);
    const flow = traceEvents.filter(({ id }) => id !== undefined).map(({ ph, ts }) => [ph, ts]);
    expect(flow).toEqual([
      ['s', 10.7],
      ['t', 10.7],
      ['f', 10.7],
    ]);
    // The drain is in the run that it was moved past the end of, and the next run and its call begin behind it.
    expect(traceEvents.filter(({ ph, tid }) => ph === 'X' && tid === 3)).toMatchObject([
      { name: 'running', ts: 10, dur: 0.8 },
      { name: 'drain 1', ts: 10.7, args: { laterUs: 0.5 } },
      { name: 'running', ts: 10.8, dur: 4.2 },
      { name: 'SBI 0x0.0', ts: 10.8, args: { laterUs: 0.4 } },
    ]);
  });

  it('a slice in the last tick of a run is in it, and one after it is not', () => {
    const { traceEvents } = fileOf([
      record(1, 100, TRACE_KIND.HART_RUN, {}),
      record(2, 200, TRACE_KIND.DRAIN, { b: 0n, c: first }),
      record(3, 200, TRACE_KIND.HART_REST, {}),
      record(4, 200, TRACE_KIND.DRAIN, { b: 0n, c: first }),
      record(5, 200, TRACE_KIND.HART_RUN, {}),
      record(6, 300, TRACE_KIND.HART_REST, {}),
    ]);
    const slices = traceEvents.filter(({ ph }) => ph === 'X');
    expect(slices.map(({ name, ts }) => [name, ts])).toEqual([
      ['running', 10],
      ['drain 0', 20],
      ['drain 0', 20.1],
      ['running', 20.2],
    ]);
    expect(slices.map(({ ts = 0, dur = 0 }) => Math.round((ts + dur) * 10))).toEqual([201, 201, 202, 300]);
  });

  it('one drain of several messages ends each flow, also where slot numbers begin again', () => {
    const { traceEvents } = fileOf([
      record(1, 0, TRACE_KIND.PUBLISH, { c: ring(0xffff) }),
      record(2, 0, TRACE_KIND.PUBLISH, { c: ring(0) }),
      record(3, 9, TRACE_KIND.DRAIN, { a: 0xffffn, b: 2n, c: ring(0xffff) }),
    ]);
    expect(traceEvents.filter(({ ph }) => ph === 'f')).toHaveLength(2);
  });

  it('a fault is an instant; what was lost is said by ring', () => {
    const { traceEvents, otherData } = fileOf(
      [record(1, 7, TRACE_KIND.GATE_FAULT, { a: 0x8100_0000n, b: 2n, c: 1 })],
      [0, 12, ...new Array<number>(14).fill(0), 3],
    );
    expect(traceEvents.find(({ cat }) => cat === 'fault')).toMatchObject({
      ph: 'i',
      s: 't',
      args: { address: '0x81000000' },
    });
    expect(otherData).toMatchObject({ lost: { 'core 1': 12, controller: 3 }, dropped: 5 });
  });

  it('what is missing is drawn by hart and reason, and no run goes on over it', () => {
    const { traceEvents } = fileOf(
      [record(1, 100, TRACE_KIND.HART_RUN, {}), record(9, 500, TRACE_KIND.HART_REST, {})],
      [],
      [
        { ring: 3, from: 0, to: 90, count: 12, overrun: false, before: Infinity },
        { ring: 3, from: 200, to: 500, count: 7, overrun: true, before: 9 },
        { ring: TRACE_CONTROLLER, from: 500, to: 500, count: 1, overrun: true, before: Infinity },
      ],
    );
    expect(traceEvents.filter(({ cat }) => cat === 'run')).toMatchObject([
      { ts: 10, dur: 10, args: { until: 'records are lost' } },
    ]);
    const lost = traceEvents.filter(({ cat }) => cat === 'lost');
    expect(lost).toMatchObject([
      { ph: 'X', name: '12 trace records lost', ts: 0, dur: 9 },
      { ph: 'X', name: '7 trace records lost', ts: 20, dur: 30 },
      { ph: 'X', name: '1 trace records lost', ts: 50, dur: 0.1 },
    ]);
    const threads = lost.map(
      (slice) =>
        traceEvents.find(
          ({ name, pid, tid }) => name === 'thread_name' && pid === slice.pid && tid === slice.tid,
        )?.args?.['name'],
    );
    expect(threads).toEqual(['core 3: too old', 'core 3: not read in time', 'controller: not read in time']);
  });
});
