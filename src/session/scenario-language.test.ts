/** Steps that repeat, look at memory, and hold many values together. */
import { beforeEach, describe, expect, test } from 'vitest';
import { STATUS } from '../protocol/channel.ts';
import type { HostFacts } from './host-share.ts';
import { HART, hartBlock, HEADER, INSTANCE, instanceBlock, RAM_BASE, RAM_HOST } from '../protocol/layout.ts';
import type { RunnerOptions, StepReport } from './scenario-runner.ts';
import { instance, runSteps, Script } from './scenario.testkit.ts';

let script: Script;
beforeEach(() => {
  script = new Script();
});

const run = (lines: readonly string[], options?: RunnerOptions) => runSteps(script, lines, options);
const reportsOf = async (...lines: string[]): Promise<StepReport[]> => (await run(lines)).reports;
const details = (reports: readonly StepReport[]): string[] => reports.map((report) => report.detail);

/** Values that a console says one after the other, and a step that captures the next. */
function said(...values: number[]): string {
  values.forEach((value, i) => script.says(i + 1, 2, `n=${value}\n`));
  return "captured: { console: beta, pattern: 'n=(\\d+)', within: 1s }";
}

describe('repeat', () => {
  test('runs its steps again and again, is one report, and tells each round', async () => {
    const rounds: string[] = [];
    const lines = ['repeat: { times: 3, steps: [kerf: show, wait: 10ms] }'];
    const { reports } = await run(lines, { onRound: (round, times) => rounds.push(`${round}/${times}`) });
    expect(reports).toEqual([{ step: 'repeat 3 times: 2 steps', outcome: 'held', detail: '', at: 30 }]);
    expect(script.log).toEqual(['kerf show', 'kerf show', 'kerf show']);
    expect(rounds).toEqual(['1/3', '2/3', '3/3']);
  });

  test('may hold another', async () => {
    await run(['repeat: { times: 2, steps: [kerf: init, repeat: { times: 2, steps: [kerf: show] }] }']);
    expect(script.log).toEqual([
      'kerf init',
      'kerf show',
      'kerf show',
      'kerf init',
      'kerf show',
      'kerf show',
    ]);
  });

  test('ends with the first step that does not hold, and says in which round', async () => {
    script.says(1, 2, 'one\n').says(2, 2, 'one\n');
    const reports = await reportsOf(
      'repeat: { times: 5, steps: [expect: { console: beta, text: one, within: 5ms }] }',
      'kerf: show',
    );
    expect(reports).toHaveLength(1);
    expect(reports[0]?.outcome).toBe('failed');
    expect(reports[0]?.detail).toMatch(
      /^round 3 of 5, expect from beta within 5 ms: "one": not seen within 5 ms/,
    );
    expect(script.log).toEqual([]);
  });

  test('gives up in the middle when told to', async () => {
    const interruption = (): string | null => (script.time() >= 250_000 ? 'no time left' : null);
    const { reports } = await run(['repeat: { times: 100, steps: [wait: 10ms] }'], { interruption });
    expect(reports).toMatchObject([
      { outcome: 'interrupted', detail: 'round 3 of 100, wait 10 ms: no time left' },
    ]);
  });

  test('collects the values of a measure; median, maximum and sum are of all of them', async () => {
    const { runner, reports } = await run([
      `repeat: { times: 4, steps: [measure: { name: n, ${said(9, 1, 4, 2)} }] }`,
      'measure: { name: median, median-of: n }',
      'measure: { name: most, max-of: n }',
      'measure: { name: all, sum-of: n }',
    ]);
    expect(details(reports)).toEqual(['n: 9, 1, 4, 2', '3', '9', '16']);
    expect(runner.measurements.report()['n']).toEqual({ value: 2, values: [9, 1, 4, 2], unit: '' });
  });

  test('begins an inner list anew in each round', async () => {
    const inner = `repeat: { times: 2, steps: [measure: { name: n, ${said(1, 2, 30, 40)} }] }`;
    const { runner } = await run([
      `repeat: { times: 2, steps: [${inner}, measure: { name: sum, sum-of: n }] }`,
    ]);
    expect(runner.measurements.report()['sum']).toMatchObject({ values: [3, 70] });
  });

  test('holds every value to the checks, against the latest of others', async () => {
    const [report] = await reportsOf(
      `repeat: { times: 3, steps: [measure: { name: n, ${said(1, 2, 3)}, at-most: 2 }] }`,
    );
    expect(report).toMatchObject({ outcome: 'failed' });
    expect(report?.detail).toContain('round 3 of 3, measure n (captured): 3 is not at most 2');
  });
});

describe('values made of others', () => {
  const pair = (of: number, to: number): string[] => {
    const captured = said(of, to);
    return [`measure: { name: a, ${captured} }`, `measure: { name: b, ${captured} }`];
  };

  test('a number in the answer to the latest command', async () => {
    const lines = [
      'kerf: show',
      `measure: { name: n, answer: { pattern: 'blackout: ([0-9.]+)', unit: ms } }`,
    ];
    script.replies.set('show', { line: 'kerf show', output: 'blackout: 1.5 ms', exitCode: 0 });
    expect(details(await reportsOf(...lines)).at(-1)).toBe('1.5 ms');
    script.replies.set('show', { line: 'kerf show', output: 'nothing', exitCode: 0 });
    expect(details(await reportsOf(...lines)).at(-1)).toContain('the answer does not match');
  });

  test('a ratio and a difference', async () => {
    const reports = await reportsOf(
      ...pair(30, 12),
      'measure: { name: r, ratio: { of: a, to: b } }',
      'measure: { name: d, difference: { of: a, from: b } }',
    );
    expect(details(reports).slice(2)).toEqual(['2.5 ratio', '18']);
  });

  test('a ratio of different things has both their units', async () => {
    const reports = await reportsOf(
      'wait: 10ms',
      'measure: { name: t, elapsed: true }',
      `measure: { name: n, ${said(5).replace(' }', ', unit: pieces }')} }`,
      'measure: { name: r, ratio: { of: n, to: t } }',
    );
    expect(reports.at(-1)?.detail).toBe('0.5 pieces/ms');
  });

  test('no ratio to nothing', async () => {
    const reports = await reportsOf(...pair(30, 0), 'measure: { name: r, ratio: { of: a, to: b } }');
    expect(reports.at(-1)).toMatchObject({ outcome: 'failed', detail: 'b is 0: there is no ratio to it' });
  });

  test('no arithmetic with hashes', async () => {
    const reports = await reportsOf(
      'measure: { name: h, memory-hash: { kernel: beta } }',
      'measure: { name: r, ratio: { of: h, to: h } }',
    );
    expect(reports.at(-1)?.detail).toBe('h is hash of 2, which is not a number');
  });
});

test.each([
  ['more-than: 4', null],
  ['more-than: 5', '5 is not more than 5'],
  ['less-than: 6', null],
  ['less-than: five', '5 is not less than five, which was 5'],
  ['same-as: five', null],
  ['same-as: 4', '5 is not the same as 4'],
  ['differs-from: 4', null],
  ['differs-from: five', '5 does not differ from five, which was 5'],
  ['within-percent-of: { of: 4.6, percent: 10 }', null],
  ['within-percent-of: { of: 5.6, percent: 10 }', '5 is not within 10 % of 5.6'],
  ['within-percent-of: { of: five, percent: 1 }', null],
])('5 held to %s', async (check, wrong) => {
  script.says(1, 2, 'n=5\n').says(2, 2, 'n=5\n');
  const captured = "captured: { console: beta, pattern: 'n=(\\d+)', within: 1s }";
  const reports = await reportsOf(
    `measure: { name: five, ${captured} }`,
    `measure: { name: n, ${captured}, ${check} }`,
  );
  expect(reports.at(-1)).toMatchObject(
    wrong === null ? { outcome: 'held' } : { outcome: 'failed', detail: wrong },
  );
});

test('a hash of 16 digits is captured as it stands, and is no number', async () => {
  script.says(1, 2, 'hash 0x00000000000000ff\n').says(2, 2, 'hash 0x00000000000000fe\n');
  const captured = "captured: { console: beta, pattern: 'hash (0x[0-9a-f]+)', within: 1s }";
  const reports = await reportsOf(
    `measure: { name: a, ${captured} }`,
    `measure: { name: b, ${captured}, differs-from: a, same-as: a }`,
  );
  expect(reports.map((report) => report.detail)).toEqual([
    '0x00000000000000ff',
    '0x00000000000000fe is not the same as a, which was 0x00000000000000ff',
  ]);
});

describe('a control', () => {
  test('stands beside its number, whichever comes first', async () => {
    const captured = said(3, 9, 3);
    const { runner, reports } = await run([
      `measure: { name: n, ${captured}, control: true }`,
      `measure: { name: n, ${captured}, more-than: control of n }`,
    ]);
    expect(reports.map((report) => report.step)).toEqual([
      'measure the control of n (captured)',
      'measure n (captured)',
    ]);
    expect(runner.measurements.report()).toEqual({ n: { value: 9, unit: '', control: 3 } });
  });

  test('has a list of its own in a repeat, and a median that is a control too', async () => {
    const captured = said(1, 10, 2, 20, 3, 30);
    const { runner } = await run([
      `repeat: { times: 3, steps: [measure: { name: n, ${captured} }, measure: { name: n, ${captured}, control: true }] }`,
      'measure: { name: m, median-of: n }',
      'measure: { name: m, median-of: control of n, control: true, more-than: m }',
    ]);
    expect(runner.measurements.report()).toEqual({
      n: { value: 3, values: [1, 2, 3], unit: '', control: 30, controls: [10, 20, 30] },
      m: { value: 2, unit: '', control: 20 },
    });
  });
});

describe('needs', () => {
  const quietHost = (cores: number): HostFacts => ({
    cores,
    cpuMs: () => 0,
    usedMs: () => 0,
    nowMs: () => 0,
  });
  const needy = 'measure: { name: n, elapsed: true, needs: { host-cores: 2 }, at-least: 1 }';

  test.each([
    [1, 'needs 2 host cores, this host has 1'],
    [undefined, 'needs 2 host cores, and how many there are is not known'],
  ])('on %s core the value is told and not judged, and the steps go on', async (cores, reason) => {
    const options = cores === undefined ? {} : { hostFacts: quietHost(cores) };
    const { runner, reports } = await run([needy, 'kerf: show'], options);
    expect(reports.map((report) => report.outcome)).toEqual(['not-judged', 'held']);
    expect(reports[0]?.detail).toBe(`0 ms; not judged: ${reason}`);
    expect(runner.measurements.report()['n']).toEqual({
      value: 0,
      unit: 'ms',
      host: {
        cores: cores ?? null,
        share: cores === undefined ? null : 100,
        others: cores === undefined ? null : 0,
      },
      notJudged: reason,
    });
  });

  test('on two cores the checks count', async () => {
    const { runner, reports } = await run([needy], { hostFacts: quietHost(2) });
    expect(reports).toMatchObject([{ outcome: 'failed', detail: '0 is not at least 1' }]);
    expect(runner.measurements.report()['n']).toEqual({
      value: 0,
      unit: 'ms',
      host: { cores: 2, share: 100, others: 0 },
    });
  });

  test.each([
    [80, 'held'],
    [79, 'not-judged'],
  ])('with %s ms of the host for 100 ms of a core it is %s', async (used, outcome) => {
    const words = new Uint32Array(script.memory.buffer);
    words[HEADER.HARTS >> 2] = 2;
    // The counter of the one wraps, the other does not run.
    const busy = (hartBlock(0) + HART.BUSY_US) >> 2;
    words[busy] = 2 ** 32 - 1000;
    let cpu = 5;
    script.at(100, () => {
      words[busy] = 99_000;
      cpu += used;
    });
    const { reports } = await run(
      ['wait: 100ms', 'measure: { name: n, elapsed: true, needs: { host-share: 80 } }'],
      { hostFacts: { ...quietHost(1), cpuMs: () => cpu } },
    );
    expect(reports[1]?.outcome).toBe(outcome);
    if (outcome === 'not-judged') expect(reports[1]?.detail).toContain('it was 79 %: others use it too');
  });

  test.each([
    [10, 'held'],
    [11, 'not-judged'],
  ])('where others use %s percent of two cores it is %s', async (percent, outcome) => {
    let [now, used, cpu] = [1000, 5000, 300];
    script.at(100, () => {
      now += 100;
      cpu += 40;
      used += 40 + 2 * percent;
    });
    const { reports } = await run(
      ['wait: 100ms', 'measure: { name: n, elapsed: true, needs: { host-others: 10 } }'],
      { hostFacts: { cores: 2, cpuMs: () => cpu, usedMs: () => used, nowMs: () => now } },
    );
    expect(reports[1]?.outcome).toBe(outcome);
    if (outcome === 'not-judged') {
      expect(reports[1]?.detail).toContain('needs a host of which others use at most 10 %, they used 11 %');
    }
  });

  test('a repeat with such a measure is not judged either', async () => {
    const { reports } = await run([`repeat: { times: 2, steps: [${needy}] }`], {
      hostFacts: quietHost(1),
    });
    expect(reports[0]).toMatchObject({ outcome: 'not-judged' });
    expect(reports[0]?.detail).toMatch(
      /^n: 0, 0 ms\nround 2 of 2, measure n \(elapsed\): 0 ms; not judged: /,
    );
  });
});

describe('memory', () => {
  const ALPHA = RAM_BASE + 2 ** 21;
  const at = (address: number): number => RAM_HOST + (address - RAM_BASE);

  beforeEach(() => {
    script.memory.grow(3 * 32);
    script.instances = [
      {
        ...instance(1, 'alpha'),
        memory: { base: ALPHA, size: 4096 },
        addedMemory: [{ base: ALPHA + 8192, size: 4096 }],
      },
      { ...instance(2, 'beta'), memory: null },
    ];
  });

  test('two snapshots tell how many bytes changed, in added memory too, and not those in between', async () => {
    const bytes = new Uint8Array(script.memory.buffer);
    script.at(10, () => {
      for (const offset of [0, 4095, 4096, 8192, 8193]) bytes[at(ALPHA + offset)] = 1;
    });
    const reports = await reportsOf(
      'snapshot: { name: before, kernel: alpha }',
      'wait: 20ms',
      'snapshot: { name: after, kernel: alpha }',
      'measure: { name: changed, bytes-changed: { from: before, to: after } }',
      'measure: { name: same, bytes-changed: { from: after, to: after } }',
    );
    expect(details(reports).slice(3)).toEqual(['4 bytes', '0 bytes']);
    expect(script.log).toEqual(['pause', 'resume', 'pause', 'resume']);
  });

  test('a machine that is paused stays paused', async () => {
    await run([
      'pause: true',
      'snapshot: { name: a, kernel: alpha }',
      'isolation: cooperative',
      'resume: true',
    ]);
    expect(script.log).toEqual(['pause', 'isolation cooperative', 'resume']);
  });

  test('snapshots of different memory are not compared', async () => {
    script.at(10, () => script.change([{ ...instance(1, 'alpha'), memory: { base: ALPHA, size: 4096 } }]));
    const reports = await reportsOf(
      'snapshot: { name: before, kernel: alpha }',
      'wait: 20ms',
      'snapshot: { name: after, kernel: alpha }',
      'measure: { name: changed, bytes-changed: { from: before, to: after } }',
    );
    expect(reports.at(-1)?.detail).toContain('the snapshots are of different memory');
  });

  test('a kernel without memory has no snapshot', async () => {
    const [report] = await reportsOf('snapshot: { name: a, kernel: beta }');
    expect(report).toMatchObject({ outcome: 'failed', detail: 'beta has no memory yet' });
  });

  test('the hash of a range is of that range', async () => {
    const hashes = 'memory-hash: { kernel: alpha, base: 0x80200000, size: 16 }';
    const bytes = new Uint8Array(script.memory.buffer);
    script.at(10, () => (bytes[at(ALPHA + 16)] = 1)).at(20, () => (bytes[at(ALPHA + 15)] = 1));
    const reports = await reportsOf(
      `measure: { name: a, ${hashes} }`,
      'wait: 15ms',
      `measure: { name: b, ${hashes}, same-as: a }`,
      'wait: 15ms',
      `measure: { name: c, ${hashes}, same-as: a }`,
    );
    // Of sixteen zero bytes.
    expect(reports[0]?.detail).toBe('374708fff7719dd5979ec875d56cd2286f6d3cf7ec317a3b25632aab28ec37bb');
    expect(reports.map((report) => report.outcome)).toEqual(['held', 'held', 'held', 'held', 'failed']);
  });

  test('a range that is not all the kernel’s own is refused with what is', async () => {
    const [report] = await reportsOf(
      'measure: { name: a, memory-hash: { kernel: alpha, base: 0x80200ff8, size: 16 } }',
    );
    expect(report?.detail).toBe(
      "16 bytes at 0x80200ff8 are not all in alpha's private memory, which is 0x80200000-0x80200fff, 0x80202000-0x80202fff",
    );
  });
});

describe('counts', () => {
  const words = (): DataView => new DataView(script.memory.buffer);

  test('instructions are the sum over the harts of the kernel, with the machine paused', async () => {
    script.instances = [{ ...instance(1, 'alpha'), harts: [0, 2] }];
    [100n, 1000n, 7n].forEach((n, hart) => words().setBigUint64(hartBlock(hart) + HART.INSTRET, n, true));
    const [report] = await reportsOf('measure: { name: n, instructions: { kernel: alpha } }');
    expect(report?.detail).toBe('107 instructions');
    expect(script.log).toEqual(['pause', 'resume']);
  });

  test('lost records of the trace as they stand', async () => {
    script.at(10, () => (script.lostRecords = 7));
    const reports = await reportsOf(
      'measure: { name: before, lost: true, at-most: 0 }',
      'wait: 20ms',
      'measure: { name: after, lost: true }',
    );
    expect(details(reports)).toEqual(['0 records', '', '7 records']);
  });

  test('of several kernels are their sum', async () => {
    words().setUint32(instanceBlock(1) + INSTANCE.FIRMWARE_ENTRIES, 5, true);
    words().setUint32(instanceBlock(2) + INSTANCE.FIRMWARE_ENTRIES, 6, true);
    script.at(100, () => words().setUint32(instanceBlock(2) + INSTANCE.FIRMWARE_ENTRIES, 16, true));
    const reports = await reportsOf(
      'measure: { name: now, firmware-entries: { kernel: [alpha, beta] } }',
      'measure: { name: rate, firmware-entries: { kernel: [alpha, beta], over: 500ms } }',
      'measure: { name: none, firmware-entries: { kernel: [alpha, gamma] } }',
    );
    expect(details(reports)).toEqual(['11 calls', '20 calls/s', 'there is no kernel "gamma"']);
  });

  test.each([
    ['firmware-entries', INSTANCE.FIRMWARE_ENTRIES, 'calls'],
    ['gate-faults', INSTANCE.GATE_FAULTS, 'faults'],
  ])('%s as they stand, and per second of machine time', async (kind, word, unit) => {
    words().setUint32(instanceBlock(1) + word, 5, true);
    script.at(100, () => words().setUint32(instanceBlock(1) + word, 55, true));
    const reports = await reportsOf(
      `measure: { name: now, ${kind}: { kernel: alpha } }`,
      `measure: { name: rate, ${kind}: { kernel: alpha, over: 500ms } }`,
    );
    expect(details(reports)).toEqual([`5 ${unit}`, `100 ${unit}/s`]);
  });

  test('the host’s own wake-up error is a time, never early', async () => {
    const { runner } = await run([
      'measure: { name: w, host-wakeup: { sleep: 1ms, times: 5 }, at-least: 0 }',
    ]);
    expect(runner.measurements.report()['w']).toMatchObject({
      unit: 'ns',
      value: expect.any(Number) as number,
    });
  });

  test('times of the status block have their unit', async () => {
    words().setBigUint64(RAM_HOST + 0x1000 + STATUS.MAGIC, 1n, true);
    words().setBigUint64(RAM_HOST + 0x1000 + STATUS.METRONOME_P99, 12_000n, true);
    const [report] = await reportsOf('measure: { name: p, status: { kernel: alpha, word: metronome-p99 } }');
    expect(report?.detail).toBe('12000 ns');
  });
});
