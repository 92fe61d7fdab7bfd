/** The place of the kernel that is not there yet: a free core that is dropped there makes one. */
import { bootLines, expect, test } from './playground.ts';

test('a free core dropped on "+ kernel" is the one that the dialog has chosen; a kernel’s own is refused there', async ({
  page,
  playground,
}) => {
  await page.setViewportSize({ width: 1280, height: 680 });
  await playground.openMachine(
    { harts: 6, kerf: [...bootLines('alpha', '0'), ...bootLines('beta', '1'), ...bootLines('gamma', '2')] },
    ['alpha', 'beta', 'gamma'],
  );
  const place = page.locator('.ghost-column');
  // Three kernels and the place beside them are all in sight.
  await expect(place).toBeInViewport({ ratio: 1 });
  const box = (await place.boundingBox())!;
  const core = (await playground.core(4, 'free').boundingBox())!;
  await page.mouse.move(core.x + core.width / 2, core.y + core.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 8 });
  await expect(place).toHaveAttribute('data-drop', 'legal');
  await expect(place).toHaveAttribute('data-over', 'true');
  await page.screenshot({ path: test.info().outputPath('three-kernels-1280.png') });
  await page.mouse.up();
  const dialog = page.getByTestId('create');
  await expect(dialog).toContainText('--cpus 4 --memory');
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);

  await playground.core(2, 'gamma').focus();
  await page.keyboard.press('ArrowRight');
  await expect(place).toHaveAttribute('data-drop', 'illegal');
  await expect(place).toContainText('take it from gamma first');
  await page.keyboard.press('Escape');

  await playground.core(5, 'free').focus();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Enter');
  await expect(dialog).toContainText('--cpus 5 --memory');
});
