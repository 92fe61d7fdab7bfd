/** The trace of the machine as a file, by the keyboard alone. */
import { readFile } from 'node:fs/promises';
import { expect, test } from './playground.ts';

test('the trace is exported for the Perfetto viewer, and the page says what is in it', async ({
  playground,
  page,
}) => {
  await playground.open();
  await page.getByTestId('more-menu').focus();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('export-trace')).toBeFocused();
  const downloaded = page.waitForEvent('download');
  await page.keyboard.press('Enter');
  const download = await downloaded;
  expect(download.suggestedFilename()).toBe('archipelago-trace.json');
  const file: unknown = JSON.parse(await readFile(await download.path(), 'utf8'));
  const { traceEvents } = file as { traceEvents: { name: string; args?: { name?: string } }[] };
  const processes = traceEvents.filter(({ name }) => name === 'process_name').map(({ args }) => args?.name);
  expect(processes).toEqual(expect.arrayContaining(['alpha', 'beta', 'controller']));
  expect(traceEvents.some(({ name }) => name === 'publish HEARTBEAT')).toBe(true);
  await expect(page.getByTestId('trace-note')).toHaveText(/^[\d,]+ trace records(, lost [\d,]+)?$/);
});
