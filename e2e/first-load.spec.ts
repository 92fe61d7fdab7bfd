/** How much the page fetches before the first kernel runs: what somebody on a slow line waits for. */
import { gzipSync } from 'node:zlib';
import type { Request } from '@playwright/test';
import { expect, test } from './playground.ts';

/** Bytes, each file compressed as a server does it. */
const BUDGET = 400_000;

test('what is fetched before the first kernel runs keeps to its budget', async ({ page, playground }) => {
  const fetched: Request[] = [];
  page.on('requestfinished', (request) => fetched.push(request));
  await playground.open();
  const running = await page.evaluate(
    () => performance.timeOrigin + (performance.getEntriesByName('first-kernel')[0]?.startTime ?? NaN),
  );
  expect(running).toBeGreaterThan(0);

  const sizes = new Map<string, number>();
  for (const request of fetched) {
    if (request.timing().startTime >= running) continue;
    const body = (await (await request.response())?.body()) ?? Buffer.alloc(0);
    sizes.set(new URL(request.url()).pathname, Math.min(body.length, gzipSync(body).length));
  }
  const told = [...sizes].map(([path, bytes]) => `${path} ${bytes}`).join('\n');
  // The workers and the guest are among them, so that nothing of what counts was overlooked.
  for (const part of [/services/, /hart/, /islet\.img/, /index.*\.js/]) expect(told).toMatch(part);
  const sum = [...sizes.values()].reduce((total, bytes) => total + bytes, 0);
  test.info().annotations.push({ type: 'first load', description: `${sum} bytes\n${told}` });
  expect(sum, told).toBeLessThanOrEqual(BUDGET);
});
