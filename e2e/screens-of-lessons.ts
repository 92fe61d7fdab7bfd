/** The screens of the lessons (screens.ts), in an order in which each leaves it to the next. */
import { expect } from '@playwright/test';
import type { Playground } from './playground.ts';
import { PHONE, PROJECTOR, SMALL, type Row } from './screen.ts';

const passed = ({ page }: Playground): Promise<void> =>
  expect(page.getByTestId('lesson')).toHaveAttribute('data-stage', 'passed');

/** What is new, except for the menu, is in the drawer. */
const part = '.drawer';

const oneStep: Row = {
  name: 'a step of a lesson',
  async open({ page }) {
    await page.goto('./?lesson=2-give-away-a-core&step=2');
    await expect(page.getByTestId('lesson')).toHaveAttribute('data-stage', 'begun');
  },
  screens: [
    {
      name: 'lesson-prediction',
      show: ({ page }) => page.getByText('About twice as much gets done').click(),
      part,
      // The core that is moved and both kernels are in sight beside it.
      sizes: [PROJECTOR, PHONE],
    },
    {
      name: 'lesson-not-yet',
      async show({ page }) {
        // What was chosen and not said is not kept by a drawer that has another place.
        await page.getByText('About twice as much gets done').click();
        await page.getByTestId('lesson-answer').click();
        await page.getByTestId('lesson-next').click();
      },
      pictureOnly: true,
      part,
    },
    {
      name: 'lesson-passed',
      async show(playground) {
        await playground.page.getByTestId('lesson-do').click();
        await passed(playground);
      },
      sizes: [SMALL, PHONE],
      part,
    },
    {
      name: 'lesson-steps',
      show: ({ page }) => page.getByTestId('lesson-position').click(),
      leave: ({ page }) => page.keyboard.press('Escape'),
      part: '.popover',
      anew: true,
      sizes: [PROJECTOR],
    },
    {
      name: 'lesson-reminder',
      show: ({ page }) => page.getByRole('button', { name: 'Close the drawer' }).click(),
      part: '[data-testid=lesson-reminder]',
      sizes: [PHONE],
    },
  ],
};

const ends: Row = {
  name: 'the list of lessons, and the end of one',
  async open({ page }) {
    await page.goto('./?lesson=4-blast-radius&step=6');
    await expect(page.getByTestId('lesson')).toHaveAttribute('data-stage', 'passed');
  },
  screens: [
    {
      name: 'lesson-end',
      async show({ page }) {
        await page.getByRole('radio').first().press('Space');
        await page.getByTestId('lesson-answer').click();
      },
      pictureOnly: true,
    },
    {
      name: 'lesson-gone',
      async show({ page }) {
        await page.getByTestId('reset').click();
        await expect(page.getByTestId('lesson-restart')).toBeVisible();
      },
      pictureOnly: true,
    },
    {
      name: 'lessons',
      show: ({ page }) => page.getByTestId('lesson-all').click(),
      // Axe finds the list below what lesson-refused says.
      pictureOnly: true,
    },
  ],
};

const others: Row = {
  name: 'a lesson of another server',
  open: ({ page }) =>
    page.goto(`./?lesson=${encodeURIComponent('https://teacher.example/one.md')}`).then(() => undefined),
  screens: [
    {
      name: 'lesson-foreign',
      show: ({ page }) => expect(page.getByTestId('lesson-agree')).toBeVisible(),
      sizes: [PHONE],
      part,
    },
    {
      name: 'lesson-refused',
      async show({ page }) {
        await page.route('https://teacher.example/**', (route) =>
          route.fulfill({
            headers: { 'access-control-allow-origin': '*', 'content-type': 'text/markdown' },
            body: '# A lesson\n\nWithout a machine.\n',
          }),
        );
        await page.getByTestId('lesson-agree').click();
        await expect(page.getByTestId('lesson-refused')).toBeVisible();
      },
      sizes: [PHONE],
      part,
    },
  ],
};

export const LESSONS: readonly Row[] = [oneStep, ends, others];
