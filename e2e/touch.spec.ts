/** Fingers: they carry cores and devices onto columns, and on a phone, which shows one column at a time, onto a tab; they zoom. */
import type { Locator, Page } from '@playwright/test';
import { expect, test } from './playground.ts';
import { seconds } from './timeline-words.ts';

test.use({ hasTouch: true });

async function centre(locator: Locator): Promise<{ x: number; y: number }> {
  await expect(locator).toBeVisible();
  const box = (await locator.boundingBox())!;
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

interface Way {
  readonly from: { readonly x: number; readonly y: number };
  readonly to: { readonly x: number; readonly y: number };
}

/** Fingers that go down together, each its way, and up. Playwright's touchscreen can only tap. */
async function moveFingers(page: Page, ways: readonly Way[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const send = (type: 'touchStart' | 'touchMove' | 'touchEnd', part: number) =>
    session.send('Input.dispatchTouchEvent', {
      type,
      touchPoints:
        type === 'touchEnd'
          ? []
          : ways.map(({ from, to }, id) => ({
              id,
              x: from.x + (to.x - from.x) * part,
              y: from.y + (to.y - from.y) * part,
            })),
    });
  await send('touchStart', 0);
  for (let step = 1; step <= 8; step++) await send('touchMove', step / 8);
  await send('touchEnd', 1);
}

const dragByTouch = async (page: Page, from: Locator, to: Locator): Promise<void> =>
  moveFingers(page, [{ from: await centre(from), to: await centre(to) }]);

test('a finger drags a free core and a device onto running kernels', async ({ page, playground }) => {
  await playground.open();
  await dragByTouch(page, playground.core(2, 'free'), playground.column('beta'));
  await expect(playground.core(2, 'beta')).toBeVisible();
  await expect(playground.kerfLog()).toContainText('kerf update beta --cpus +2');
  await dragByTouch(page, page.getByTestId('device-rng0'), playground.column('alpha'));
  await expect(playground.column('alpha').getByTestId('device-rng0')).toBeVisible();
  await expect(playground.kerfLog()).toContainText('kerf update alpha --devices +rng0');
});

test('two fingers zoom the timeline, around what lies between them', async ({ page, playground }) => {
  await playground.open();
  await page.keyboard.press('t');
  await page.getByTestId('pause').click();
  await expect(playground.state('alpha')).toHaveText('paused');
  const shows = page.getByTestId('timeline-shows');
  const box = (await page.getByTestId('timeline-picture').boundingBox())!;
  const at = (part: number) => ({ x: box.x + box.width * part, y: box.y + box.height / 3 });
  const whole = seconds(await shows.innerText());
  const apart = [
    { from: at(0.6), to: at(0.45) },
    { from: at(0.65), to: at(0.8) },
  ];
  await moveFingers(page, apart);
  await expect.poll(async () => seconds(await shows.innerText())).toBeLessThan(whole / 3);
  await moveFingers(
    page,
    apart.map(({ from, to }) => ({ from: to, to: from })),
  );
  await expect.poll(async () => seconds(await shows.innerText())).toBeGreaterThan(whole / 3);
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
