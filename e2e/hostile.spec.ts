/** Kernels that print without end or print whatever a terminal might obey, and words full of markup: the page holds. */
import { ALL_SENT, everySequence, floodImage, MARKUP, printImage, TITLE } from './hostile-kernels.ts';
import { addProbe, commits, heapSize, hide } from './page-probe.ts';
import { bootLines, expect, test, type Playground } from './playground.ts';

/** A machine with islet in alpha and a kernel of this name and image beside it. */
async function openBeside(playground: Playground, name: string, body: Buffer): Promise<void> {
  const { page } = playground;
  await page.route(`**/guests/${name}.img`, (route) =>
    route.fulfill({ body, contentType: 'application/octet-stream' }),
  );
  const kerf = [
    ...bootLines('alpha', '0'),
    `create ${name} --cpus 1 --memory 16M`,
    `load ${name} --kernel guests/${name}.img --cmdline "${MARKUP}"`,
    `exec ${name}`,
  ];
  await playground.openMachine({ harts: 2, kerf, files: [`guests/${name}.img`] }, ['alpha']);
}

test('every escape sequence, and markup for names and words, are text at most', async ({
  page,
  context,
  playground,
}) => {
  const strangers: string[] = [];
  page.on('popup', (popup) => strangers.push(popup.url()));
  page.on('dialog', (dialog) => {
    strangers.push(dialog.message());
    void dialog.dismiss();
  });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await openBeside(playground, 'escapes', printImage(everySequence()));
  await page.evaluate(() => navigator.clipboard.writeText('mine'));
  await playground.waitForConsole('escapes', new RegExp(ALL_SENT));

  // The others go on, and a kernel that reads none of the terminal's answers keeps no keyboard from them.
  await playground.ask('alpha', 'uptime', /^up \d+/m);
  await playground.ask('alpha', MARKUP, /<script>window.taken=1<\/script>[^]*alpha>$/);
  await playground.kerf(`create ${MARKUP} --cpus 0`);
  await expect(playground.kerfLog()).toContainText(`kerf create ${MARKUP}`);
  // The screen reader's copy of a console is made of elements, not painted.
  await page.getByTestId('console-alpha').getByRole('button', { name: 'Read aloud' }).click();
  await expect(page.getByTestId('console-alpha').getByRole('list')).toContainText('window.taken=1');

  expect(await page.title()).toBe('Archipelago');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('mine');
  expect(await page.evaluate(() => 'taken' in window)).toBe(false);
  await expect(page.locator(`img[src=x], a[href^="javascript:"], [title*=${TITLE}]`)).toHaveCount(0);
  expect(strangers).toEqual([]);
});

/** The number of the last whole line of the flood that its console shows. */
const flooded = async (playground: Playground): Promise<number> =>
  Number([...(await playground.consoleText('flood')).matchAll(/^flood (\d{9}) \.+$/gm)].at(-1)?.[1]);

test('a kernel that prints without end renders nothing anew, also from a hidden tab, and takes no memory', async ({
  page,
  playground,
}) => {
  await addProbe(page);
  await openBeside(playground, 'flood', floodImage());
  const machineTime = () => page.evaluate(() => window.archipelago.time());
  const passed = async (ticks: number): Promise<void> => {
    const until = (await machineTime()) + ticks;
    await page.waitForFunction((time) => window.archipelago.time() >= time, until, { polling: 50 });
  };
  await playground.ask('alpha', 'storm 2', /alpha>$/);
  await playground.kerfLog().focus();
  await page.keyboard.press('t');
  await expect(page.getByTestId('timeline')).toBeVisible();
  // The terminals' buffers are full, and what the gestures brought is drawn.
  await passed(5_000_000);

  const before = { commits: await commits(page), lines: await flooded(playground) };
  await passed(10_000_000);
  const after = { commits: await commits(page), lines: await flooded(playground) };
  expect(after.lines).toBeGreaterThan(before.lines + 1000);
  expect(after.commits - before.commits).toBe(0);
  await page.keyboard.press('t');
  await expect.poll(() => commits(page)).toBeGreaterThan(after.commits);

  // A second of it is some megabytes, several times what may wait for a terminal (FEED_LIMIT, 512 KiB): a minute drops more of
  // them and does nothing else.
  const heap = await heapSize(page);
  const beats = await playground.beats('alpha');
  await hide(page, true);
  const seen = await flooded(playground);
  await passed(10_000_000);
  expect(await playground.beats('alpha')).toBeGreaterThan(beats);
  expect(await heapSize(page)).toBeLessThan(heap + 2 ** 21);
  await hide(page, false);
  await expect.poll(() => flooded(playground)).toBeGreaterThan(seen + 20_000);
  expect(await playground.consoleText('flood')).toMatch(/bytes came too fast and are not shown/);
  await playground.ask('alpha', 'uptime', /^up \d+/m);
});
