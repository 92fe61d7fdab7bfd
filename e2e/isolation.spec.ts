/** One kernel reaches for the other's memory: the gate refuses it, or in Cooperative mode lets it land. */
import { expect, test } from './playground.ts';

test("a store into another kernel's memory faults, and lands in Cooperative mode", async ({
  page,
  playground,
}) => {
  await playground.open();
  const base = await page.evaluate(async () => {
    const view = await window.archipelago.services?.view();
    return view?.instances.find(({ name }) => name === 'beta')?.memory;
  });
  // The last word of beta's memory: nothing of beta's is there to be hurt.
  const address = `0x${(base!.base + base!.size - 8).toString(16)}`;
  const faults = await playground.figure('faults', 'alpha');

  await playground.ask('alpha', `poke ${address} 0x2a`, new RegExp(`fault: .* at ${address} \\(cause 7\\)`));
  await expect.poll(() => playground.figure('faults', 'alpha')).toBe(faults + 1);
  expect((await playground.ask('beta', `peek ${address}`, /0x[\da-f]+: 0x[\da-f]+/))[0]).not.toMatch(/2a$/);

  await page.getByTestId('isolation').getByRole('button').click();
  await page.getByRole('option', { name: 'Cooperative' }).click();
  await expect(page.getByTestId('isolation')).toContainText('Cooperative');

  const landed = await playground.type('alpha', `poke ${address} 0x2a`);
  await playground.waitForConsole('alpha', /poke[^]*alpha>$/, landed);
  expect((await playground.consoleText('alpha')).slice(landed)).not.toContain('fault');
  await playground.ask('beta', `peek ${address}`, /2a$/m);
  await expect(playground.state('beta')).toHaveText('running');
});
