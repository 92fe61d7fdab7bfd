/**
 * First visit to the production build: from navigation to the first console text and the first beats of both kernels.
 * Every visit has a browser of its own, so that nothing of an earlier one is cached, compiled code included. The slowest
 * is judged: a visitor has only one first visit.
 */
import { chromium } from '@playwright/test';
import { judge, LIMITS, median, type Verdict } from './verdict.ts';

const VISITS = 5;

/** Milliseconds from navigation. */
export interface Visit {
  readonly text: number;
  readonly pulses: number;
}

/** `url` serves the production build; `executablePath` is a Chromium. */
export async function measurePage(
  url: string,
  executablePath: string,
  say: (line: string) => void,
): Promise<Verdict[]> {
  const visits: Visit[] = [];
  for (let number = 1; number <= VISITS; number++) {
    const { text, pulses } = await visit(url, executablePath);
    say(
      `visit ${number}: console text after ${text.toFixed(0)} ms, beats of both after ${pulses.toFixed(0)} ms`,
    );
    visits.push({ text, pulses });
  }
  const middle = (key: keyof Visit): string => median(visits.map((one) => one[key])).toFixed(0);
  say(`median: console text after ${middle('text')} ms, beats of both after ${middle('pulses')} ms`);
  return judgeVisits(visits);
}

/** Judges the slowest visit. */
export function judgeVisits(visits: readonly Visit[]): Verdict[] {
  const slowest = (key: keyof Visit): number => Math.max(...visits.map((one) => one[key]));
  return [judge(LIMITS.text, slowest('text')), judge(LIMITS.pulses, slowest('pulses'))];
}

async function visit(url: string, executablePath: string): Promise<Visit> {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    const began = performance.now();
    await page.goto(url);
    await page.waitForFunction(() => (window.archipelago.consoleText('alpha') ?? '') !== '', null, {
      polling: 10,
    });
    const text = performance.now() - began;
    await page.waitForFunction(
      () => ['alpha', 'beta'].every((name) => window.archipelago.beats(name) > 0),
      null,
      { polling: 10 },
    );
    return { text, pulses: performance.now() - began };
  } finally {
    await browser.close();
  }
}
