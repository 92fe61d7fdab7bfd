/** A message is walked through its stations, by the keyboard and by the mouse. */
import { expect, test } from './playground.ts';

const STATIONS = ['Fill', 'Publish', 'Doorbell', 'Pending', 'Trap', 'Drain'];

test('paused, a message is chosen by a key and walked by arrows, with bytes, bits and source at each', async ({
  page,
  playground,
}) => {
  await playground.open();
  await playground.ask('alpha', 'ping beta 1', /n=1/);
  await page.getByTestId('pause').focus();
  await page.keyboard.press('Enter');
  await expect(playground.state('alpha')).toHaveText('paused');
  await page.keyboard.press(',');
  const stations = page.getByTestId('stations');
  const title = page.getByTestId('stations-title');
  await expect(stations).toBeVisible();
  // Back to one between the two kernels that was taken by an interrupt.
  const trap = stations.getByRole('button', { name: /^Trap core/ });
  for (let k = 0; k < 30; k++) {
    const fits = /(alpha to beta|beta to alpha)$/.test(await title.innerText()) && (await trap.count()) > 0;
    if (fits) break;
    const before = await page.getByTestId('announcer').innerText();
    await page.keyboard.press(',');
    await expect(page.getByTestId('announcer')).not.toHaveText(before);
  }
  await expect(title).toHaveText(/(alpha to beta|beta to alpha)$/);
  const [, from = '', to = ''] = /: (\w+) to (\w+)$/.exec(await title.innerText()) ?? [];

  const station = page.getByTestId('station');
  const heard: string[] = [];
  for (const [index, name] of STATIONS.entries()) {
    if (index > 0) await page.keyboard.press('ArrowRight');
    await expect(station).toHaveAttribute('data-station', name.toLowerCase());
    await expect(stations.locator('[aria-current=step]')).toBeFocused();
    await expect(stations.locator('[aria-current=step]')).toContainText(name);
    await expect(page.getByTestId('announcer')).toContainText(`Station ${index + 1} of 6, ${name}`);
    heard.push(await page.getByTestId('announcer').innerText());
    await expect(page.getByTestId('station-bytes')).toContainText(/^00 ([0-9a-f]{2} ?){16}/);
    await expect(page.locator('.core-tile[data-lit]')).toHaveCount(1);
    await expect(page.getByTestId(`console-${index < 3 ? from : to}`)).toHaveAttribute('data-lit', 'true');
  }
  expect(new Set(heard).size).toBe(STATIONS.length);
  await page.keyboard.press('ArrowRight');
  await expect(station).toHaveAttribute('data-station', 'drain');
  await expect(page.getByTestId('station-source')).toContainText('guests/lib/ring.c:');
  await expect(page.getByTestId('station-words')).toContainText('0, free again');
  await page.keyboard.press('ArrowLeft');
  await expect(page.getByTestId('station-bits')).toContainText('sstatus.SIE');
  await page.keyboard.press('Home');
  await expect(page.getByTestId('station-words')).toContainText('0, not published');

  await page.keyboard.press('Escape');
  await expect(stations).toBeHidden();
  await expect(page.getByTestId('pause')).toBeFocused();
  await expect(page.locator('[data-lit]')).toHaveCount(0);
});

test('a wire is clicked for its last message, while the machine runs', async ({ page, playground }) => {
  await playground.open();
  await playground.ask('alpha', 'ping beta 1', /n=1/);
  // The label lies over the middle of its wire and lets the pointer through.
  const middle = (await page.locator('.wire-label').first().boundingBox())!;
  await page.mouse.click(middle.x + middle.width / 2, middle.y + middle.height / 2);
  await expect(page.getByTestId('stations-title')).toHaveText(/: (alpha to beta|beta to alpha)$/);
  await expect(playground.state('alpha')).toHaveText('running');
  await page.keyboard.press('End');
  await expect(page.getByTestId('station')).toHaveAttribute('data-station', 'drain');
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('stations')).toBeHidden();
});

test('a message that the timeline has selected is walked from there, and the walk ends as the machine goes on', async ({
  page,
  playground,
}) => {
  await playground.open();
  await page.getByTestId('pause').click();
  await page.getByTestId('timeline-sort').click();
  await page.getByRole('menuitemradio', { name: 'Messages' }).click();
  await page.keyboard.press(',');
  await page.getByRole('button', { name: 'Walk its stations' }).click();
  await expect(page.getByTestId('station')).toHaveAttribute('data-station', 'fill');
  await page.getByTestId('pause').click();
  await expect(page.getByTestId('stations')).toBeHidden();
});
