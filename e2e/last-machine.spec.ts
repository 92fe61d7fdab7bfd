/** The machine of the last visit: offered, never opened unasked. */
import { expect, test } from './playground.ts';

test('a machine that was changed by hand is offered at the next visit, and restored when asked for', async ({
  playground,
  page,
}) => {
  await playground.open();
  await expect(page.getByTestId('last-machine')).toHaveCount(0);
  await playground.kerf('update beta --cpus +2');
  await expect(playground.core(2, 'beta')).toBeVisible();
  const kept = (): Promise<string | null> =>
    page.evaluate(() => localStorage.getItem('archipelago-last-machine'));
  await expect.poll(kept).toContain('#v1=');

  await page.reload();
  await playground.waitForKernels();
  await expect(playground.core(2, 'free')).toBeVisible();
  const offer = page.getByTestId('last-machine');
  await expect(offer).toContainText('From your last visit: alpha, beta.');
  await page.getByTestId('restore').click();
  await expect(playground.core(2, 'beta')).toBeVisible();
  await expect(offer).toHaveCount(0);

  await page.reload();
  await playground.waitForKernels();
  await offer.getByRole('button', { name: 'Do not offer it again' }).click();
  await expect(offer).toHaveCount(0);
  await page.reload();
  await playground.waitForKernels();
  await expect(offer).toHaveCount(0);
});

test('what is no machine of ours in the storage is not offered, and a hostile one opens an empty machine', async ({
  playground,
  page,
}) => {
  await page.addInitScript(() => localStorage.setItem('archipelago-last-machine', '{"fragment":7}'));
  await playground.open();
  await expect(page.getByTestId('last-machine')).toHaveCount(0);
  await page.addInitScript(() =>
    localStorage.setItem(
      'archipelago-last-machine',
      JSON.stringify({ fragment: '#v1=AAAA', kernels: ['<img src=x onerror=alert(1)>'] }),
    ),
  );
  await page.reload();
  await expect(page.getByTestId('last-machine')).toContainText('<img src=x onerror=alert(1)>');
  await page.getByTestId('restore').click();
  await expect(page.locator('.banner')).toContainText('This link does not make a machine.');
});
