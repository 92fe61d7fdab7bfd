/** What a kernel that failed leaves to be read. */
import { expect, test } from './playground.ts';

test('the last words of a kernel that panicked: console, named stack, registers', async ({
  page,
  playground,
}) => {
  await playground.open();
  await playground.ask('beta', 'panic', /panic: asked for/);
  await expect(playground.state('beta')).toContainText('panic');
  const open = page.getByRole('button', { name: 'Last words of beta' });
  await open.focus();
  await page.keyboard.press('Enter');

  const dialog = page.getByTestId('last-words');
  await expect(dialog).toContainText('panic: asked for');
  const stack = dialog.getByRole('list', { name: 'Stack of core 3' });
  await expect(stack).toContainText(/sbi_system_reset/);
  await expect(stack).toContainText(/command_panic\+0x/);
  await expect(stack).not.toContainText('join_arguments');
  await expect(dialog).toContainText('by the chain of frame pointers');
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await expect(open).toBeFocused();

  await page.keyboard.press('Enter');
  await dialog.getByText('Registers').click();
  await expect(dialog.getByText('sepc')).toBeVisible();
});
