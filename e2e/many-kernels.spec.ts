/** More kernels than the window has room for: the machine scrolls under the operator's column, and says so. */
import { bootLines, expect, test } from './playground.ts';

const NAMES = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta', 'eta', 'theta'];

// Scrolling is at once then: a button that counts what is out of sight does not go while it is being pressed.
test.use({ contextOptions: { reducedMotion: 'reduce' } });

test('eight kernels: those out of sight are counted and reached, and a core goes there', async ({
  page,
  playground,
}) => {
  await playground.openMachine(
    {
      harts: 9,
      // Without channels between all of them: what is looked at are the columns.
      kerf: NAMES.flatMap((name, core) => bootLines(name, String(core), ' --peer=')),
    },
    NAMES,
  );
  const more = (side: string) => page.getByRole('button', { name: `to the ${side}` });
  await expect(more('left')).toHaveCount(0);
  await expect(playground.column('theta')).not.toBeInViewport();

  // With the keyboard a core is carried out of sight: the column that it is over comes into sight.
  await playground.core(8, 'free').focus();
  // Before theta, at the end of the row, is the place of a kernel that is not there yet.
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await expect(playground.column('theta')).toBeInViewport({ ratio: 0.9 });
  await page.keyboard.press('Enter');
  await expect(playground.core(8, 'theta')).toBeFocused();
  await expect(playground.kerfLog()).toContainText('kerf update theta --cpus +8');

  // The pool and the command line stay.
  await expect(page.getByTestId('kerf-input')).toBeInViewport({ ratio: 1 });
  await expect(more('right')).toHaveCount(0);
  while ((await more('left').count()) > 0) {
    const before = await more('left').textContent();
    await more('left').click();
    await expect(more('left').filter({ hasText: before! })).toHaveCount(0);
  }
  await expect(playground.column('alpha')).toBeInViewport({ ratio: 0.9 });
  await expect(more('right')).toBeVisible();
  // A window that becomes as narrow as a phone, and wide again, keeps what the consoles have shown.
  await page.setViewportSize({ width: 390, height: 844 });
  await playground.waitForConsole('alpha', /islet on alpha/);
});
