/** Steps and stops of the paused machine, by keys and buttons. */
import { expect, test } from './playground.ts';

test('keys and buttons step, run to what happens next, and say where the machine stands', async ({
  page,
  playground,
}) => {
  await playground.open();
  const line = page.getByTestId('stop-line');
  await page.keyboard.press('Space');
  await expect(page.getByTestId('step-menu')).toBeVisible();
  await page.keyboard.press('e');
  await expect(line).toHaveText(/^Stopped: (alpha|beta)’s core \d publishes \w+ · t = \d+\.\d{7} s/);
  await expect(page.getByTestId('announcer')).toContainText('stands at ring_send+');

  await page.keyboard.press('i');
  const note = page.getByTestId('stop-note');
  await expect(note).toContainText(
    /other cores? (stopped within [\d,]+ instructions? after|executed anything)/,
  );
  // The inspector shows the core that did it, and its steps.
  const place = page.getByTestId('inspect-function');
  await expect(place).toHaveText(/^ring_send\+/);
  const before = await place.innerText();
  await page.getByTestId('step-instruction').click();
  await expect(note).toContainText('One instruction each');
  await expect(place).not.toHaveText(before);
  await page.keyboard.press('o');
  await expect(note).toContainText(/One instruction each|Returned/);
  await page.keyboard.press('r');
  await expect(line).toHaveText(/^Stopped: .*(doorbell to|sends an IPI)/);

  // Nothing changes hands by itself; a command does it while the machine runs up to there.
  await page.keyboard.press('h');
  await expect(line).toHaveText('Runs until an owner changes');
  await page.getByTestId('bar-step').click();
  await expect(line).toHaveText(/^Stopped by hand: no owner changed/);
  await page.getByTestId('step-owner').click();
  await expect(line).toHaveText('Runs until an owner changes');
  await page.locator('#kerf-input').fill('update beta --cpus +2');
  await page.keyboard.press('Enter');
  await expect(line).toHaveText(/^Stopped: the controller: core 2 from .* to beta/);
  await expect(playground.core(2, 'beta')).toBeVisible();

  await page.getByTestId('step-menu').click();
  await page.getByRole('menuitemradio', { name: /^Only / }).click();
  await expect(page.getByRole('button', { name: /^Only / })).toHaveAttribute('aria-pressed', 'true');
  // The kernels that do not run say so.
  await page.keyboard.press('h');
  await expect(line).toHaveText(/^(alpha|beta) runs until an owner changes$/);
  const states = await Promise.all(['alpha', 'beta'].map((name) => playground.state(name).innerText()));
  expect(states.toSorted()).toEqual(['paused', 'running']);
  await page.getByTestId('bar-step').click();
  await expect(line).toHaveText(/^Stopped by hand/);
  await page.getByTestId('pause').click();
  await expect(line).toBeHidden();
});
