/** The suite's own failures: time that runs out, reports of an earlier run, programs that hang. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { finish, Suite } from './checks.mjs';
import { countReport, playwrightCount, vitestCount } from './reports.mjs';

const passed = () => Promise.resolve({ count: { passed: 1, failed: 0, skipped: 0 }, output: '' });
let said;

beforeEach(() => {
  said = [];
  vi.spyOn(console, 'log').mockImplementation((line) => said.push(line));
});
afterEach(() => vi.restoreAllMocks());

describe('time for all checks', () => {
  test('a check that begins when none is left fails without being run', async () => {
    const left = [1, 0];
    const suite = new Suite(() => left.shift() ?? 0);
    const late = vi.fn(passed);
    await suite.check('in time', passed);
    await suite.check('late', late);
    expect(late).not.toHaveBeenCalled();
    expect(suite.count).toEqual({ passed: 1, failed: 1, skipped: 0 });
    expect(suite.failures).toEqual(['late']);
    expect(said.join('\n')).toContain('not run: all checks together may take 1170 s');
  });

  test('a check that never ends fails when the time is over', async () => {
    vi.useFakeTimers();
    try {
      const suite = new Suite(() => 20);
      const checked = suite.check('endless', () => new Promise(() => {}));
      await vi.advanceTimersByTimeAsync(24_999);
      expect(suite.count.failed).toBe(0);
      await vi.advanceTimersByTimeAsync(1);
      await checked;
      expect(suite.count).toEqual({ passed: 0, failed: 1, skipped: 0 });
    } finally {
      vi.useRealTimers();
    }
  });

  test('a program gets no more than is left, however much it is allowed', async () => {
    const uptime = vi.spyOn(process, 'uptime').mockReturnValue(1169.9);
    const { status, output } = await finish([process.execPath, '-e', 'setInterval(() => {}, 1000)'], {
      limit: 600,
    });
    expect(uptime).toHaveBeenCalled();
    expect(status).toBeNull();
    expect(output).toContain('stopped after 0 s');
  });
});

describe('reports', () => {
  const good = { stats: { expected: 9, unexpected: 0, flaky: 0, skipped: 1 }, errors: [] };
  let folder;
  let report;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'reports-'));
    report = join(folder, 'playwright.json');
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const writes = (status, text) => () => {
    if (text !== null) writeFileSync(report, JSON.stringify(text));
    return Promise.resolve({ status, output: 'what it said' });
  };

  test('counts what the run reported', async () => {
    const { count } = await countReport(report, writes(0, good), playwrightCount);
    expect(count).toEqual({ passed: 9, failed: 0, skipped: 1 });
  });

  test('a runner that crashes before its report does not pass with the counts of the run before', async () => {
    writeFileSync(report, JSON.stringify(good));
    const { count, output } = await countReport(report, writes(1, null), playwrightCount);
    expect(count).toEqual({ passed: 0, failed: 1, skipped: 0 });
    expect(output).toBe('what it said');
    expect(existsSync(report)).toBe(false);
  });

  test.each([1, null])('a report without failures does not hide status %s', async (status) => {
    const { count } = await countReport(report, writes(status, good), playwrightCount);
    expect(count.failed).toBe(1);
  });

  test('a test file that cannot be loaded counts as one failure', () => {
    const testResults = [{ status: 'failed', assertionResults: [] }];
    const numbers = { numPassedTests: 3, numFailedTests: 0, numPendingTests: 1, numTodoTests: 0 };
    expect(vitestCount({ ...numbers, testResults })).toEqual({ passed: 3, failed: 1, skipped: 1 });
  });
});
