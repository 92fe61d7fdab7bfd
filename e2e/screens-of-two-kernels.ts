/** The screens of the machine of the first visit (screens.ts), in an order in which each leaves it to the next. */
import { readFile } from 'node:fs/promises';
import { expect } from '@playwright/test';
import { dropOn } from './drop-file.ts';
import type { Playground } from './playground.ts';
import { escape, PHONE, PROJECTOR, showColumn, SIZES, SMALL, type Row, type Screen } from './screen.ts';

const guest = (name: string): URL => new URL(`../public/guests/${name}`, import.meta.url);

/** A menu or a list that hangs on a button. */
const menu = (name: string, press: (playground: Playground) => Promise<void>): Screen => ({
  name: `menu-${name}`,
  async show(playground) {
    await press(playground);
    await expect(playground.page.locator('.popover')).toBeVisible();
  },
  async leave(playground) {
    await escape(playground);
    await expect(playground.page.locator('.popover')).toHaveCount(0);
  },
  part: '.popover',
  anew: true,
});

/** A dialog over the page. */
const dialog = (name: string, show: Screen['show'], more: Partial<Screen> = {}): Screen => ({
  name,
  show,
  async leave(playground) {
    await escape(playground);
    await expect(playground.page.locator('.modal')).toHaveCount(0);
  },
  part: '.modal',
  ...more,
});

const inspector = (tab: string): Screen => ({
  name: `inspector-${tab.toLowerCase().replace(' ', '-')}`,
  async show({ page }) {
    if (!(await page.getByTestId('drawer').isVisible())) await page.keyboard.press('i');
    await page.getByRole('tab', { name: tab }).click();
    await expect(page.getByRole('tabpanel')).not.toBeEmpty();
  },
  part: '[data-testid=drawer]',
});

const SCREENS: readonly Screen[] = [
  { name: 'first-visit', show: async () => undefined, sizes: [...SIZES, PROJECTOR] },
  {
    name: 'conversation',
    column: 'alpha',
    async show(playground) {
      await playground.ask('alpha', 'ping beta 3', /n=3/);
      await playground.ask('beta', 'cores', /core 3/);
    },
    // What comes after it is looked at more quickly without beta's work.
    async leave(playground) {
      await showColumn(playground.page, 'beta');
      await playground.ask('beta', 'spin 0', /beta>$/);
    },
    pictureOnly: true,
  },
  {
    name: 'phone-free-cores',
    show: ({ page }) => showColumn(page, 'Free'),
    leave: ({ page }) => showColumn(page, 'alpha'),
    sizes: [PHONE],
  },
  menu('isolation', ({ page }) => page.getByTestId('isolation').getByRole('button').click()),
  menu('theme', ({ page }) => page.getByTestId('theme').click()),
  menu('more', ({ page }) => page.getByTestId('more-menu').click()),
  menu('kernel', async ({ page }) => {
    await showColumn(page, 'alpha');
    await page.getByRole('button', { name: 'Actions of alpha' }).click();
  }),
  menu('core', async (playground) => {
    await showColumn(playground.page, 'alpha');
    await playground.core(1, 'alpha').click();
  }),
  menu('device', async ({ page }) => {
    await showColumn(page, 'Free');
    await page.getByTestId('device-rng0').click();
  }),
  dialog('keys', ({ page }) => page.keyboard.press('?')),
  dialog('settings', async ({ page }) => {
    await page.getByTestId('more-menu').click();
    await page.getByRole('menuitem', { name: 'Settings' }).click();
    await expect(page.getByTestId('settings')).toBeVisible();
  }),
  dialog('create', async ({ page }) => {
    await page.getByRole('button', { name: 'Make a kernel' }).first().click();
    await page.getByText('Advanced options').click();
  }),
  dialog(
    'image-offer',
    async ({ page }) => {
      await dropOn(page, '[data-testid="column-beta"]', 'islet.elf', await readFile(guest('islet.elf')));
      await expect(page.getByTestId('image-refusal')).toBeVisible();
    },
    { sizes: [SMALL, PHONE] },
  ),
  dialog(
    'image-new',
    async ({ page }) => {
      await dropOn(page, '.board', 'islet.img', await readFile(guest('islet.img')));
      await expect(page.getByTestId('image-facts')).toContainText('0x82000000');
    },
    { pictureOnly: true },
  ),
  dialog('gallery', async ({ page }) => {
    await page.getByTestId('gallery').click();
    await expect(page.getByTestId('card-blast-radius')).toBeVisible();
  }),
  dialog('share', async ({ page }) => {
    await page.getByTestId('share').click();
    await expect(page.getByTestId('share-link')).toHaveValue(/#v1=/);
  }),
  {
    name: 'core-carried',
    async show(playground) {
      await showColumn(playground.page, 'alpha');
      await playground.core(0, 'alpha').focus();
      await playground.page.keyboard.press('ArrowRight');
      await expect(playground.column('beta')).toHaveAttribute('data-drop', 'illegal');
    },
    leave: escape,
    anew: true,
    part: '.board',
  },
  {
    name: 'refusal',
    async show({ page }) {
      await showColumn(page, 'alpha');
      await page.getByTestId('core-0').focus();
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Enter');
      await expect(page.getByTestId('refusal')).toBeVisible();
    },
    async leave({ page }) {
      await page.getByTestId('refusal').getByRole('button', { name: 'Close' }).click();
    },
    anew: true,
    part: '[data-testid=refusal]',
  },
  {
    name: 'console-search',
    column: 'alpha',
    async show({ page }) {
      const console = page.getByTestId('console-alpha');
      await console.getByRole('button', { name: 'Search' }).click();
      await page.keyboard.type('alpha');
    },
    async leave({ page }) {
      await page.getByTestId('console-alpha').getByRole('button', { name: 'Search' }).click();
    },
    part: '[data-testid=console-alpha]',
  },
  inspector('Core'),
  inspector('Memory'),
  inspector('Walk'),
  {
    ...inspector('Device tree'),
    leave: ({ page }) => page.keyboard.press('i'),
  },
  {
    name: 'timeline',
    async show({ page }) {
      await page.getByTestId('ownership-strip').click();
      await page.keyboard.press('.');
      await expect(page.getByTestId('event-title')).not.toBeEmpty();
    },
    part: '[data-testid=timeline]',
  },
  {
    name: 'timeline-list',
    async show({ page }) {
      await page.getByTestId('timeline-list').click();
      await expect(page.getByTestId('event-list').getByRole('row').nth(1)).toBeVisible();
    },
    async leave({ page }) {
      await page.getByTestId('timeline-list').click();
      await page.getByTestId('ownership-strip').click();
    },
    part: '[data-testid=timeline]',
  },
  {
    name: 'stopped',
    async show({ page }) {
      await page.getByTestId('pause').click();
      await expect(page.getByTestId('step-menu')).toBeVisible();
      await page.keyboard.press('e');
      await expect(page.getByTestId('stop-line')).toHaveText(/^Stopped: /);
    },
    async leave({ page }) {
      await page.getByTestId('pause').click();
      await expect(page.getByTestId('stop-line')).toBeHidden();
    },
    part: '.bar-steps',
  },
  {
    name: 'stations',
    async show(playground) {
      const { page } = playground;
      await page.getByTestId('pause').click();
      await expect(playground.state('alpha')).toHaveText('paused');
      await page.keyboard.press(',');
      await expect(page.getByTestId('stations-title')).not.toBeEmpty();
    },
    async leave(playground) {
      await escape(playground);
      await playground.page.getByTestId('pause').click();
      await expect(playground.state('alpha')).toHaveText('running');
    },
    part: '[data-testid=stations]',
  },
  {
    name: 'kerf-answers',
    column: 'Free',
    async show(playground) {
      await playground.kerf('update beta --cpus +2');
      await expect(playground.core(2, 'beta')).toBeAttached();
      await playground.kerf('update beta --cpus banana');
      await expect(playground.kerfLog()).toContainText('Refused');
      await playground.page.evaluate(() => window.archipelago.services?.setIsolation('cooperative'));
      await expect(playground.page.getByTestId('isolation')).toContainText('Cooperative');
    },
    part: '.kerf-pane, .isolation',
  },
  dialog('kill', async ({ page }) => {
    await page.getByRole('button', { name: 'Actions of alpha' }).click();
    await page.getByRole('menuitem', { name: 'Kill', exact: true }).click();
    await expect(page.getByRole('alertdialog')).toBeVisible();
  }),
  dialog('replace', async (playground) => {
    await playground.columnAction('alpha', 'Replace while it runs …');
    await expect(playground.page.getByTestId('load')).toBeVisible();
  }),
  {
    name: 'panic',
    column: 'beta',
    async show(playground) {
      await playground.ask('beta', 'panic', /panic: asked for/);
      await expect(playground.state('beta')).toContainText('panic');
    },
    part: '[data-testid=column-beta], [data-testid=console-beta]',
  },
  dialog('last-words', async ({ page }) => {
    await page.getByRole('button', { name: 'Last words of beta' }).click();
    await page.getByTestId('last-words').getByText('Registers', { exact: true }).first().click();
    await expect(page.getByTestId('last-words').getByText('sepc').first()).toBeVisible();
  }),
  dialog('load', async (playground) => {
    await playground.kerf('kill alpha');
    await expect(playground.state('alpha')).toHaveText('killed');
    await playground.columnAction('alpha', 'Load another image …');
    await expect(playground.page.getByTestId('load')).toBeVisible();
  }),
];

export const TWO_KERNELS: Row = {
  name: 'two kernels',
  open: (playground) => playground.open(),
  screens: SCREENS,
};
