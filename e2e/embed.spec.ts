/** The machine in a frame of another page. */
import { expect, test } from './playground.ts';

const ISOLATED = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** What a link says: read here in Node, with the page's own packing undone. */
async function standing(href: string): Promise<{ paused: boolean; cpus: string[] }> {
  const packed = Buffer.from(href.slice(href.indexOf('#v1=') + 4), 'base64url');
  const json = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const { paused, scenario } = JSON.parse(await new Response(json).text()) as {
    paused: boolean;
    scenario: { setup: { kerf?: string }[] };
  };
  const cpus = scenario.setup.flatMap(({ kerf }) => /^create .*--cpus (\S+)/.exec(kerf ?? '')?.[1] ?? []);
  return { paused, cpus };
}

test('the embed code shows the machine in a frame, whose link opens it as it then stands', async ({
  playground,
  page,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await playground.open();
  await playground.kerf('update beta --cpus +2');
  await expect(playground.core(2, 'beta')).toBeVisible();
  const kept = (): Promise<string | null> =>
    page.evaluate(() => localStorage.getItem('archipelago-last-machine'));
  await expect.poll(kept).toContain('#v1=');
  await page.getByTestId('share').click();
  await page.getByTestId('share-embed').click();
  await expect(page.getByTestId('share-dialog')).toContainText('Embed code copied.');
  const code = await page.evaluate(() => navigator.clipboard.readText());
  const before = await kept();

  const body = `<!doctype html><html lang="en"><title>Lecture</title><body>${code}</body></html>`;
  await page.route('**/lecture.html', (route) =>
    route.fulfill({ body, contentType: 'text/html', headers: ISOLATED }),
  );
  await page.goto('./lecture.html');
  const frame = page.frameLocator('iframe[title="Archipelago: alpha, beta"]');
  await expect(frame.getByTestId('column-beta').getByTestId('core-2')).toBeVisible();
  await expect(frame.getByTestId('state-alpha')).toHaveText('running');
  for (const extra of ['share', 'gallery', 'present', 'theme', 'more-menu', 'last-machine'])
    await expect(frame.getByTestId(extra)).toHaveCount(0);

  // What is done in the frame changes the link, and neither the frame's address nor what is kept for the next visit.
  const address = (): string => page.frames()[1]!.url();
  const asked = address();
  expect(asked).toContain('/?embed#v1=');
  const link = frame.getByTestId('embed-link');
  await expect(link).toHaveAttribute('href', /\/#v1=/);
  const first = (await link.getAttribute('href'))!;
  await frame.getByTestId('kerf-input').fill('update beta --cpus -2');
  await frame.getByTestId('kerf-input').press('Enter');
  await expect(frame.getByTestId('column-free').getByTestId('core-2')).toBeVisible();
  await frame.getByTestId('pause').click();
  await expect(frame.getByTestId('pause')).toHaveAccessibleName('Resume');
  // As it stands when it is paused: the link has followed both changes when the new page is paused, too.
  await expect
    .poll(async () => {
      const href = (await link.getAttribute('href'))!;
      return href !== first && (await standing(href));
    })
    .toEqual({ paused: true, cpus: ['0-1', '3'] });

  const [own] = await Promise.all([context.waitForEvent('page'), link.click()]);
  await expect(own.getByTestId('column-free').getByTestId('core-2')).toBeVisible({ timeout: 30_000 });
  await expect(own.getByTestId('pause')).toHaveAccessibleName('Resume');
  await expect(own.getByTestId('share')).toBeVisible();
  expect(address()).toBe(asked);
  expect(await kept()).toBe(before);
});
