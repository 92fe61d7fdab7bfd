/** The menu of a kernel, by keyboard: end it, end it by force, start it again, load, memory, console. */
import type { Page } from '@playwright/test';
import { expect, test } from './playground.ts';

/** Answers the question of the open dialog with its second button. */
async function confirmByKeys(page: Page, answer: string): Promise<void> {
  const dialog = page.getByRole('alertdialog');
  await expect(dialog).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(dialog.getByRole('button', { name: answer, exact: true })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(dialog).toHaveCount(0);
}

test('kill, start again, restart and kill by force with the keyboard alone', async ({ page, playground }) => {
  await playground.open();

  await playground.pressEntry('beta', 'Kill');
  await expect(page.getByRole('alertdialog')).toContainText('kerf kill beta');
  await expect(page.getByRole('button', { name: 'Leave beta running' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(playground.state('beta')).toHaveText('running');

  await playground.pressEntry('beta', 'Kill');
  await confirmByKeys(page, 'Kill');
  await expect(playground.state('beta')).toHaveText('killed');
  await expect(playground.kerfLog()).toContainText('kerf kill beta');

  // Nothing runs that could be lost: no question.
  let said = (await playground.consoleText('beta')).length;
  await playground.pressEntry('beta', 'Restart');
  await playground.waitForConsole('beta', /islet on beta[^]*beta>/, said);
  await expect(playground.state('beta')).toHaveText('running');

  said = (await playground.consoleText('beta')).length;
  await playground.pressEntry('beta', 'Restart');
  await confirmByKeys(page, 'Restart');
  await playground.waitForConsole('beta', /islet on beta[^]*beta>/, said);

  await playground.pressEntry('beta', 'Kill by force');
  await confirmByKeys(page, 'Kill by force');
  await expect(playground.state('beta')).toHaveText('killed');
  await expect(playground.kerfLog()).toContainText('kerf kill beta --force');
  await expect(playground.state('alpha')).toHaveText('running');
  await expect(page.getByTestId('refusal')).toHaveCount(0);
});

test('a kernel that was allowed to end is not asked about again when it does not obey', async ({
  page,
  playground,
}) => {
  await playground.open();
  // A paused kernel cannot shut itself down: the request is refused, with the rule beside the header.
  await page.getByTestId('pause').click();
  await expect(playground.state('beta')).toHaveText('paused');
  await playground.pressEntry('beta', 'Kill');
  await confirmByKeys(page, 'Kill');
  await expect(page.getByTestId('refusal')).toContainText('paused');
  await expect(page.getByTestId('refusal')).toContainText('resume first');

  await playground.pressEntry('beta', 'Kill by force');
  await expect(playground.state('beta')).toHaveText('killed');
});

test('a wedged kernel does not shut down, and is ended by force', async ({ page, playground }) => {
  await playground.open();
  // Every core of it spins with interrupts off.
  await playground.type('beta', 'wedge');
  await expect(playground.pulse('beta')).toHaveAccessibleName('Pulse of beta: flat');
  await playground.columnAction('beta', 'Kill');
  const refusal = page.getByTestId('refusal');
  await expect(refusal.locator('code').first()).toHaveText('no-answer');
  await expect(refusal).toContainText('kerf kill beta --force');
  await expect(playground.state('beta')).toHaveText('running');

  await playground.pressEntry('beta', 'Kill by force');
  await expect(playground.state('beta')).toHaveText('killed');
  await expect(refusal).toHaveCount(0);
  await expect(playground.pulse('alpha')).toHaveAccessibleName('Pulse of alpha: beating');
});

test('memory comes and goes, and the console takes the keyboard', async ({ page, playground }) => {
  await playground.open();
  await playground.pressEntry('beta', 'Give 4 MiB more');
  await expect(playground.kerfLog()).toContainText('kerf update beta --memory +4M');
  await playground.pressEntry('beta', 'Take 4 MiB back');
  await expect(playground.kerfLog()).toContainText('kerf update beta --memory -4M');
  await expect(page.getByTestId('refusal')).toHaveCount(0);

  const said = (await playground.consoleText('beta')).length;
  await playground.pressEntry('beta', 'Console');
  await expect(page.getByTestId('console-beta').locator('textarea')).toBeFocused();
  await page.keyboard.type('cores\n');
  await playground.waitForConsole('beta', /^core 3 +online/m, said);
});

test('another image is loaded into a stopped kernel; one that is refused leaves the old one', async ({
  page,
  playground,
}) => {
  await playground.open();
  await playground.columnAction('beta', 'Kill');
  await expect(playground.state('beta')).toHaveText('killed');

  await playground.pressEntry('beta', 'Load another image …');
  const dialog = page.getByTestId('load');
  const chooser = page.waitForEvent('filechooser');
  await dialog.getByRole('button', { name: 'Choose a file…' }).click();
  await (
    await chooser
  ).setFiles({ name: 'noise.img', mimeType: 'application/octet-stream', buffer: Buffer.alloc(80) });
  await dialog.getByRole('button', { name: 'Load', exact: true }).click();
  await expect(page.getByTestId('load-refusal')).toContainText('not-a-kernel');

  await dialog.getByRole('radio', { name: 'islet, built in' }).check({ force: true });
  await dialog.getByRole('textbox', { name: 'Command line' }).fill('beat off');
  await dialog.getByRole('button', { name: 'Load', exact: true }).click();
  await expect(dialog).toHaveCount(0);
  await expect(playground.kerfLog()).toContainText(
    'kerf load beta --kernel guests/islet.img --cmdline "beat off"',
  );
  await page
    .getByRole('button', { name: 'Boot beta' })
    .or(page.getByRole('button', { name: 'Restart beta' }))
    .click();
  await expect(playground.state('beta')).toHaveText('running');
});

test('a core taken from a running kernel shows the steps of its way', async ({ page, playground }) => {
  await playground.open();
  await playground.drag(1, 'alpha', 'free');
  const tile = playground.core(1, 'free');
  await expect(tile).toHaveAttribute('data-phase', /./);
  await expect(tile).toHaveAttribute('data-phase', 'free');
  await expect(tile).toContainText(/\d ms/);
  await expect(page.getByTestId('announcer')).toContainText(
    /Core 1: asked for, emptied, stopping, stopped, handed over, free; all in [\d.]+ m?s/,
  );
  await expect(playground.kerfLog()).toContainText('kerf update alpha --cpus -1');
  await expect(playground.state('alpha')).toHaveText('running');
  await expect(tile).not.toHaveAttribute('data-phase');
});

test('a running kernel is replaced in place, and the phases show in its header', async ({
  page,
  playground,
}) => {
  await playground.open();
  const said = (await playground.consoleText('beta')).length;
  await playground.pressEntry('beta', 'Replace while it runs …');
  const dialog = page.getByTestId('load');
  await expect(dialog).toContainText('kerf exec beta --kho');
  await dialog.getByRole('button', { name: 'Replace', exact: true }).click();
  await expect(dialog).toHaveCount(0);
  await expect(playground.state('beta')).toContainText('replaced');
  await expect(playground.kerfLog()).toContainText('kerf exec beta --kho');
  await playground.waitForConsole('beta', /islet on beta[^]*beta>/, said);
  await expect(playground.state('beta')).toHaveText('running');
});
