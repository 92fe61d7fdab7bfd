/** A machine as a link and as a file, and back. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Page } from '@playwright/test';
import type { MachineView } from '../src/protocol/machine-view.ts';
import { bootLines, expect, test } from './playground.ts';

const RUNNER = fileURLToPath(new URL('../bin/archipelago.mjs', import.meta.url));

async function viewOf(page: Page): Promise<MachineView> {
  await page.waitForFunction(() => window.archipelago.services !== null);
  return page.evaluate(() => window.archipelago.services!.view());
}

/** What a link brings along. */
const shared = ({ config, isolation, run, instances }: MachineView): unknown => ({
  config: { ...config, isolation, devices: config.devices ?? ['rng0'] },
  run,
  kernels: instances.map(({ name, id, state, harts, memory, addedMemory, peers, kernel, cmdline }) => ({
    ...{ name, id, state, harts, memory, addedMemory, peers, kernel, cmdline },
  })),
});

async function linkOf(page: Page): Promise<string> {
  await page.getByTestId('share').click();
  const field = page.getByTestId('share-link');
  await expect(field).toHaveValue(/#v1=/);
  const link = await field.inputValue();
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('share-dialog')).toBeHidden();
  return link;
}

test('a link opens the same partition, isolation, mode and standing', async ({
  playground,
  page,
  context,
}) => {
  await playground.open();
  await playground.kerf('update beta --cpus +2');
  await expect(playground.core(2, 'beta')).toBeVisible();
  await playground.kerf('update alpha --memory +4M');
  await expect.poll(async () => (await viewOf(page)).instances[0]?.addedMemory.length).toBe(1);
  await page.evaluate(() => window.archipelago.services!.setIsolation('cooperative'));
  await page.getByTestId('pause').click();
  await expect.poll(async () => (await viewOf(page)).run).toBe('paused');
  const before = shared(await viewOf(page));
  const link = await linkOf(page);
  await page.close();

  const again = await context.newPage();
  const asked: string[] = [];
  again.on('request', (request) => asked.push(request.url()));
  await again.goto(link);
  await expect.poll(async () => shared(await viewOf(again)), { timeout: 30_000 }).toEqual(before);
  await expect(again.locator('.banner')).toHaveCount(0);
  // Nothing of the link went to the server.
  expect(asked.filter((url) => url.includes('v1='))).toEqual([]);
});

test('in Repeatable mode a link runs to the machine time at which it was shared, and pauses', async ({
  playground,
  page,
  context,
}) => {
  await playground.openMachine({ harts: 2, mode: 'repeatable', kerf: bootLines('alpha', '0-1') }, ['alpha']);
  await page.getByTestId('pause').click();
  await expect.poll(async () => (await viewOf(page)).run).toBe('paused');
  const before = shared(await viewOf(page));
  const time = await page.evaluate(() => window.archipelago.time());
  const link = await linkOf(page);
  await page.close();

  const again = await context.newPage();
  await again.goto(link);
  await expect.poll(async () => shared(await viewOf(again)), { timeout: 30_000 }).toEqual(before);
  expect(await again.evaluate(() => window.archipelago.time())).toBeGreaterThanOrEqual(time);
});

test('a broken link gives a message and an empty machine', async ({ page }) => {
  await page.goto('./#v1=%3Cscript%3Ealert(1)%3C/script%3E');
  await expect(page.locator('.banner')).toContainText('This link does not make a machine.');
  expect((await viewOf(page)).instances).toEqual([]);
});

test('images that are not those of the link are named, and the machine goes on with its own', async ({
  playground,
  page,
  context,
}) => {
  await playground.openMachine({ harts: 1, kerf: bootLines('solo', '0') }, ['solo']);
  const link = await linkOf(page);
  await page.close();

  const again = await context.newPage();
  await again.route('**/guests/islet.img', async (route) => {
    const response = await route.fetch();
    const body = Buffer.concat([await response.body(), Buffer.from([0])]);
    await route.fulfill({ response, body });
  });
  await again.goto(link);
  const banner = again.locator('.banner');
  await expect(banner).toContainText('The kernels of this page are not those of the link.');
  await expect(banner.locator('.banner-detail')).toHaveText('guests/islet.img');
  await expect(again.getByTestId('state-solo')).toHaveText('running');
});

test('a saved file opens as the same machine; one with a mistake is refused with its line', async ({
  playground,
  page,
}) => {
  await playground.open();
  await playground.kerf('update beta --cpus +2');
  await expect(playground.core(2, 'beta')).toBeVisible();
  const before = shared(await viewOf(page));
  await page.getByTestId('share').click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByTestId('share-save').click(),
  ]);
  const path = await download.path();

  const choose = async (file: string | { name: string; mimeType: string; buffer: Buffer }): Promise<void> => {
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      page.getByTestId('share-open').click(),
    ]);
    await chooser.setFiles(file);
  };
  const buffer = Buffer.from('name: x\nmachine: { harts: 99 }\nsetup: [{ wait: 1s }]\n');
  await choose({ name: 'bad.yaml', mimeType: 'text/yaml', buffer });
  await expect(page.getByTestId('share-refused')).toContainText('bad.yaml:2: machine.harts');
  expect(shared(await viewOf(page))).toEqual(before);

  await choose(path);
  await expect(page.getByTestId('share-dialog')).toBeHidden();
  await expect.poll(async () => shared(await viewOf(page)), { timeout: 30_000 }).toEqual(before);
});

test('what was done by hand is copied as a scenario, which does the same without a page', async ({
  playground,
  page,
}) => {
  await playground.open();
  await playground.drag(2, 'free', 'beta');
  await expect(playground.core(2, 'beta')).toBeVisible();
  await playground.ask('alpha', 'ping beta 2', /(reply from beta: n=\d.*\n){2}/);
  await playground.kerf('create gamma --cpus 0 --memory 16M');
  await expect(playground.kerfLog()).toContainText('hart-not-free');
  await playground.kerf('update alpha --memory +4M');
  await playground.ask('beta', 'panic', /panic/i);
  await expect(playground.state('beta')).toHaveText('panic');
  await playground.drag(2, 'beta', 'alpha');
  await expect(playground.core(2, 'alpha')).toBeVisible();
  await playground.kerf('exec beta');
  await playground.waitForConsole('beta', /^islet on beta: cores 3[^]*beta>[^]*islet on beta[^]*beta>/m);
  const byHand = shared(await viewOf(page));

  await page.getByTestId('share').click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByTestId('share-save-history').click(),
  ]);
  const yaml = await readFile(await download.path(), 'utf8');
  const folder = await mkdtemp(join(tmpdir(), 'history-'));
  const file = join(folder, 'done-by-hand.yaml');
  await writeFile(file, `${yaml}  - kerf: show --format json\n`);
  const { stdout } = await promisify(execFile)(process.execPath, [
    RUNNER,
    'run',
    file,
    '--timeout',
    '120s',
  ]).catch(
    // What it printed says which step went wrong.
    (error: unknown) => {
      throw new Error((error as { stdout: string }).stdout);
    },
  );
  await rm(folder, { recursive: true });
  const shown = JSON.parse(stdout.slice(stdout.indexOf('{'), stdout.lastIndexOf('}') + 1)) as MachineView;
  expect(shared(shown)).toEqual(byHand);
});

test('the kerf command line copies what was done by hand', async ({ playground, page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await playground.openMachine({ harts: 2, kerf: ['create solo --cpus 0 --memory 16M'] }, []);
  await expect(playground.column('solo')).toBeVisible();
  const copy = page.getByTestId('kerf-copy-history');
  const note = page.getByTestId('kerf-note');
  await expect(copy).toHaveAccessibleName('Copy as scenario');
  await copy.click();
  await expect(note).toContainText('Nothing was done on this machine yet.');
  await playground.kerf('update solo --cpus +1');
  await expect(playground.core(1, 'solo')).toBeVisible();
  await expect(note).toHaveCount(0);
  await copy.click();
  await expect(note).toHaveText('Scenario copied.');
  const yaml = await page.evaluate(() => navigator.clipboard.readText());
  expect(yaml).toMatch(/steps:\n( {2}- wait: .*\n)? {2}- kerf: update solo --cpus \+1\n/);
});
