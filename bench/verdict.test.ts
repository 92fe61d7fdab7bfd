/** The benchmark fails when a limit is missed, and when what was asked for could not be measured. */
import { describe, expect, test } from 'vitest';
import { bench } from './main.ts';
import { judgeVisits, type Visit } from './page.ts';
import { judgeIdle } from './idle.ts';
import { judgeSpeed } from './speed.ts';
import { summary, type Verdict } from './verdict.ts';

const held = (verdicts: readonly Verdict[]): boolean => summary(verdicts).held;
const visit = (text: number, pulses: number): Visit => ({ text, pulses });

describe('the first visit', () => {
  test.each([
    [[visit(1999, 2999)], true],
    [[visit(2000, 2999)], false],
    [[visit(1999, 3000)], false],
    [[visit(500, 900), visit(500, 900), visit(2400, 2600)], false],
    [[visit(NaN, 900)], false],
    [[], false],
  ] as const)('%j: %s', (visits, expected) => {
    expect(held(judgeVisits(visits))).toBe(expected);
  });

  test('without a browser it is a miss, not left out', async () => {
    const said: string[] = [];
    expect(await bench({ names: ['page'], page: null }, (line) => said.push(line))).toBe(false);
    expect(said.at(-1)).toBe('MISSED first visit: not measured, there is no Chromium');
  });
});

test.each([
  [0.0499, true],
  [0.05, false],
  [NaN, false],
])('an idle machine that takes %f of a host core: %s', (share, expected) => {
  expect(held(judgeIdle(share))).toBe(expected);
});

describe('speed', () => {
  const row = (ratio: number, wrong: string | null = null): Parameters<typeof judgeSpeed>[0][number] => ({
    name: 'sieve',
    instructionsPerSecond: 1e8,
    ratio,
    wrong,
  });

  test.each([
    [[row(0.04)], true],
    [[row(0.02), row(0.09)], true],
    [[row(0.0399)], false],
    [[row(0.02), row(0.07)], false],
    [[row(NaN), row(1)], false],
    [[row(0.1), row(0.1, 'the guest computed 1, wasm32 2')], false],
    [[], false],
  ])('%j: %s', (rows, expected) => {
    expect(held(judgeSpeed(rows))).toBe(expected);
  });

  test('says which output is wrong', () => {
    const { lines } = summary(judgeSpeed([row(0.1, 'the guest computed 1, wasm32 2')]));
    expect(lines).toContain('MISSED sieve: the guest computed 1, wasm32 2');
  });
});

test('no verdict is no success', () => {
  expect(held([])).toBe(false);
});
