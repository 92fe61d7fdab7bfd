/** First visit to the production build: from navigation to the first console text and the first beats. */
import { chromium } from '@playwright/test';

const VISITS = 5;
/** Milliseconds. */
const AIM = { text: 2_000, pulses: 3_000 } as const;

/** `url` serves the production build; `executablePath` is a Chromium. */
export async function measurePage(
  url: string,
  executablePath: string,
  say: (line: string) => void,
): Promise<void> {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const text: number[] = [];
  const pulses: number[] = [];
  try {
    for (let visit = 0; visit < VISITS; visit++) {
      // A context of its own: nothing is cached from the visit before.
      const page = await (await browser.newContext()).newPage();
      const began = performance.now();
      await page.goto(url);
      await page.waitForFunction(() => (window.archipelago.consoleText('alpha') ?? '') !== '', null, {
        polling: 10,
      });
      text.push(performance.now() - began);
      await page.waitForFunction(
        () => ['alpha', 'beta'].every((name) => window.archipelago.beats(name) > 0),
        null,
        { polling: 10 },
      );
      pulses.push(performance.now() - began);
      await page.context().close();
    }
  } finally {
    await browser.close();
  }
  const middle = (values: readonly number[]): string =>
    (values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN).toFixed(0);
  say(
    `first visit: console text after ${middle(text)} ms (aim: ${AIM.text}), beats of both after ${middle(pulses)} ms (aim: ${AIM.pulses})`,
  );
}
