/** Present: the sixty seconds walked beat by beat, forwards and back, and the page as it was afterwards. */
import type { Page } from '@playwright/test';
import { expect, test } from './playground.ts';

async function beat(page: Page, number: number): Promise<void> {
  await expect(page.getByTestId('present-position')).toHaveText(`${number} of 8`);
  await expect(page.getByTestId('present-bar')).not.toHaveAttribute('data-playing');
}

test('Page Down and Page Up walk the sixty seconds, and each beat restores its state', async ({
  playground,
  page,
}) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await playground.open();
  await page.keyboard.press('p');
  const says = page.getByTestId('present-says');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
  await expect(page.getByTestId('present-position')).toHaveText('0 of 8');
  await expect(page.getByTestId('share')).toBeHidden();

  await page.keyboard.press('PageDown');
  await expect(says).toHaveText(/Two kernels on one machine/);
  await beat(page, 1);
  await expect(playground.core(2, 'free')).toBeVisible();

  await page.keyboard.press('PageDown');
  await beat(page, 2);
  await expect(playground.core(2, 'beta')).toBeVisible();

  await page.keyboard.press('PageDown');
  await expect(says).toHaveText(/Beta panics/);
  await beat(page, 3);
  await expect(playground.state('beta')).toHaveText('panic');
  await expect(playground.pulse('beta')).toHaveAccessibleName('Pulse of beta: flat');
  await expect(playground.pulse('alpha')).toHaveAccessibleName('Pulse of alpha: beating');

  // Back: the panic has not happened, and the core has moved.
  await page.keyboard.press('PageUp');
  await beat(page, 2);
  await expect(playground.state('beta')).toHaveText('running');
  await expect(playground.core(2, 'beta')).toBeVisible();

  // Two at once: one is played after the other.
  await page.keyboard.press('PageDown');
  await page.keyboard.press('PageDown');
  await beat(page, 4);
  await expect(playground.state('beta')).toHaveText('running');

  await page.keyboard.press('PageDown');
  await beat(page, 5);
  await playground.waitForConsole('alpha', /fault: store access fault at 0x81800800/);

  // The remote control works from a console too.
  await page.getByTestId('console-beta').locator('.xterm-screen').click();
  await page.keyboard.press('PageDown');
  await beat(page, 6);
  await playground.waitForConsole('beta', /0x81800800: 0x0*5a5a/);
  await expect(page.getByTestId('isolation')).toContainText('Cooperative');

  await page.keyboard.press('PageDown');
  await beat(page, 7);
  await expect(page.getByTestId('pause')).toHaveAccessibleName('Resume');
  await page.keyboard.press('PageDown');
  await beat(page, 8);
  await expect(page.getByTestId('pause')).toHaveAccessibleName('Pause');
  await page.keyboard.press('PageDown');
  await beat(page, 8);

  await page.getByTestId('present-bar').focus();
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('present-bar')).toBeHidden();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'system');
  await expect(page.getByTestId('share')).toBeVisible();
});

test('what was touched by hand is made anew by the next beat', async ({ playground, page }) => {
  await playground.open();
  await page.getByTestId('present').click();
  await page.getByRole('button', { name: 'Next beat' }).click();
  await beat(page, 1);
  await playground.kerf('update alpha --cpus +2');
  await expect(playground.core(2, 'alpha')).toBeVisible();
  await page.getByRole('button', { name: 'Next beat' }).click();
  await beat(page, 2);
  await expect(playground.core(2, 'beta')).toBeVisible();
  await expect(page.getByTestId('present-note')).toHaveText('A core moves');

  // A machine that is opened meanwhile is not of this scenario: its next beat would take that machine's place.
  await page.evaluate(() => (location.hash = '#v1=AAAA'));
  await expect(page.getByTestId('present-bar')).toBeHidden();
  await expect(page.getByTestId('share')).toBeVisible();
});

test('a scenario without beats is shown with its description', async ({ playground, page }) => {
  await playground.openMachine({ harts: 2, kerf: ['create alpha --cpus 0 --memory 16M'] }, []);
  await expect(playground.column('alpha')).toBeVisible();
  await page.getByTestId('present').click();
  await expect(page.getByTestId('present-says')).toHaveText('A machine that a test asks for.');
  await expect(page.getByRole('button', { name: 'Next beat' })).toHaveCount(0);
  await page.getByRole('button', { name: 'Leave Present' }).click();
  await expect(page.getByTestId('present')).toBeFocused();
});
