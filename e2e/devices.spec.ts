/** Devices of the pool on the board: a chip where the device is, moved like a core; each move types its kerf line. */
import { expect, test } from './playground.ts';

test('a device is given to a kernel, used there, and moved on, by its menu', async ({ page, playground }) => {
  await playground.open();
  const chip = page.getByTestId('device-rng0');
  await expect(page.getByTestId('column-free').getByTestId('device-rng0')).toBeVisible();

  await chip.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menuitem', { name: 'Move to alpha' })).toContainText(
    'kerf update alpha --devices +rng0',
  );
  await page.keyboard.press('Enter');
  await expect(playground.column('alpha').getByTestId('device-rng0')).toBeVisible();
  await expect(playground.kerfLog()).toContainText('kerf update alpha --devices +rng0');
  await playground.waitForConsole('alpha', /rng0 joined/);

  await chip.click();
  await page.getByRole('menuitem', { name: 'Move to beta' }).click();
  await expect(playground.column('beta').getByTestId('device-rng0')).toHaveAccessibleName(
    'Device rng0, at 0x10001000, interrupt 1',
  );
  await expect(playground.kerfLog()).toContainText('kerf update beta --devices +rng0 --from alpha');
  await playground.waitForConsole('beta', /rng0 joined/);
});

test('a device is dragged onto a kernel, whose column is lit meanwhile', async ({ page, playground }) => {
  await playground.open();
  await playground.carry(page.getByTestId('device-rng0'), 'beta');
  await expect(playground.column('beta')).toHaveAttribute('data-drop', 'legal');
  await expect(playground.column('beta')).toHaveAttribute('data-over', 'true');
  await expect(playground.column('alpha')).toHaveAttribute('data-drop', 'legal');
  await expect(playground.column('beta').getByText('Drop here')).toBeVisible();
  await expect(page.locator('.carried')).toHaveText('rng0');
  await page.mouse.up();
  await expect(playground.column('beta').getByTestId('device-rng0')).toBeVisible();
  await expect(playground.column('beta')).not.toHaveAttribute('data-drop');
  await expect(playground.kerfLog()).toContainText('kerf update beta --devices +rng0');
  await expect(page.getByTestId('announcer')).toContainText(/Devices of beta: .*online/);
});

test('a device goes to a kernel and back by arrow keys, and keeps the focus', async ({
  page,
  playground,
}) => {
  await playground.open();
  await page.getByTestId('device-rng0').focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByTestId('announcer')).toContainText('Device rng0, to alpha.');
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('announcer')).toContainText('Device rng0 stays.');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  const given = playground.column('alpha').getByTestId('device-rng0');
  await expect(given).toBeFocused();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Enter');
  await expect(playground.column('free').getByTestId('device-rng0')).toBeFocused();
  await expect(playground.kerfLog()).toContainText('kerf update alpha --devices -rng0');
});
