/** The screens of other machines than that of the first visit, and of what the page does with the whole machine. */
import { expect } from '@playwright/test';
import { bootLines, type Playground } from './playground.ts';
import { escape, showColumn, type Row, type Screen } from './screen.ts';

const EIGHT = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta', 'eta', 'theta'];

const emptyMachine: Row = {
  name: 'a machine without kernels',
  open: (playground) => playground.openMachine({ harts: 4, kerf: [] }, []),
  screens: [
    {
      name: 'empty-machine',
      show: ({ page }) => expect(page.getByTestId('empty-machine').locator('.gallery-card')).toHaveCount(3),
    },
    {
      name: 'create-host',
      async show({ page }) {
        await page.getByRole('button', { name: 'Make a kernel' }).first().click();
        const dialog = page.getByTestId('create');
        await dialog.getByRole('radio', { name: /^host/ }).check({ force: true });
        await expect(dialog).toContainText('kerf init --cpus 0 --memory 16M');
      },
      part: '.modal',
    },
  ],
};

const manyKernels: Row = {
  name: 'eight kernels',
  open: (playground) =>
    playground.openMachine(
      // Without channels between all of them: what is looked at are the columns.
      { harts: 9, kerf: EIGHT.flatMap((name, core) => bootLines(name, String(core), ' --peer=')) },
      EIGHT,
    ),
  screens: [{ name: 'many-kernels', show: async () => undefined }],
};

const hostKernel: Row = {
  name: 'the host kernel, and a hand-over',
  open: (playground) =>
    playground.openMachine(
      {
        harts: 4,
        kerf: [
          'init --cpus 0 --memory 16M',
          'load host --kernel guests/islet.img',
          'exec host',
          ...bootLines('beta', '1'),
          ...bootLines('gamma', '2'),
        ],
      },
      ['host', 'beta', 'gamma'],
    ),
  screens: [
    {
      name: 'host-kernel',
      column: 'beta',
      async show(playground) {
        await playground.ask('host', 'kerf update beta --cpus +3', /hart 3 joined beta/);
        await playground.ask('beta', 'serve on', /beta>$/);
        await playground.kerf('handover beta gamma --hold');
        await expect(playground.state('beta')).toContainText('ready');
      },
    },
    {
      name: 'menu-hand-over',
      async show({ page }) {
        await showColumn(page, 'beta');
        await page.getByRole('button', { name: 'Actions of beta' }).click();
        await expect(page.getByRole('menuitem', { name: 'Commit hand-over to gamma' })).toBeVisible();
      },
      leave: escape,
      part: '.popover',
      anew: true,
    },
  ],
};

const embed: Row = {
  name: 'a frame of another page',
  async open(playground) {
    await playground.page.goto('./?embed');
    await playground.waitForKernels();
  },
  screens: [
    {
      name: 'embed',
      show: ({ page }) => expect(page.getByTestId('embed-link')).toHaveAttribute('href', /#v1=/),
    },
  ],
};

const plain: Row = {
  name: 'a server without isolation headers',
  async open(playground) {
    await playground.page.route(
      (url) => url.pathname === '/',
      async (route) => {
        const response = await route.fetch();
        const headers = Object.entries(response.headers()).filter(
          ([name]) => !name.startsWith('cross-origin-'),
        );
        await route.fulfill({ response, headers: Object.fromEntries(headers) });
      },
    );
    await playground.open();
  },
  screens: [
    {
      name: 'repeatable',
      column: 'beta',
      async show(playground) {
        await playground.drag(2, 'free', 'beta');
        await expect(playground.core(2, 'beta')).toBeVisible();
      },
    },
    {
      name: 'one-worker',
      async show({ page }) {
        await page.getByTestId('plain-badge').click();
        await expect(page.getByRole('dialog')).toContainText('not cross-origin isolated');
      },
      leave: escape,
      part: '.popover, .top-bar',
      anew: true,
    },
  ],
};

const trouble: Row = {
  name: 'a broken link, after a visit before',
  async open({ page }) {
    await page.addInitScript(() =>
      localStorage.setItem(
        'archipelago-last-machine',
        JSON.stringify({ fragment: '#v1=AAAA', kernels: ['alpha', 'beta'] }),
      ),
    );
    await page.goto('./');
  },
  screens: [
    {
      name: 'last-machine',
      async show(playground) {
        await playground.waitForKernels();
        await expect(playground.page.getByTestId('restore')).toBeVisible();
      },
    },
    {
      name: 'broken-link',
      async show({ page }) {
        await page.getByTestId('restore').click();
        await expect(page.locator('.banner')).toContainText('This link does not make a machine.');
      },
      part: '.banner',
    },
    {
      name: 'file-refused',
      async show({ page }) {
        await page.evaluate(() => {
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File(['name: x\nmachine: { harts: 99 }\n'], 'bad.yaml'));
          for (const type of ['dragover', 'drop'])
            document.body.dispatchEvent(
              new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }),
            );
        });
        await expect(page.getByTestId('drop-refused')).toBeVisible();
      },
      part: '.modal',
    },
  ],
};

const lesson: Row = {
  name: 'a lesson',
  open: (playground) => playground.open(),
  screens: [
    {
      name: 'lesson-list',
      async show({ page }) {
        await page.getByTestId('lessons').click();
        await expect(page.getByTestId('lesson-list').getByRole('listitem')).not.toHaveCount(0);
      },
      part: '[data-testid=drawer]',
    },
    {
      name: 'lesson-step',
      async show(playground) {
        await playground.page
          .getByTestId('lesson-list')
          .getByRole('listitem')
          .getByRole('button')
          .first()
          .click();
        await expect(playground.page.getByTestId('lesson')).toBeVisible();
        await playground.waitForConsole('beta', /beta>/);
      },
      part: '[data-testid=drawer]',
    },
  ],
};

const demonstration: Row = {
  name: 'a demonstration',
  open: (playground) => playground.open(),
  screens: [
    {
      name: 'demonstration',
      async show({ page }) {
        await page.getByTestId('gallery').click();
        await page.getByRole('button', { name: 'Demonstrate Doorbell storm' }).click();
        await expect(page.getByTestId('demonstration')).toHaveAttribute('data-state', 'held', {
          timeout: 60_000,
        });
      },
      // Looked at where it is tested (gallery.spec.ts): it takes its time.
      pictureOnly: true,
    },
  ],
};

const beat = (number: number): Screen => ({
  name: `present-${number}`,
  async show(playground) {
    const { page } = playground;
    await page.keyboard.press('PageDown');
    await expect(page.getByTestId('present-position')).toHaveText(`${number} of 8`);
    await expect(page.getByTestId('present-bar')).not.toHaveAttribute('data-playing', { timeout: 30_000 });
  },
  // Present is light by itself, whatever the system has.
  themes: ['light'],
  ...(number > 1 ? { pictureOnly: true } : {}),
});

const present: Row = {
  name: 'Present',
  open: (playground) => playground.open(),
  screens: [
    {
      name: 'present-0',
      async show({ page }: Playground) {
        await page.keyboard.press('p');
        await expect(page.getByTestId('present-position')).toHaveText('0 of 8');
      },
      themes: ['light'],
    },
    ...[1, 2, 3, 4, 5, 6, 7, 8].map(beat),
  ],
};

export const MACHINES: readonly Row[] = [
  emptyMachine,
  manyKernels,
  hostKernel,
  embed,
  plain,
  trouble,
  lesson,
  demonstration,
  present,
];
