/** The scenarios that come with the page: opened, and demonstrated with what they measure. */
import { readdirSync } from 'node:fs';
import { checkLooks } from './looks.ts';
import { expect, test } from './playground.ts';

const scenarios = readdirSync('public/scenarios').map((file) => file.replace('.yaml', ''));

test('every scenario has a card with a sentence and a picture; one is opened', async ({
  playground,
  page,
}) => {
  await playground.open();
  await page.getByTestId('gallery').click();
  const dialog = page.getByTestId('gallery-dialog');
  await expect(dialog.locator('.gallery-card')).toHaveCount(scenarios.length);
  for (const name of scenarios)
    await expect(dialog.getByTestId(`card-${name}`).locator('p').first()).not.toBeEmpty();
  await expect(dialog.getByTestId('card-blast-radius').getByRole('img')).toHaveAccessibleName(
    /^alpha: cores? .*beta: /,
  );
  await dialog.getByRole('button', { name: 'Open Doorbell storm' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(playground.column('gamma')).toBeVisible();
  await expect(playground.state('gamma')).toHaveText('running');
});

test('a demonstration runs its steps on the page and tells each number beside its control', async ({
  playground,
  page,
}) => {
  await playground.open();
  await page.getByTestId('gallery').click();
  await page.getByRole('button', { name: 'Demonstrate Doorbell storm' }).click();
  const demonstration = page.getByTestId('demonstration');
  await expect(demonstration).toHaveAttribute('data-state', 'running');
  await expect(demonstration).toHaveAttribute('data-state', 'held', { timeout: 60_000 });
  const row = demonstration.getByRole('row', { name: /^doorbells / });
  await expect(row).toHaveText(/doorbells[45]\d,?\d{3} doorbells\d+ doorbells/);
  await checkLooks(page);

  // Cancelled, it stays on the machine that it has come to.
  await demonstration.getByRole('button', { name: 'Run again' }).click();
  await expect(demonstration).toHaveAttribute('data-state', 'running');
  await demonstration.getByRole('button', { name: 'Cancel' }).click();
  await expect(demonstration).toHaveAttribute('data-state', 'cancelled');
  await page.getByTestId('share').click();
  await page.getByTestId('share-copy-history').click();
  await expect(page.getByTestId('history-refused')).toContainText('not-by-hand');
});
