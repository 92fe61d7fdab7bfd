/** What a screen reader is told while a core is moved with the keyboard: every sentence of the live regions, in order. */
import type { Page } from '@playwright/test';
import { expect, test } from './playground.ts';

/** Follows the live regions of the page from now on; gives what they have said since the last call. */
async function listen(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const said: string[] = [];
    Object.assign(window, { said });
    const regions = '[role=status], [role=alert], [aria-live=polite], [aria-live=assertive]';
    new MutationObserver((changes) => {
      const changed = changes.flatMap(({ target, addedNodes }) => [
        target instanceof Element ? target : target.parentElement,
        ...[...addedNodes].filter((node) => node instanceof Element),
      ]);
      for (const region of new Set(changed.map((node) => node?.closest(regions) ?? null)))
        if (region?.textContent && region.isConnected) said.push(region.textContent.replaceAll('\u00a0', ''));
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
  return () => page.evaluate(() => (window as unknown as { said: string[] }).said.splice(0));
}

test('a core moved with the keyboard is told from column to column, and then step by step', async ({
  page,
  playground,
}) => {
  await playground.open();
  const heard = await listen(page);
  const tile = playground.core(2, 'free');
  await tile.focus();
  await expect(tile).toHaveAccessibleName('Core 2, free');
  await expect(tile).toHaveAccessibleDescription(/arrow key and then Enter/);

  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await expect(playground.core(2, 'beta')).toBeFocused();
  await expect(playground.core(2, 'beta')).toHaveAccessibleName('Core 2, of beta');
  const announcer = page.getByTestId('announcer');
  await expect(announcer).toHaveText(/all in/);
  expect(await heard()).toEqual([
    'Core 2, to alpha. Enter moves it, Escape leaves it.',
    'Core 2, to beta. Enter moves it, Escape leaves it.',
    'Core 2 moved to beta.',
    expect.stringMatching(/^Core 2: handed over, announced, starting, online; all in [\d.]+ m?s\.$/),
  ]);

  // A place that will refuse it says so before it is asked, and the refusal gives its rule.
  const refused =
    'Core 0, to beta. alpha runs and booted on it: stop it first. Enter asks for it all the same, Escape leaves it.';
  await playground.core(0, 'alpha').focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Escape');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await expect(announcer).toHaveText('Core 0 was not moved.');
  await expect(page.getByTestId('refusal')).toBeVisible();
  const [over, stays, again, ...answers] = await heard();
  expect([over, stays, again]).toEqual([refused, 'Core 0 stays.', refused]);
  // The note and the sentence come with the same answer.
  expect(answers.sort()).toEqual([
    'Core 0 was not moved.',
    expect.stringMatching(/^Refused boot-hart.*stop it first/),
  ]);
});
