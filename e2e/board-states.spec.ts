/** The board in its other states, in both themes: nothing grave for axe, nothing out of the window. */
import { bootLines, expect, test } from './playground.ts';
import { checkLooks } from './looks.ts';

const LAPTOP = { width: 1280, height: 680 };
const PHONE = { width: 390, height: 844 };

test('an empty machine, and the dialog that makes the first kernel in it', async ({ page, playground }) => {
  await playground.openMachine({ harts: 4, kerf: [] }, []);
  await expect(playground.core(3, 'free')).toBeVisible();
  await expect(page.getByTestId('column-alpha')).toHaveCount(0);
  await checkLooks(page, [LAPTOP, PHONE]);
  await page.getByRole('button', { name: 'Make a kernel' }).click();
  await checkLooks(page, [LAPTOP, PHONE]);
  await page.getByRole('button', { name: 'Make and boot' }).click();
  await playground.waitForConsole('alpha', /alpha>/);
  await expect(playground.kerfLog()).toContainText('kerf exec alpha');
});

test('a menu that is open, a core over a column that refuses it, the refusal, and Cooperative', async ({
  page,
  playground,
}) => {
  await playground.open();
  await page.getByRole('button', { name: 'Actions of alpha' }).click();
  await checkLooks(page, [LAPTOP]);
  await page.keyboard.press('Escape');

  await playground.core(0, 'alpha').focus();
  await page.keyboard.press('ArrowRight');
  await expect(playground.column('beta')).toHaveAttribute('data-drop', 'illegal');
  await checkLooks(page, [LAPTOP]);
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('refusal')).toBeVisible();
  await page.evaluate(() => window.archipelago.services?.setIsolation('cooperative'));
  await expect(page.getByTestId('isolation')).toContainText('Cooperative');
  await checkLooks(page, [LAPTOP, PHONE]);
});

test('Repeatable: the same board, with a core that goes to a kernel', async ({ page, playground }) => {
  await playground.openMachine(
    { harts: 3, mode: 'repeatable', kerf: [...bootLines('alpha', '0'), ...bootLines('beta', '1')] },
    ['alpha', 'beta'],
  );
  await playground.drag(2, 'free', 'beta');
  await expect(playground.core(2, 'beta')).toBeVisible();
  await checkLooks(page, [LAPTOP]);
});
