/** The host kernel gives commands from its own shell: the page shows them, and who gave them. */
import { bootLines, expect, test } from './playground.ts';

test('a command from the shell of the host kernel stands in the history with its origin', async ({
  playground,
}) => {
  await playground.openMachine(
    {
      harts: 3,
      kerf: [
        'init --cpus 0 --memory 16M',
        'load host --kernel guests/islet.img',
        'exec host',
        ...bootLines('beta', '1'),
      ],
    },
    ['host', 'beta'],
  );
  await playground.ask('host', 'kerf update beta --cpus +2', /hart 2 joined beta/);
  await expect(playground.core(2, 'beta')).toBeVisible();
  const entry = playground.kerfLog().getByRole('listitem').filter({ hasText: 'update beta --cpus +2' });
  await expect(entry).toContainText('from host');
  await expect(entry).toContainText('hart 2 joined beta');

  // The same from outside has no such label, and a kernel that is not the host may not do it at all.
  await playground.kerf('update beta --cpus -2');
  const outside = playground.kerfLog().getByRole('listitem').filter({ hasText: 'update beta --cpus -2' });
  await expect(outside).toBeVisible();
  await expect(outside).not.toContainText('from host');
  await playground.ask('beta', 'kerf update beta --cpus +2', /the firmware denies it/);
  await expect(playground.core(2, 'free')).toBeVisible();
});
