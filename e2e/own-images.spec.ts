/** Images of people's own: dropped on the page, named by a link, or served from the disk while they are developed. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dropOn } from './drop-file.ts';
import { expect, test } from './playground.ts';

const ISLET = await readFile(new URL('../public/guests/islet.img', import.meta.url));

const RUNNER = fileURLToPath(new URL('../bin/archipelago.mjs', import.meta.url));
const HASH = createHash('sha256').update(ISLET).digest('hex');

test('an image that is dropped is shown, and boots where it was dropped when that is confirmed', async ({
  page,
  playground,
}) => {
  // The page was opened by a link to an image that is another one now: it says so, and the machine is as always.
  const wrong = `${HASH.slice(0, -1)}${HASH.endsWith('0') ? '1' : '0'}`;
  await page.goto(`./?kernel=guests/islet.img&sha256=${wrong}`);
  const mismatch = page.getByTestId('link-refusal');
  await expect(mismatch.locator('code')).toHaveText('hash-mismatch');
  await expect(mismatch).toContainText(HASH);
  await expect(mismatch).toContainText(wrong);
  await page.keyboard.press('Enter');
  await expect(mismatch).toHaveCount(0);
  await playground.waitForKernels();

  const dialog = page.getByTestId('image-offer');
  const facts = dialog.getByTestId('image-facts');
  const refusal = dialog.getByTestId('image-refusal');
  const beta = '[data-testid="column-beta"]';

  // Cut off, with a name full of markup: refused by its rule, and nothing is asked of the kernel that runs.
  await dropOn(
    page,
    beta,
    '<img src=x onerror=alert(1)>.elf',
    Buffer.from('\u007fELF\u0000\u0000', 'latin1'),
  );
  await expect(refusal.locator('code')).toHaveText('elf-header-truncated');
  await expect(facts).toContainText('<img_src=x_onerror=alert(1)>.elf');
  await expect(dialog.getByRole('button', { name: 'Kill and boot this' })).toBeDisabled();
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await dropOn(page, beta, 'Image', Buffer.alloc(0));
  await expect(refusal.locator('code')).toHaveText('empty-file');
  await page.keyboard.press('Escape');
  const lines = await playground.kerfLog().innerText();
  expect(lines).not.toContain('kill');

  const said = (await playground.consoleText('beta')).length;
  await dropOn(page, beta, 'mine.img', ISLET);
  await expect(facts).toContainText('0x81000000');
  await expect(dialog).toContainText('beta runs, and ends');
  await expect(dialog.locator('.create-lines')).toHaveText(
    ['kerf kill beta', 'kerf unload beta', 'kerf load beta --kernel mine.img', 'kerf exec beta'].join('\n'),
  );
  await expect(playground.state('beta')).toHaveText('running');
  await dialog.getByRole('button', { name: 'Kill and boot this' }).click();
  await playground.waitForConsole('beta', /islet on beta[^]*beta>/, said);
  await expect(dialog).toHaveCount(0);
  await expect(playground.kerfLog()).toContainText('kerf load beta --kernel mine.img');
  await expect(playground.state('alpha')).toHaveText('running');

  await dropOn(page, '.ghost-column', 'mine.img', ISLET);
  await expect(facts).toContainText('0x82000000');
  await dialog.getByRole('combobox', { name: 'Memory' }).selectOption('32');
  await dialog.getByRole('button', { name: 'Make and boot' }).click();
  await playground.waitForConsole('gamma', /gamma>/);
  await expect(playground.kerfLog()).toContainText('kerf create gamma --cpus 2 --memory 32M');
});

test('a link brings an image with its hash, which boots when that is confirmed', async ({
  page,
  playground,
}) => {
  await page.goto(`./?kernel=guests/islet.img&sha256=${HASH}`);
  const dialog = page.getByTestId('image-offer');
  await expect(dialog).toContainText('the one that the link says');
  await expect(dialog.getByTestId('image-facts')).toContainText(HASH);
  await expect(playground.kerfLog()).not.toContainText('gamma');
  await dialog.getByRole('button', { name: 'Make and boot' }).click();
  await playground.waitForConsole('gamma', /gamma>/);
  await expect(playground.kerfLog()).toContainText('kerf load gamma --kernel islet.img');
});

test('a kernel that is served from the disk boots anew when its file changes', async ({
  page,
  playground,
}) => {
  const folder = await mkdtemp(join(tmpdir(), 'archipelago-own-'));
  const file = join(folder, 'Image');
  await writeFile(file, ISLET);
  const server = spawn(process.execPath, [
    RUNNER,
    'serve',
    '--kernel',
    file,
    '--port',
    '0',
    '--cmdline',
    'beat',
  ]);
  try {
    let said = '';
    const address = await new Promise<string>((resolve, reject) => {
      server.stdout.on('data', (piece: Buffer) => {
        said += piece.toString();
        const [found] = /http:\S+/.exec(said) ?? [];
        if (found) resolve(found);
      });
      server.once('exit', () => reject(new Error(`serve has ended: ${said}`)));
    });
    await page.goto(address);
    await playground.waitForConsole('own', /own>/);
    const log = playground.kerfLog();
    await expect(log).toContainText('kerf load own --kernel own/Image --cmdline "beat"');
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);

    await writeFile(file, Buffer.alloc(100));
    await expect(log).toContainText('Image is another file now, and no image. Refused (not-a-kernel)');
    await expect(playground.state('own')).toHaveText('running');

    // Another islet: what it says at its start is spelled otherwise.
    const text = (await playground.consoleText('own')).length;
    const changed = Buffer.from(ISLET.toString('latin1').replace('islet%s%s', 'ISLET%s%s'), 'latin1');
    await writeFile(`${file}.new`, changed);
    await rename(`${file}.new`, file);
    await playground.waitForConsole('own', /ISLET on own[^]*own>/, text);
    await expect(log).toContainText(`Image has changed: ${changed.length} bytes`);
    await expect(log).toContainText('kerf kill own --force');
    // Else the page would miss its server.
    await page.goto('about:blank');
  } finally {
    const ended = once(server, 'exit');
    server.kill();
    await ended;
    await rm(folder, { recursive: true });
  }
});
