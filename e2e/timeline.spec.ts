/** The timeline over the trace of the machine: opened, zoomed, stepped through and selected from, by keys and by mouse. */
import { expect, test } from './playground.ts';
import { seconds } from './timeline-words.ts';

test('the strip opens the timeline, which is zoomed, stepped through and selected from with keys', async ({
  page,
  playground,
}) => {
  await playground.open();
  await playground.ask('alpha', 'ping beta 2', /n=2/);
  const strip = page.getByTestId('ownership-strip');
  await expect(strip).toHaveAttribute('aria-expanded', 'false');
  await strip.click();
  await expect(strip).toHaveAttribute('aria-expanded', 'true');
  await page.getByTestId('timeline-picture').focus();
  await expect(page.getByTestId('timeline-totals')).toHaveText(/[1-9][\d,]* events, [1-9]\d* messages/);

  // Zoom: a third of what was shown, and back.
  const shows = page.getByTestId('timeline-shows');
  const before = seconds(await shows.innerText());
  await page.keyboard.press('w');
  await page.keyboard.press('w');
  await expect.poll(async () => seconds(await shows.innerText()) / before).toBeCloseTo(0.36, 1);
  await page.keyboard.press('s');
  await expect.poll(async () => seconds(await shows.innerText()) / before).toBeCloseTo(0.6, 1);
  await expect(page.getByTestId('timeline-live')).toHaveAttribute('aria-pressed', 'true');

  // Paused, the trace stands: steps go forth and back, and end where they began.
  await page.keyboard.press(' ');
  await expect(playground.state('alpha')).toHaveText('paused');
  await page.getByTestId('timeline-sort').click();
  await page.getByRole('menuitemradio', { name: 'Messages' }).click();
  const number = page.getByTestId('event-number');
  await page.keyboard.press(',');
  await expect(number).toHaveText(/^\d+$/);
  await expect(page.getByTestId('timeline-live')).toHaveAttribute('aria-pressed', 'false');
  const last = Number(await number.innerText());
  await page.keyboard.press(',');
  await expect.poll(async () => Number(await number.innerText())).toBeLessThan(last);
  await page.keyboard.press('.');
  await expect(number).toHaveText(String(last));
  const title = await page.getByTestId('event-title').innerText();
  await expect(page.getByTestId('announcer')).toContainText(title);
  await expect(page.getByTestId('announcer')).toContainText(/Core \d \((alpha|beta)\), at [\d.]+ s/);

  // Pan away and focus: the event is shown again, and near.
  for (let k = 0; k < 8; k++) await page.keyboard.press('a');
  await page.keyboard.press('f');
  await expect.poll(async () => seconds(await shows.innerText())).toBeLessThan(before);

  await page.keyboard.press('t');
  await expect(page.getByTestId('timeline')).toBeHidden();
});

test('a message is followed from where it was published to where it was taken', async ({
  page,
  playground,
}) => {
  await playground.open();
  await playground.ask('alpha', 'ping beta 1', /n=1/);
  await page.getByTestId('pause').click();
  await expect(page.getByTestId('timeline')).toBeVisible();
  await page.getByTestId('timeline-sort').click();
  await page.getByRole('menuitemradio', { name: 'Messages' }).click();
  const steps = page.getByTestId('flow-steps').getByRole('button');
  const title = page.getByTestId('event-title');
  await page.keyboard.press(',');
  await expect(title).not.toBeEmpty();
  // Back to one that was taken: what was published just before the pause may still wait.
  for (let k = 0; k < 12 && !(await title.innerText()).startsWith('takes'); k++) {
    const was = await page.getByTestId('event-number').innerText();
    await page.keyboard.press(',');
    await expect(page.getByTestId('event-number')).not.toHaveText(was);
  }
  await expect(steps.first()).toHaveText(/published, Core \d, start$/);
  await expect(steps.last()).toHaveText(/taken, Core \d, \+ [\d.,]+ (µs|ms|s)$/);
  await steps.first().click();
  await expect(title).toHaveText(/^publishes /);
  await expect(steps.last()).toHaveText(/taken/);
});

test('the mouse selects, the wheel zooms, a drag pans, and the list says the same as the picture', async ({
  page,
  playground,
}) => {
  await playground.open();
  await page.keyboard.press('t');
  const picture = page.getByTestId('timeline-picture');
  const shows = page.getByTestId('timeline-shows');
  await expect(page.getByTestId('timeline-totals')).toHaveText(/[1-9]/);
  await page.getByTestId('pause').click();
  await expect(playground.state('alpha')).toHaveText('paused');
  const box = (await picture.boundingBox())!;
  const middle = { x: box.x + box.width * 0.7, y: box.y + box.height / 4 };
  await page.mouse.move(middle.x, middle.y);
  const before = seconds(await shows.innerText());
  await page.mouse.wheel(0, -600);
  await expect.poll(async () => seconds(await shows.innerText())).toBeLessThan(before / 2);
  await page.mouse.down();
  await page.mouse.move(middle.x + 200, middle.y, { steps: 4 });
  await page.mouse.up();
  await expect(page.getByTestId('timeline-live')).toHaveAttribute('aria-pressed', 'false');

  await page.getByTestId('timeline-list').click();
  const rows = page.getByTestId('event-list').getByRole('row');
  await expect(rows.nth(1)).toBeVisible();
  expect(await rows.count()).toBeLessThanOrEqual(51);
  const words = await rows.nth(1).getByRole('button').innerText();
  await rows.nth(1).getByRole('button').click();
  await expect(page.getByTestId('announcer')).toContainText(words);
  await page.getByTestId('timeline-list').click();
  await expect(page.getByTestId('event-title')).toHaveText(words);
});
