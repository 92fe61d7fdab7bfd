/** The page while there is no kernel. */
import { expect, test } from './playground.ts';

test('a machine without kernels offers three scenarios, until it has one', async ({ playground, page }) => {
  await playground.openMachine({ harts: 4, kerf: ['create solo --cpus 0 --memory 16M'] }, []);
  await expect(playground.column('solo')).toBeVisible();
  const offered = page.getByTestId('empty-machine').locator('.gallery-card');
  await expect(offered).toHaveCount(0);
  await playground.kerf('delete solo');
  await expect(playground.column('solo')).toHaveCount(0);
  await expect(offered).toHaveCount(3);

  await playground.kerf('create other --cpus 0 --memory 16M');
  await expect(playground.kerfLog()).toContainText('other is ready');
  await expect(offered).toHaveCount(0);
  await playground.kerf('delete other');
  await page.getByRole('button', { name: 'Open Blast radius' }).click();
  await expect(playground.state('gamma')).toHaveText('running');
  await expect(offered).toHaveCount(0);
});

test('its first kernel is made and booted in the dialog', async ({ page, playground }) => {
  await playground.openMachine({ harts: 4, kerf: [] }, []);
  await expect(playground.core(3, 'free')).toBeVisible();
  await expect(playground.column('alpha')).toHaveCount(0);
  await page.getByRole('button', { name: 'Make a kernel' }).click();
  await page.getByRole('button', { name: 'Make and boot' }).click();
  await playground.waitForConsole('alpha', /alpha>/);
  await expect(playground.kerfLog()).toContainText('kerf exec alpha');
});
