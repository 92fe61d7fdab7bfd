/** The first conversation with the playground: two kernels, a core that moves, messages, a panic, a restart. */
import { expect, test } from './playground.ts';

/** How often alpha may boot until it has missed no beat of its own. */
const MOST_BOOTS = 6;

test('the first visit boots two kernels without a click', async ({ page, playground }) => {
  await playground.open();
  await playground.waitForConsole('alpha', /^islet on alpha: cores 0 1, 16 MB/m);
  await playground.waitForConsole('beta', /^islet on beta: cores 3, 16 MB/m);
  await expect(playground.state('alpha')).toHaveText('running');
  await expect(playground.state('beta')).toHaveText('running');
  for (const [core, column] of [
    [0, 'alpha'],
    [1, 'alpha'],
    [2, 'free'],
    [3, 'beta'],
  ] as const)
    await expect(playground.core(core, column)).toBeVisible();
  for (const name of ['alpha', 'beta']) {
    const before = await playground.beats(name);
    await expect.poll(() => playground.beats(name)).toBeGreaterThan(before);
  }
  expect(await page.evaluate(() => window.crossOriginIsolated)).toBe(true);
});

test('a core dragged onto a running kernel works for it', async ({ playground }) => {
  await playground.open();
  await expect.poll(() => playground.figure('work', 'beta')).toBeGreaterThan(0);
  const workOnOne = await playground.figure('work', 'beta');

  await playground.drag(2, 'free', 'beta');

  await expect(playground.core(2, 'beta')).toBeVisible();
  await expect(playground.kerfLog()).toContainText('kerf update beta --cpus +2');
  await expect(playground.kerfLog()).toContainText('hart 2 joined beta');
  await playground.ask('beta', 'cores', /^core 2 +online +threads \d+ +work [1-9]/m);
  // Work is told per million cycles of the busiest core, so a second core doubles it however busy the host is.
  await expect.poll(() => playground.figure('work', 'beta')).toBeGreaterThan(1.4 * workOnOne);
});

test('a ping is answered, and its doorbells are counted on the wire', async ({ playground }) => {
  await playground.open();
  // Beats ring too: without them the wire counts the messages of the ping and nothing else.
  await playground.ask('alpha', 'beat off', /alpha>$/);
  await playground.ask('beta', 'beat off', /beta>$/);
  await playground.ask('alpha', 'beat', /^beat off/m);
  await playground.ask('beta', 'beat', /^beat off/m);
  await expect(playground.pulse('beta')).toHaveAccessibleName('Pulse of beta: flat');
  const before = await playground.doorbells();

  const replies = await playground.ask('alpha', 'ping beta 3', /(?:reply from beta: n=\d.*\s+){3}/);

  expect(replies[0].match(/reply from beta/g)).toHaveLength(3);
  await expect
    .poll(() => playground.doorbells())
    .toEqual({ fromAlpha: before.fromAlpha + 3, fromBeta: before.fromBeta + 3 });
});

test('a kernel that panics leaves the other undisturbed, and restarts alone', async ({ playground }) => {
  await playground.open();
  const beat = async () => {
    const match = await playground.ask(
      'alpha',
      'beat',
      /missed (\d+)\s+beta: heard (\d+), silent for (\d+) ms/,
    );
    return { missed: Number(match[1]), heard: Number(match[2]), silent: Number(match[3]) };
  };

  // Alpha's own missed stays 0 whatever happens to beta. Until the page is up, a busy host may have held alpha itself up
  // for longer than a beat may be late: then it boots again, and counts from 0.
  let boots = 1;
  for (; boots < MOST_BOOTS && (await beat()).missed > 0; boots++) {
    const before = (await playground.consoleText('alpha')).length;
    await playground.kerf('kill alpha');
    await expect(playground.state('alpha')).toHaveText('killed');
    await playground.kerf('exec alpha');
    await playground.waitForConsole('alpha', /alpha>/, before);
  }
  expect((await beat()).missed, 'beats that alpha missed before the panic').toBe(0);
  await playground.ask('beta', 'panic', /panic: asked for/);
  await expect(playground.state('beta')).toContainText('panic');
  await expect(playground.pulse('beta')).toHaveAccessibleName('Pulse of beta: flat');
  const beatsAtPanic = await playground.beats('beta');
  const first = await beat();
  await playground.waitForTime((await playground.time()) + 5);
  const later = await beat();

  expect(first.missed, 'beats that alpha missed at the panic').toBe(0);
  expect(later.missed, 'beats that alpha missed in 5 s after it').toBe(0);
  expect(later.heard).toBe(first.heard);
  expect(later.silent).toBeGreaterThanOrEqual(first.silent + 5000);
  expect(await playground.beats('beta')).toBe(beatsAtPanic);
  await expect(playground.state('alpha')).toHaveText('running');
  await expect(playground.pulse('alpha')).toHaveAccessibleName('Pulse of alpha: beating');

  const alphaBeats = await playground.beats('alpha');
  const betaConsole = (await playground.consoleText('beta')).length;
  await playground.columnAction('beta', 'Restart');
  await playground.waitForConsole('beta', /^islet on beta: cores 3[^]*beta>/m, betaConsole);
  await expect(playground.state('beta')).toHaveText('running');
  await expect(playground.pulse('beta')).toHaveAccessibleName('Pulse of beta: beating');
  expect((await playground.consoleText('alpha')).match(/islet on alpha/g)).toHaveLength(boots);
  expect(await playground.beats('alpha')).toBeGreaterThan(alphaBeats);
  await playground.ask('alpha', 'ping beta', /reply from beta: n=/);
});

test('a core of a stopped kernel moves by keyboard, there and back', async ({ page, playground }) => {
  await playground.open();
  await playground.columnAction('beta', 'Kill');
  await expect(playground.state('beta')).toHaveText('killed');

  await playground.core(3, 'beta').focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await expect(playground.core(3, 'free')).toBeVisible();
  await expect(playground.kerfLog()).toContainText('kerf update beta --cpus -3');

  // The moved core keeps the focus: the way back needs no more keys.
  await expect(playground.core(3, 'free')).toBeFocused();
  // Before beta is the place of a kernel that is not there yet, which a free core can make.
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Enter');
  await expect(playground.core(3, 'beta')).toBeVisible();
  await expect(playground.kerfLog()).toContainText('kerf update beta --cpus +3');
  await expect(page.getByTestId('refusal')).toHaveCount(0);
});

test('a core moves from one running kernel to the other', async ({ page, playground }) => {
  await playground.open();
  await playground.drag(1, 'alpha', 'beta');
  await expect(playground.core(1, 'beta')).toBeVisible();
  await expect(playground.kerfLog()).toContainText('kerf update beta --cpus +1 --from alpha');
  await expect(playground.state('alpha')).toHaveText('running');
  await playground.ask('beta', 'cores', /^core 1 +online/m);
  await expect(page.getByTestId('refusal')).toHaveCount(0);
});

test('the core on which a running kernel booted is refused, with the rule', async ({ page, playground }) => {
  await playground.open();
  await playground.drag(0, 'alpha', 'beta');

  const refusal = page.getByTestId('refusal');
  await expect(refusal).toBeVisible();
  await expect(refusal).toContainText('kerf update beta --cpus +0 --from alpha');
  // "stop it first" alone is also what a live move that failed advises.
  await expect(refusal.locator('code').first()).toHaveText('boot-hart');
  await expect(refusal).toContainText(
    'alpha is active and cannot give hart 0 away: it booted there, and takes its interrupts there',
  );
  await expect(playground.core(0, 'alpha')).toBeVisible();
  await expect(playground.core(0, 'beta')).toHaveCount(0);
  await expect(playground.state('alpha')).toHaveText('running');
  await playground.ask('alpha', 'cores', /^core 0 +online/m);

  await page.getByRole('button', { name: 'Close' }).click();
  await expect(refusal).toHaveCount(0);
});
