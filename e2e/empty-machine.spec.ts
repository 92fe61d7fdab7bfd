/** The page while there is no kernel. */
import { checkLooks } from './looks.ts';
import { expect, test } from './playground.ts';

test('a machine without kernels offers three scenarios, until it has one', async ({ playground, page }) => {
  await playground.openMachine({ harts: 4, kerf: ['create solo --cpus 0 --memory 16M'] }, []);
  await expect(playground.column('solo')).toBeVisible();
  const offered = page.getByTestId('empty-machine').locator('.gallery-card');
  await expect(offered).toHaveCount(0);
  await playground.kerf('delete solo');
  await expect(playground.column('solo')).toHaveCount(0);
  await expect(offered).toHaveCount(3);
  await checkLooks(page);

  await playground.kerf('create other --cpus 0 --memory 16M');
  await expect(playground.kerfLog()).toContainText('other is ready');
  await expect(offered).toHaveCount(0);
  await playground.kerf('delete other');
  await page.getByRole('button', { name: 'Open Blast radius' }).click();
  await expect(playground.state('gamma')).toHaveText('running');
  await expect(offered).toHaveCount(0);
});
