/** The inspector: registers, code, memory, page-table walks and device trees of what runs, in the drawer. */
import { expect, test } from './playground.ts';

test('key I opens it, a core is chosen, and it says how exact it is', async ({ page, playground }) => {
  await playground.open();
  const drawer = page.getByTestId('drawer');
  await expect(drawer).toBeHidden();
  await page.keyboard.press('i');
  await expect(drawer).toBeVisible();
  await expect(page.getByTestId('exactness')).toHaveText(/^(as of its last stop|exact: this core rests)$/);
  await expect(page.getByTestId('inspect-core')).toContainText('Core 0, alpha');
  await expect(page.getByTestId('registers').getByRole('listitem').nth(2)).toHaveText(/^spffffff/);
  await expect(page.getByTestId('inspect-function')).toHaveText(/^[a-z_]\w*/);

  await page.getByTestId('inspect-core').getByRole('button').click();
  await page
    .getByRole('option', { name: /^Core \d, beta$/ })
    .first()
    .click();
  await expect(page.getByTestId('inspect-core')).toContainText('beta');

  await page.getByTestId('pause').click();
  await expect(page.getByTestId('exactness')).toHaveText('exact: the machine is paused');
  const code = page.getByTestId('code');
  await expect(code.locator('li[data-mark=pc]')).toHaveText(/^▸ffffffff8/);
  const satp = page.getByTestId('csrs-supervisor').getByRole('listitem').filter({ hasText: /^satp/ });
  await expect(satp).toContainText('MODE Sv39');

  await page.getByTestId('code-address').fill('command_panic');
  await page.keyboard.press('Enter');
  await expect(code.locator('li').first()).toContainText('‹command_panic›');
  await page.getByTestId('code-address').fill('nothing_of_that_name');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('inspect-refused').first()).toContainText('is not a number, a register');
  await page.keyboard.press('Escape');
  await expect(drawer).toBeHidden();
});

test('a core’s menu inspects it; memory by owner, a walk, and the device tree', async ({
  page,
  playground,
}) => {
  await playground.open();
  await playground.core(0, 'alpha').click();
  await page.getByRole('menuitem', { name: 'Inspect core 0' }).click();
  await expect(page.getByTestId('drawer')).toBeVisible();

  await page.getByRole('tab', { name: 'Memory' }).click();
  await expect(page.getByTestId('bytes').getByRole('listitem').first()).toContainText(/([0-9a-f]{2} ){3}/);
  const runs = page.getByTestId('owner-runs').getByRole('button');
  await runs.filter({ hasText: 'beta' }).first().click();
  await expect(page.getByTestId('bytes-owner')).toHaveText(/^of beta, at 0x0{8}8/);
  await page.getByTestId('memory-address').fill('0x1000');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('inspect-refused').first()).toContainText('outside RAM');

  await page.getByRole('tab', { name: 'Walk' }).click();
  const walk = page.getByTestId('walk');
  await expect(walk).toContainText('fetch of 0xffffffff8');
  await expect(walk).toContainText('The access goes through.');
  await page.getByTestId('walk-address').fill('0x40');
  await page.keyboard.press('Enter');
  await expect(walk).toContainText('The entry is not valid: V is 0. (page fault)');

  await page.getByRole('tab', { name: 'Device tree' }).click();
  await expect(page.getByTestId('device-tree')).toContainText('chosen');
});
