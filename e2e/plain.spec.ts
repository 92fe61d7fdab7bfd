/**
 * The built folder on a server that sends no headers but the type of a file, below a path: without shared memory the
 * machine runs in Repeatable mode on one worker.
 */
import { fileURLToPath } from 'node:url';
import type { FrameLocator, Page } from '@playwright/test';
import { serveFolder } from '../scripts/lib/static-server.mjs';
import { expect, test } from './playground.ts';

const BUILT = fileURLToPath(new URL('../dist', import.meta.url));
const LECTURE = `<!doctype html><html lang="en"><title>Lecture</title><body>
  <iframe src="/some/path/?embed" title="Archipelago" width="1200" height="680"></iframe></body></html>`;

let server: Awaited<ReturnType<typeof serveFolder>>;

test.beforeAll(async () => {
  server = await serveFolder(BUILT, '/some/path/', { pages: { '/lecture.html': LECTURE } });
});
test.afterAll(() => server.close());

/** The first visit in Repeatable mode: both kernels boot, a core is moved, a ping is answered. */
async function firstVisit(page: Page, place: Page | FrameLocator): Promise<void> {
  for (const name of ['alpha', 'beta']) {
    await expect(place.getByTestId(`state-${name}`)).toHaveText('running', { timeout: 30_000 });
    await expect(place.getByTestId(`pulse-${name}`)).toHaveAccessibleName(`Pulse of ${name}: beating`);
  }
  await place.getByTestId('kerf-input').fill('update beta --cpus +2');
  await place.getByTestId('kerf-input').press('Enter');
  await expect(place.getByTestId('kerf-log')).toContainText('hart 2 joined beta');
  await expect(place.getByTestId('column-beta').getByTestId('core-2')).toBeVisible();
  await place.getByTestId('console-alpha').locator('.xterm-screen').click();
  await page.keyboard.type('ping beta 3');
  await page.keyboard.press('Enter');
  await expect(place.getByTestId('console-alpha')).toContainText(/(?:reply from beta: n=\d.*){3}/);
  await expect(place.getByTestId('plain-badge')).toBeVisible();
}

test('it boots, moves a core and answers a ping on one worker, and says why', async ({
  page,
  playground,
}) => {
  await page.goto(server.address);
  expect(await page.evaluate(() => window.crossOriginIsolated)).toBe(false);
  await firstVisit(page, page);
  expect(await page.evaluate(async () => (await window.archipelago.services!.view()).config.mode)).toBe(
    'repeatable',
  );
  // What the page reads at machine speed it reads from its copy.
  const before = await playground.doorbells();
  await expect.poll(async () => (await playground.doorbells()).fromBeta).toBeGreaterThan(before.fromBeta);
  await expect.poll(() => playground.figure('work', 'beta')).toBeGreaterThan(0);
  await page.getByTestId('plain-badge').click();
  await expect(page.getByRole('dialog')).toContainText('not cross-origin isolated');
  await page.keyboard.press('Escape');
});

test('the same in a frame of a page that is not isolated', async ({ page }) => {
  await page.goto(new URL('/lecture.html', server.address).href);
  await firstVisit(page, page.frameLocator('iframe'));
});
