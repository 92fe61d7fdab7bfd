/** `kerf console NAME` gives that kernel's console the keyboard, typed or chosen. */
import { expect, test } from './playground.ts';

test('kerf console, typed, gives a console the keyboard; a kernel that is none changes nothing', async ({
  page,
  playground,
}) => {
  await playground.open();
  for (const name of ['beta', 'alpha']) {
    const said = (await playground.consoleText(name)).length;
    await playground.kerf(`console ${name}`);
    await expect(page.getByTestId(`console-${name}`).locator('textarea')).toBeFocused();
    await page.keyboard.type('uptime\n');
    await playground.waitForConsole(name, /^up \d+/m, said);
  }
  await playground.kerf('console gamma');
  await expect(playground.kerfLog()).toContainText('there is no instance "gamma"');
  await expect(page.getByTestId('kerf-input')).toBeFocused();
});
