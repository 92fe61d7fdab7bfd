/** Lessons: gone through by hand and by the page, back to a checkpoint, and what a hostile one can do: nothing. */
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { expect, test } from './playground.ts';

async function at(page: Page, step: number, stage: string): Promise<void> {
  const lesson = page.getByTestId('lesson');
  await expect(lesson).toHaveAttribute('data-step', String(step));
  await expect(lesson).toHaveAttribute('data-stage', stage);
}

test('a lesson is gone through by hand, remembers its step, and goes back to where it was', async ({
  playground,
  page,
}) => {
  await page.goto('./?lesson=1-two-kernels');
  await at(page, 1, 'begun');
  await page.getByTestId('lesson-next').click();
  await expect(page.getByTestId('lesson-notice')).toContainText('First do what the step asks');
  await playground.type('alpha', 'cores');
  await at(page, 1, 'passed');
  await expect(page.getByTestId('lesson-state')).toHaveText('Done');

  // In a console N is a letter; elsewhere it turns.
  await page.keyboard.press('n');
  await page.keyboard.press('Backspace');
  await at(page, 1, 'passed');
  await page.getByTestId('lesson-position').focus();
  await page.keyboard.press('n');
  await at(page, 2, 'begun');
  await expect(page.getByTestId('announcer')).toHaveText('Step 2 of 6: Memory of its own');
  await expect(page.getByTestId('lesson-do')).toHaveCount(0);
  await page.getByText('Yes: each has a memory').click();
  await page.getByRole('button', { name: 'That is my guess' }).click();
  await page.getByTestId('lesson-do').press('Enter');
  await at(page, 2, 'passed');
  await expect(page.getByTestId('lesson-next')).toBeFocused();
  await expect(page.getByTestId('lesson')).toContainText('Not so. The answer is marked.');
  const said = (await playground.consoleText('beta')).length;

  await page.getByTestId('lesson-back').click();
  await at(page, 1, 'begun');
  await expect(page.getByTestId('lesson-position')).toBeFocused();
  expect((await playground.consoleText('beta')).length).toBeLessThan(said);

  // A drawer that is closed keeps the place.
  await page.getByRole('button', { name: 'Close the drawer' }).click();
  await page.getByTestId('lessons').click();
  await at(page, 1, 'begun');

  // Another machine takes the place of the lesson's.
  await page.getByTestId('reset').click();
  await at(page, 1, 'gone');
  await page.getByTestId('lesson-restart').click();
  await at(page, 1, 'begun');
  await page.getByTestId('lesson-all').click();
  await expect(page.getByTestId('lesson-list').getByRole('listitem')).toHaveCount(5);
  expect(new URL(page.url()).search).toBe('');

  await page.evaluate(() => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(['# My lesson'], 'mine.md'));
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
  });
  await expect(page.getByTestId('lesson-refused')).toContainText(
    'mine.md:1: a lesson begins with its machine',
  );
});

const HOSTILE = readFileSync('public/lessons/1-two-kernels.md', 'utf8')
  .replace('# Two kernels, one machine', '# <img src=x onerror="window.hurt=1">')
  .replace(
    'This machine has four cores.',
    'It has <script>window.hurt=2</script> <img src=x onerror=window.hurt=3> [a](javascript:window.hurt=4) [b](https://web.example/ "t") <b>bold</b>',
  );

test('a lesson of another server is asked about, and nothing in it is executed', async ({ page }) => {
  let asked = 0;
  await page.route('https://teacher.example/**', (route) => {
    asked += 1;
    return route.fulfill({
      contentType: 'text/markdown',
      headers: { 'access-control-allow-origin': '*' },
      body: HOSTILE,
    });
  });
  await page.goto(`./?lesson=${encodeURIComponent('https://teacher.example/one.md')}`);
  await expect(page.getByTestId('lesson-agree')).toBeVisible();
  expect(asked).toBe(0);
  await page.getByTestId('lesson-agree').click();
  await at(page, 1, 'begun');
  const lesson = page.getByTestId('lesson');
  await expect(lesson).toContainText('<script>window.hurt=2</script>');
  await expect(lesson.locator('script, img, b')).toHaveCount(0);
  await expect(lesson.getByRole('link')).toHaveCount(1);
  await expect(lesson.getByRole('link')).toHaveAttribute('rel', 'noopener noreferrer');
  expect(await page.evaluate(() => 'hurt' in window)).toBe(false);
});
