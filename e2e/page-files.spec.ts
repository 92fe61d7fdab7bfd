/** The guests that came with the page: at the kerf line and in the dialog. */
import { expect, test, type Playground } from './playground.ts';

async function makeMetronome(playground: Playground): Promise<void> {
  for (const line of [
    'create gamma --cpus 1 --memory 16M',
    'load gamma --kernel guests/metronome.img',
    'exec gamma',
  ])
    await playground.kerf(line);
  await playground.waitForConsole('gamma', /metronome/);
}

for (const mode of ['parallel', 'repeatable'] as const) {
  test(`metronome and the host of docs/kerf.md are made at the kerf line, in ${mode} mode`, async ({
    playground,
  }) => {
    await playground.openMachine({ harts: 4, mode, kerf: [] }, []);
    await makeMetronome(playground);
    for (const line of [
      'init --cpus 0 --memory 16M',
      'load host --kernel guests/islet.img --initrd guests/host.cpio',
      'exec host',
    ])
      await playground.kerf(line);
    await playground.waitForConsole('host', /host>/);
    await playground.ask('host', 'ls', /islet\.img/);
    await playground.ask('host', 'kerf create beta --cpus 2 --memory 16M', /beta is ready/);
    await playground.ask('host', 'kerf load beta --kernel islet.img', /loaded islet.img for beta/);
    await playground.ask('host', 'kerf exec beta', /beta/);
    await playground.waitForConsole('beta', /beta>/);
  });
}

test('what is not there, and what the server fails to give, is refused with the reason', async ({
  page,
  playground,
}) => {
  await playground.open();
  await playground.kerf('create gamma --cpus 2 --memory 16M');
  await playground.kerf('load gamma --kernel guests/none.img');
  await expect(playground.kerfLog()).toContainText('there is no file of that name');
  await page.route('**/guests/metronome.img', (route) => route.abort());
  await playground.kerf('load gamma --kernel guests/metronome.img');
  await expect(playground.kerfLog()).toContainText("the page's server was not reached");
});

test('the dialog makes a metronome, and a host with kerf in its shell', async ({ page, playground }) => {
  await playground.openMachine({ harts: 4, kerf: [] }, []);
  const dialog = page.getByTestId('create');
  const open = () => page.getByRole('button', { name: 'Make a kernel' }).first().click();
  await open();
  await dialog.getByRole('radio', { name: /^host/ }).check({ force: true });
  await expect(dialog).toContainText('kerf init --cpus 0 --memory 16M');
  await expect(dialog).toContainText('kerf load host --kernel guests/islet.img --initrd guests/host.cpio');
  await dialog.getByRole('button', { name: 'Make and boot' }).click();
  await expect(dialog).toHaveCount(0);
  await playground.waitForConsole('host', /host>/);
  await open();
  await expect(dialog.getByRole('radio', { name: /^host/ })).toHaveCount(0);
  await dialog.getByRole('radio', { name: 'metronome, built in' }).check({ force: true });
  await dialog.getByRole('button', { name: 'Make and boot' }).click();
  await expect(dialog).toHaveCount(0);
  await playground.waitForConsole('alpha', /metronome/);
});

test('a slow file is told, and making the kernel can be given up meanwhile', async ({ page, playground }) => {
  await playground.openMachine({ harts: 2, kerf: [] }, []);
  let give: () => void = () => undefined;
  const asked = new Promise<void>((done) => {
    void page.route('**/guests/metronome.img', (route) => {
      give = () => void route.continue();
      done();
    });
  });
  await page.getByRole('button', { name: 'Make a kernel' }).first().click();
  const dialog = page.getByTestId('create');
  await dialog.getByRole('radio', { name: 'metronome, built in' }).check({ force: true });
  await dialog.getByRole('button', { name: 'Make and boot' }).click();
  await asked;
  await expect(page.getByTestId('create-progress')).toContainText('Under way: kerf load alpha');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByTestId('create-progress')).toContainText('Giving up');
  give();
  await expect(dialog.getByRole('button', { name: 'Make and boot' })).toBeEnabled();
  await expect(playground.column('alpha')).toHaveCount(0);
});
