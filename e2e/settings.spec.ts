/** The settings: each holds at once, and at the next visit. */
import { expect, test } from './playground.ts';

test('what is chosen holds at once and after loading again, until the defaults are asked for', async ({
  page,
  playground,
}) => {
  await playground.open();
  const rows = (): Promise<number> => page.getByTestId('console-alpha').locator('.xterm-rows > div').count();
  const fitting = await rows();
  const settings = page.getByTestId('settings');
  const open = async (): Promise<void> => {
    await page.getByTestId('more-menu').click();
    await page.getByRole('menuitem', { name: 'Settings' }).click();
  };
  const choose = (group: string, value: string): Promise<void> =>
    settings.getByRole('group', { name: group }).getByRole('radio', { name: value }).check();
  const html = page.locator('html');

  await open();
  await choose('Theme', 'Light');
  await expect(html).toHaveAttribute('data-theme', 'light');
  await choose('Motion', 'Reduced');
  await expect(html).toHaveAttribute('data-still', '');
  await choose('Console type', 'Larger');
  await expect.poll(rows).toBeLessThan(fitting);
  const larger = await rows();
  await page.keyboard.press('Escape');
  await expect(settings).toBeHidden();
  await expect(page.getByTestId('more-menu')).toBeFocused();

  await page.reload();
  await playground.waitForKernels();
  await expect(html).toHaveAttribute('data-theme', 'light');
  await expect(html).toHaveAttribute('data-still', '');
  await expect.poll(rows).toBe(larger);
  await open();
  await page.getByTestId('settings-defaults').click();
  await expect(html).toHaveAttribute('data-theme', 'system');
  await expect(html).not.toHaveAttribute('data-still');
  await expect.poll(rows).toBe(fitting);
});
