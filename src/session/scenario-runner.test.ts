import { beforeEach, describe, expect, test } from 'vitest';
import { STATUS } from '../protocol/channel.ts';
import { CHANNEL, channelEntry, RAM_HOST } from '../protocol/layout.ts';
import type { KerfReply } from '../protocol/machine-view.ts';
import { parseScenario } from './scenario-file.ts';
import { ScenarioRunner, type StepReport } from './scenario-runner.ts';
import { instance, runSteps, Script } from './scenario.testkit.ts';

let script = new Script();
beforeEach(() => {
  script = new Script();
});

const run = async (...lines: string[]): Promise<StepReport[]> => (await runSteps(script, lines)).reports;
const outcomes = (reports: StepReport[]): string[] => reports.map((report) => report.outcome);

describe('expect', () => {
  test('waits for the text and reports when it came', async () => {
    script.says(700, 2, 'hello\r\n');
    const [report] = await run('expect: { console: beta, text: hello, within: 1s }');
    expect(report).toMatchObject({ outcome: 'held', at: 700 });
  });

  test('reads behind the previous match of the same console only', async () => {
    script.says(1, 2, 'one two one\n');
    const once = 'expect: { console: beta, text: one, within: 5ms }';
    expect(outcomes(await run(once, once, once))).toEqual(['held', 'held', 'failed']);
  });

  test('keeps a cursor for each console', async () => {
    script.says(1, 1, 'same\n').says(1, 2, 'same\n');
    const reports = await run(
      'expect: { console: beta, text: same, within: 5ms }',
      'expect: { console: alpha, text: same, within: 5ms }',
    );
    expect(outcomes(reports)).toEqual(['held', 'held']);
  });

  test('takes a pattern over lines, whatever ends them', async () => {
    script.says(1, 2, 'cores: 2\r\n').says(2, 2, 'online: 2 3\r\n');
    const [report] = await run('expect: { console: beta, pattern: "^online: 2 3$", within: 5ms }');
    expect(report?.outcome).toBe('held');
  });

  test('finds text that arrives in pieces, in the middle of a character too', async () => {
    const bytes = new TextEncoder().encode('grün');
    script.sends(1, 2, bytes.subarray(0, 3)).sends(2, 2, bytes.subarray(3));
    const [report] = await run('expect: { console: beta, text: grün, within: 5ms }');
    expect(report).toMatchObject({ outcome: 'held', at: 2 });
  });

  test('says what it saw instead, and the rest of the steps is not run', async () => {
    script.says(1, 2, Array.from({ length: 30 }, (_, i) => `line ${i}\n`).join(''));
    const reports = await run('expect: { console: beta, text: never, within: 3ms }', 'kerf: show');
    expect(outcomes(reports)).toEqual(['failed']);
    expect(reports[0]?.detail).toMatch(/^not seen within 3 ms; its console ends with:\n {4}\| line 10\n/);
    expect(reports[0]?.detail).toMatch(/\| line 29$/);
    expect(script.log).toEqual([]);
  });

  test('says that nothing was said', async () => {
    const [report] = await run('expect: { console: beta, text: never, within: 3ms }');
    expect(report?.detail).toBe('not seen within 3 ms; its console is empty');
  });

  test('fails for a kernel that is not there', async () => {
    const [report] = await run('expect: { console: gamma, text: never, within: 3ms }');
    expect(report).toMatchObject({ outcome: 'failed', detail: 'there is no kernel "gamma"' });
  });

  test('does not hear what a deleted kernel of the same ID said', async () => {
    script
      .says(1, 2, 'old words\n')
      .at(2, () => script.change([instance(1, 'alpha')]))
      .at(3, () => script.change([instance(1, 'alpha'), instance(2, 'beta')]));
    const reports = await run('wait: 4ms', 'expect: { console: beta, text: old, within: 1ms }');
    expect(reports[1]?.detail).toBe('not seen within 1 ms; its console is empty');
  });

  test('without a limit waits until it is told to give up', async () => {
    let reason: string | null = null;
    script.says(1, 2, 'hung\n').at(5000, () => (reason = 'no time left'));
    const scenario = parseScenario('name: t\nsteps: [{ expect: { console: beta, text: never } }]', 't.yaml');
    const runner = await ScenarioRunner.create(script, { interruption: () => reason });
    const [report] = await runner.run(scenario.ok ? scenario.value.steps : []);
    expect(report).toEqual({
      step: 'expect from beta: "never"',
      outcome: 'interrupted',
      detail: 'no time left; its console ends with:\n    | hung',
      at: 5000,
    });
  });
});

describe('kerf', () => {
  const refused: KerfReply = {
    line: 'exec beta',
    exitCode: 1,
    output: '',
    error: { code: 'not-loaded', reason: 'beta is ready', hint: 'load it first' },
  };

  test('holds when the exit status is the expected one and the answer contains the output', async () => {
    script.replies.set('exec beta', refused);
    const [report] = await run('{ kerf: exec beta, exit: 1, output: beta is ready }');
    expect(report).toMatchObject({ outcome: 'held', detail: 'not-loaded: beta is ready; load it first' });
  });

  test('fails with the refusal when success was expected', async () => {
    script.replies.set('exec beta', refused);
    const [report] = await run('kerf: exec beta');
    expect(report?.detail).toBe('exit 1 instead of 0: not-loaded: beta is ready; load it first');
  });

  test('fails when the answer is another', async () => {
    script.replies.set('show', { line: 'show', exitCode: 0, output: 'free: 2' });
    const [report] = await run('{ kerf: show, output: "free: none" }');
    expect(report?.detail).toBe('the answer does not contain "free: none": free: 2');
  });
});

test('type sends the bytes of the text to the console of the kernel', async () => {
  await run('type: { console: beta, text: "ping alpha\\n" }');
  expect(script.log).toEqual(['type 2 ping alpha\n']);
});

test('a runner that is disposed of leaves no listener behind', async () => {
  const runner = await ScenarioRunner.create(script);
  await runner.dispose();
  await runner.dispose();
  expect(script.log).toEqual(['unsubscribe 2', 'unsubscribe 1']);
});

test('wait lets machine time go by', async () => {
  const [report] = await run('wait: 2s');
  expect(report).toEqual({ step: 'wait 2 s', outcome: 'held', detail: '', at: 2000 });
});

describe('measure', () => {
  const status = (word: number, value: bigint): void =>
    new DataView(script.memory.buffer).setBigUint64(RAM_HOST + 0x1000 + word, value, true);

  test('reads doorbells by direction', async () => {
    const words = new DataView(script.memory.buffer);
    words.setUint32(channelEntry(3) + CHANNEL.DOORBELLS_AB, 7, true);
    words.setUint32(channelEntry(3) + CHANNEL.DOORBELLS_BA, 5, true);
    const reports = await run(
      'measure: { name: there, doorbells: { from: alpha, to: beta } }',
      'measure: { name: back, doorbells: { from: beta, to: alpha } }',
    );
    expect(reports.map((report) => report.detail)).toEqual(['7 doorbells', '5 doorbells']);
  });

  test('reads doorbells that had to wait, by direction', async () => {
    const words = new DataView(script.memory.buffer);
    words.setUint32(channelEntry(3) + CHANNEL.LIMITED_AB, 4, true);
    words.setUint32(channelEntry(3) + CHANNEL.LIMITED_BA, 2, true);
    const reports = await run(
      'measure: { name: there, doorbells-held: { from: alpha, to: beta } }',
      'measure: { name: back, doorbells-held: { from: beta, to: alpha } }',
    );
    expect(reports.map((report) => report.detail)).toEqual(['4 doorbells', '2 doorbells']);
  });

  test('reads a word of the status block, and says when there is none', async () => {
    status(STATUS.MAGIC, 1n);
    status(STATUS.BEATS_MISSED, 4n);
    const reports = await run(
      'measure: { name: a, status: { kernel: alpha, word: missed } }',
      'measure: { name: b, status: { kernel: beta, word: missed } }',
    );
    expect(reports.map((report) => report.detail)).toEqual(['4 missed', 'beta keeps no status block']);
  });

  test('gives a rate per second of machine time', async () => {
    status(STATUS.MAGIC, 1n);
    script.at(100, () => status(STATUS.WORK, 50n));
    const [report] = await run('measure: { name: a, rate: { kernel: alpha, word: work, over: 500ms } }');
    expect(report?.detail).toBe('100 work/s');
  });

  test('refuses a rate over a restart', async () => {
    status(STATUS.MAGIC, 1n);
    script.at(100, () => script.change([{ ...instance(1, 'alpha'), bootId: 2 }]));
    const [report] = await run('measure: { name: a, rate: { kernel: alpha, word: work, over: 500ms } }');
    expect(report).toMatchObject({ outcome: 'failed', detail: 'alpha was started anew meanwhile' });
  });

  test('hashes memory with the machine paused', async () => {
    const [report] = await run('measure: { name: a, memory-hash: { kernel: beta } }');
    expect(report?.detail).toBe('hash of 2');
    expect(script.log).toEqual(['pause', 'resume']);
  });

  test('captures a whole number from the console, never half of one', async () => {
    script.says(1, 2, 'work 12').says(2, 2, '34\n');
    const pattern = String.raw`"work (\\d+)"`;
    const [report] = await run(
      `measure: { name: a, captured: { console: beta, pattern: ${pattern}, within: 5ms } }`,
    );
    expect(report?.detail).toBe('1234');
  });

  test.each([
    ['elapsed: true, at-least: 5', 'failed', '0 is not at least 5'],
    ['elapsed: true, at-most: 5', 'held', '0 ms'],
    ['doorbells: { from: alpha, to: beta }, at-least: 1', 'failed', '0 is not at least 1'],
    ['memory-hash: { kernel: beta }, at-most: 1', 'failed', 'hash of 2 is not at most 1'],
    [
      'memory-hash: { kernel: alpha }, same-as: before',
      'failed',
      'hash of 1 is not the same as before, which was hash of 2',
    ],
    ['memory-hash: { kernel: beta }, same-as: before', 'held', 'hash of 2'],
    ['elapsed: true, more-than: zero', 'failed', '0 is not more than zero, which was 0'],
  ])('%s', async (measure, outcome, detail) => {
    const reports = await run(
      'measure: { name: before, memory-hash: { kernel: beta } }',
      'measure: { name: zero, elapsed: true }',
      `measure: { name: x, ${measure} }`,
    );
    expect(reports[2]).toMatchObject({ outcome, detail });
  });
});
