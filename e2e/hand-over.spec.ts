/** A service goes from a kernel to one beside it, by the menu: prepared, rolled back, prepared again, committed. */
import { bootLines, expect, test } from './playground.ts';

test('a hand-over is prepared, rolled back and committed by the menu', async ({ page, playground }) => {
  await playground.openMachine(
    { harts: 3, kerf: [...bootLines('alpha', '0'), ...bootLines('beta', '1'), ...bootLines('gamma', '2')] },
    ['alpha', 'beta', 'gamma'],
  );
  await playground.ask('beta', 'serve on', /beta>$/);
  await playground.ask('alpha', 'request beta 1', /answered 1/);

  await playground.pressEntry('beta', 'Prepare hand-over to gamma');
  await expect(playground.kerfLog()).toContainText('kerf handover beta gamma --hold');
  await expect(playground.state('beta')).toContainText(/ready/);
  await page.getByRole('button', { name: 'Actions of beta' }).click();
  await expect(page.getByRole('menuitem', { name: 'Commit hand-over to gamma' })).toContainText('--commit');
  await expect(page.getByRole('menuitem', { name: 'Hand over to gamma', exact: true })).toHaveCount(0);
  await page.getByRole('menuitem', { name: 'Roll back hand-over to gamma' }).click();
  await expect(playground.kerfLog()).toContainText('rolled back in');
  await playground.ask('alpha', 'request beta 1', /answered 1/);

  await playground.pressEntry('beta', 'Prepare hand-over to gamma');
  await expect(playground.kerfLog().getByText('--hold')).toHaveCount(2);
  await playground.pressEntry('beta', 'Commit hand-over to gamma');
  await expect(playground.kerfLog()).toContainText('kerf handover beta gamma --commit');
  await expect(playground.state('beta')).toContainText('replaced');
  await playground.ask('gamma', 'serve status', /counter 2,/);
  await playground.ask('alpha', 'request beta 1', /answered 1/);
  await playground.ask('gamma', 'serve status', /counter 3,/);
  await expect(page.getByTestId('refusal')).toHaveCount(0);
});

test('a hand-over in one step, to a kernel that has no channel to all who ask, is refused with the rule', async ({
  page,
  playground,
}) => {
  await playground.openMachine(
    {
      harts: 3,
      kerf: [
        ...bootLines('alpha', '0'),
        ...bootLines('beta', '1'),
        ...bootLines('gamma', '2', ' --peer beta'),
      ],
    },
    ['alpha', 'beta', 'gamma'],
  );
  await playground.pressEntry('beta', 'Hand over to gamma');
  const refusal = page.getByTestId('refusal');
  await expect(refusal.locator('code').first()).toHaveText('no-channel');
  await expect(refusal).toContainText('alpha can ask beta, and has no channel to gamma');
});
