/** The minute in which the page says what it is for: once by mouse, once by the keyboard alone. */
import type { Page } from '@playwright/test';
import { expect, test, type Playground } from './playground.ts';

/** In beta's memory, where it keeps nothing. */
const ADDRESS = '0x81800800';

/** What the panic leaves: a flat line, and an alpha that goes on. */
async function panicStaysWithBeta(playground: Playground): Promise<void> {
  await playground.waitForConsole('beta', /panic: asked for/);
  await expect(playground.state('beta')).toHaveText('panic');
  await expect(playground.pulse('beta')).toHaveAccessibleName('Pulse of beta: flat');
  await expect(playground.pulse('alpha')).toHaveAccessibleName('Pulse of alpha: beating');
  const beats = await playground.beats('alpha');
  await expect.poll(() => playground.beats('alpha')).toBeGreaterThan(beats + 5);
}

async function coreMoved(playground: Playground): Promise<void> {
  await expect(playground.core(2, 'beta')).toBeVisible();
  await expect(playground.kerfLog()).toContainText('update beta --cpus +2');
  await playground.waitForConsole('beta', /core 2 joined/);
}

async function betaRunsAgain(playground: Playground): Promise<void> {
  await expect(playground.state('beta')).toHaveText('running');
  await playground.waitForConsole('beta', /panic: asked for[^]*beta>/);
}

const STATIONS = ['fill', 'publish', 'doorbell', 'pending', 'trap', 'drain'];

/**
 * All stations in their order, each with its bytes and the core that it lights; `goTo` leads to the one of an index, and
 * `back` to the message before: the last one may still be on its way, or have been taken without an interrupt.
 */
async function walkStations(
  page: Page,
  back: () => Promise<void>,
  goTo: (index: number) => Promise<void>,
): Promise<void> {
  await expect(page.getByTestId('stations')).toBeVisible();
  const title = page.getByTestId('stations-title');
  const happened = page.getByTestId('stations').locator('.station[data-happened=true]');
  for (let k = 0; k < 30; k++) {
    const [name, count] = [await title.innerText(), await happened.count()];
    if (/(alpha to beta|beta to alpha)$/.test(name) && count === STATIONS.length) break;
    const before = await page.getByTestId('announcer').innerText();
    await back();
    await expect(page.getByTestId('announcer')).not.toHaveText(before);
  }
  for (const [index, name] of STATIONS.entries()) {
    if (index > 0) await goTo(index);
    await expect(page.getByTestId('station')).toHaveAttribute('data-station', name);
    await expect(page.getByTestId('station-bytes')).toContainText(/^00 ([0-9a-f]{2} ?){16}/);
    await expect(page.locator('.core-tile[data-lit]')).toHaveCount(1);
  }
  await expect(page.getByTestId('station-source')).toContainText('guests/lib/ring.c:');
}

async function linkIsThere(page: Page): Promise<void> {
  await expect(page.getByTestId('share-link')).toHaveValue(/#v1=/);
}

test('each gesture does what it says', async ({ playground, page }) => {
  await playground.open();
  const { fromAlpha, fromBeta } = await playground.doorbells();
  expect(fromAlpha + fromBeta).toBeGreaterThan(0);

  await expect.poll(() => playground.figure('work', 'beta')).toBeGreaterThan(0);
  const work = await playground.figure('work', 'beta');
  await playground.drag(2, 'free', 'beta');
  await coreMoved(playground);
  await expect.poll(() => playground.figure('work', 'beta')).toBeGreaterThan(work);

  await playground.type('beta', 'panic');
  await panicStaysWithBeta(playground);
  await playground.column('beta').getByRole('button', { name: 'Restart' }).click();
  await betaRunsAgain(playground);

  await playground.ask('alpha', `poke ${ADDRESS} 0x5a5a`, /fault: store access fault at 0x81800800/);
  await expect.poll(() => playground.figure('faults', 'alpha')).toBe(1);
  await page.getByTestId('isolation').getByRole('button').click();
  await page.getByRole('option', { name: /Cooperative/ }).click();
  await expect(page.getByTestId('isolation')).toContainText('Cooperative');
  await playground.ask('alpha', `poke ${ADDRESS} 0x5a5a`, /0x81800800 <- 0x0*5a5a/);
  await playground.ask('beta', `peek ${ADDRESS}`, /0x81800800: 0x0*5a5a/);

  await page.getByTestId('pause').click();
  const paused = await playground.time();
  await expect(page.getByTestId('pause')).toHaveAccessibleName('Resume');
  expect(await playground.time()).toBeCloseTo(paused, 0);
  // The label lies over the middle of its wire and lets the pointer through.
  const label = await page.locator('.wire-label').first().boundingBox();
  if (!label) throw new Error('no wire has a label');
  await page.mouse.click(label.x + label.width / 2, label.y + label.height / 2);
  await walkStations(
    page,
    () => page.getByTestId('stations').getByRole('button', { name: 'Previous message' }).click(),
    (index) => page.getByTestId('stations').locator('.station').nth(index).click(),
  );
  await page.getByTestId('stations').getByRole('button', { name: 'Leave the stations' }).click();
  await expect(page.getByTestId('stations')).toBeHidden();

  await page.getByTestId('share').click();
  await linkIsThere(page);
});

test('the keyboard alone does the same', async ({ playground, page }) => {
  const { keyboard } = page;
  await playground.open();
  const tabTo = async (test: string): Promise<void> => {
    for (let presses = 0; presses < 60; presses++) {
      await keyboard.press('Tab');
      if (
        await page.evaluate((selector) => document.activeElement?.closest(selector) instanceof Element, test)
      )
        return;
    }
    throw new Error(`no Tab leads to ${test}`);
  };
  // A terminal takes Tab for its kernel, so the focus is set beside it before the next key.
  /** `kerf console NAME` leads from the command line to a console. */
  const typeAt = async (name: string, line: string): Promise<void> => {
    await page.getByTestId('isolation').getByRole('button').focus();
    await keyboard.press('k');
    await keyboard.type(`console ${name}`);
    await keyboard.press('Enter');
    await expect(page.getByTestId(`console-${name}`).locator('textarea')).toBeFocused();
    await keyboard.type(line);
    await keyboard.press('Enter');
  };

  await tabTo('[data-testid=core-2]');
  await keyboard.press('ArrowRight');
  await keyboard.press('ArrowRight');
  await keyboard.press('Enter');
  await coreMoved(playground);

  await typeAt('beta', 'panic');
  await panicStaysWithBeta(playground);
  await page.getByTestId('isolation').getByRole('button').focus();
  await keyboard.press('k');
  await keyboard.type('exec beta');
  await keyboard.press('Enter');
  await betaRunsAgain(playground);

  await typeAt('alpha', `poke ${ADDRESS} 0x5a5a`);
  await playground.waitForConsole('alpha', /fault: store access fault at 0x81800800/);
  await page.getByTestId('isolation').getByRole('button').focus();
  await keyboard.press('Enter');
  await expect(page.getByRole('option', { name: /Enforced/ })).toBeFocused();
  await keyboard.press('ArrowDown');
  await keyboard.press('Enter');
  await expect(page.getByTestId('isolation')).toContainText('Cooperative');
  await typeAt('alpha', `poke ${ADDRESS} 0x5a5a`);
  await playground.waitForConsole('alpha', /0x81800800 <- 0x0*5a5a/);
  await typeAt('beta', `peek ${ADDRESS}`);
  await playground.waitForConsole('beta', /0x81800800: 0x0*5a5a/);

  await page.getByTestId('pause').focus();
  await keyboard.press('Enter');
  await expect(page.getByTestId('pause')).toHaveAccessibleName('Resume');
  await keyboard.press(',');
  await walkStations(
    page,
    () => keyboard.press(','),
    () => keyboard.press('ArrowRight'),
  );
  await keyboard.press('Escape');
  await expect(page.getByTestId('stations')).toBeHidden();
  await page.getByTestId('share').focus();
  await keyboard.press('Enter');
  await linkIsThere(page);
});
