/** A core is carried by a finger: onto a column, and on a phone, which shows one column at a time, onto a tab. */
import type { Locator, Page } from '@playwright/test';
import { expect, test } from './playground.ts';

test.use({ hasTouch: true });

async function centre(locator: Locator): Promise<{ x: number; y: number }> {
  await expect(locator).toBeVisible();
  const box = (await locator.boundingBox())!;
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** Playwright's touchscreen can only tap. */
async function dragByTouch(page: Page, from: Locator, to: Locator): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const start = await centre(from);
  const end = await centre(to);
  const send = (type: 'touchStart' | 'touchMove' | 'touchEnd', part: number) =>
    session.send('Input.dispatchTouchEvent', {
      type,
      touchPoints:
        type === 'touchEnd'
          ? []
          : [{ id: 1, x: start.x + (end.x - start.x) * part, y: start.y + (end.y - start.y) * part }],
    });
  await send('touchStart', 0);
  for (let step = 1; step <= 8; step++) await send('touchMove', step / 8);
  await send('touchEnd', 1);
}

test('a finger drags a free core onto a running kernel', async ({ page, playground }) => {
  await playground.open();
  await dragByTouch(page, playground.core(2, 'free'), playground.column('beta'));
  await expect(playground.core(2, 'beta')).toBeVisible();
  await expect(playground.kerfLog()).toContainText('kerf update beta --cpus +2');
});

test('on a phone a finger drops a core on the tab of its new column', async ({ page, playground }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('./');
  await playground.waitForConsole('beta', /beta>/);
  const tab = (name: string) =>
    page.getByRole('navigation', { name: 'Columns' }).getByRole('button', { name });
  await tab('Free').click();
  await dragByTouch(page, playground.core(2, 'free'), tab('beta'));
  await expect(playground.core(2, 'free')).toHaveCount(0);
  await tab('beta').click();
  await expect(playground.core(2, 'beta')).toBeVisible();
});
