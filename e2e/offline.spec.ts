/** The service worker: isolation where the server sends no headers, and the page without a network after the first visit. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { serveFolder } from '../scripts/lib/static-server.mjs';
import { expect, Playground, test } from './playground.ts';

test.use({ serviceWorkers: 'allow' });

const BUILT = fileURLToPath(new URL('../dist', import.meta.url));

let folder: string;
let server: Awaited<ReturnType<typeof serveFolder>>;

test.beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'archipelago-built-'));
  cpSync(BUILT, folder, { recursive: true });
  server = await serveFolder(folder, '/courses/os/');
});
test.afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

async function isIsolated(page: Page): Promise<void> {
  // Also over the page's loading itself again.
  await page.waitForFunction(() => window.crossOriginIsolated);
  await new Playground(page).waitForKernels();
}

async function isReadyOffline(page: Page): Promise<void> {
  await page.getByTestId('gallery').click();
  await expect(page.getByTestId('preflight')).toContainText('✓ isolated: a worker for each core');
  await expect(page.getByTestId('preflight')).toContainText('✓ ready offline');
  await page.keyboard.press('Escape');
}

test('a server without headers: the page loads itself again, once, and has shared memory; then it needs no network', async ({
  page,
}) => {
  const loads: string[] = [];
  page.on('framenavigated', (frame) => {
    if (frame === page.mainFrame()) loads.push(frame.url());
  });
  await page.goto(server.address);
  await isIsolated(page);
  expect(loads).toEqual([server.address, server.address]);
  await expect(page.getByTestId('plain-badge')).toHaveCount(0);
  await isReadyOffline(page);

  await server.close();
  await page.reload();
  await isIsolated(page);
  // What is loaded when it is first needed is there too, and so are the scenarios.
  await page.goto(`${server.address}?scenario=two-kernels`);
  await new Playground(page).waitForKernels();
  await page.getByTestId('gallery').click();
  await expect(page.getByTestId('gallery-dialog')).toBeVisible();
});

test('a later build reaches an open page when it is loaded again, and is what is kept from then on', async ({
  page,
  context,
}) => {
  await page.goto(server.address);
  await isIsolated(page);
  await isReadyOffline(page);

  const edit = (file: string, from: string | RegExp, to: string): void => {
    const text = readFileSync(join(folder, file), 'utf8');
    expect(text).toMatch(from);
    writeFileSync(join(folder, file), text.replace(from, to));
  };
  edit('index.html', '<title>Archipelago</title>', '<title>Archipelago, later</title>');
  edit('service-worker.js', /"version":"[0-9a-f]{16}"/, '"version":"later"');
  await page.reload();
  await expect(page).toHaveTitle('Archipelago, later');
  await isIsolated(page);
  // The later service worker has all files before it waits.
  const waits = (): Promise<boolean> =>
    page.evaluate(async () => Boolean((await navigator.serviceWorker.getRegistration())?.waiting));
  await expect.poll(waits).toBe(true);
  await page.close();

  const next = await context.newPage();
  await next.goto(server.address);
  const kept = (): Promise<string[]> => next.evaluate(() => caches.keys());
  await expect.poll(kept).toEqual([`archipelago ${server.address} later`]);
  await server.close();
  await next.reload();
  await expect(next).toHaveTitle('Archipelago, later');
  await isIsolated(next);
});

test('without service workers a server without headers still gives a machine', async ({ browser }) => {
  const context = await browser.newContext({ serviceWorkers: 'block' });
  const page = await context.newPage();
  await page.goto(server.address);
  await new Playground(page).waitForKernels();
  await expect(page.getByTestId('plain-badge')).toBeVisible();
  await page.getByTestId('gallery').click();
  await expect(page.getByTestId('preflight')).toContainText('✗ not isolated: one worker for all cores');
  await expect(page.getByTestId('preflight')).toContainText('✗ not kept for offline here');
  await context.close();
});
