/** A scenario file that is dropped on the page. */
import type { Page } from '@playwright/test';
import { expect, test } from './playground.ts';

const SCENARIO = [
  'name: dropped',
  'machine: { harts: 2, memory: 64M }',
  'setup:',
  '  - kerf: create solo --cpus 0 --memory 16M',
].join('\n');

/** Sends the page an event of a drag from the computer with these files; tells whether the page takes it. */
const dragFiles = (page: Page, type: string, files: Readonly<Record<string, string>>): Promise<boolean> =>
  page.evaluate(
    ([kind, contents]) => {
      const dataTransfer = new DataTransfer();
      for (const [name, content] of Object.entries(contents))
        dataTransfer.items.add(new File([content], name));
      const target = document.querySelector('[data-testid="column-alpha"]')!;
      return !target.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
    },
    [type, files] as const,
  );

test('a scenario file dropped anywhere takes the place of the machine; another file does not', async ({
  playground,
  page,
}) => {
  await playground.open();
  const target = page.getByTestId('drop-target');
  const refused = page.getByTestId('drop-refused');

  expect(await dragFiles(page, 'dragover', { 'x.yaml': SCENARIO })).toBe(true);
  await expect(target).toContainText('An image boots on alpha');
  await expect(target).toContainText('Drop a scenario file');
  await dragFiles(page, 'dragleave', { 'x.yaml': SCENARIO });
  await expect(target).toHaveCount(0);

  const drop = async (files: Readonly<Record<string, string>>): Promise<void> => {
    expect(await dragFiles(page, 'dragover', files)).toBe(true);
    await expect(target).toBeVisible();
    expect(await dragFiles(page, 'drop', files)).toBe(true);
    await expect(target).toHaveCount(0);
  };
  const time = await playground.time();
  await drop({ 'bad.yaml': SCENARIO.replace('harts: 2', 'harts: 99') });
  await expect(refused).toContainText('bad.yaml:2: machine.harts');
  await page.keyboard.press('Escape');
  await expect(refused).toHaveCount(0);
  await drop({ 'binary.yaml': '\u007fELF\u0000\u0000' });
  await expect(refused).toContainText('binary.yaml is no text');
  await refused.getByRole('button', { name: 'Close' }).click();
  await drop({ 'a.yaml': SCENARIO, 'b.yaml': SCENARIO });
  await expect(refused).toContainText('There were 2 files');
  await page.keyboard.press('Enter');
  await expect(refused).toHaveCount(0);
  // The machine went on all the while.
  await expect(playground.state('alpha')).toHaveText('running');
  expect(await playground.time()).toBeGreaterThan(time);

  await drop({ 'dropped.yaml': SCENARIO });
  await expect(playground.column('solo')).toBeVisible();
  await expect(playground.column('alpha')).toHaveCount(0);
});
