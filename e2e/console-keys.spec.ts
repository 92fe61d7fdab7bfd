/** A console gives Tab to its kernel, and lets the keyboard out all the same. */
import { expect, test } from './playground.ts';

test('Escape, then Tab leaves a console, forwards and backwards; Tab alone tells how', async ({
  page,
  playground,
}) => {
  await playground.open();
  const input = page.getByTestId('console-alpha').locator('textarea');
  const hint = page.getByTestId('way-out-alpha');
  await playground.kerf('console alpha');
  await expect(input).toBeFocused();
  await expect(input).toHaveAccessibleDescription(/press Escape, then Tab/);

  await page.keyboard.press('Tab');
  await expect(input).toBeFocused();
  await expect(hint).toHaveText('Esc, then Tab leaves');
  await expect(page.getByTestId('announcer')).toHaveText('Esc, then Tab leaves');

  await page.keyboard.press('Escape');
  await expect(hint).toHaveText('Tab leaves now');
  await page.keyboard.press('Shift+Tab');
  await expect(page.getByTestId('console-alpha').getByRole('button', { name: 'Save log' })).toBeFocused();
  await expect(hint).toHaveCount(0);

  // Back in by Tab, and out at the other end: into beta's part of the page.
  await page.keyboard.press('Tab');
  await expect(input).toBeFocused();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Tab');
  await expect(page.getByTestId('console-beta').getByRole('button', { name: 'Read aloud' })).toBeFocused();

  await page.keyboard.press('?');
  await expect(page.getByRole('dialog')).toContainText('in a console, where Tab is the kernel’s: leave it');
});
