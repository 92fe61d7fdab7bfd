/** Devices of the pool on the board: a chip where the device is, moved by its menu, which types the kerf line. */
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
