/** What every screen keeps in each size and theme: axe finds nothing, and nothing reaches out of the window. */
import axe from 'axe-core';
import type { Page } from '@playwright/test';
import { expect, test } from './playground.ts';
import { inThemes, SIZES, type Size } from './screen.ts';

/** The size that the tests have otherwise (playwright.config.ts). */
const USUAL: Size = { width: 1440, height: 770 };

/** Of text to what is behind it, whatever its size: more than the 4.5 and 3 of WCAG. */
const CONTRAST = { normal: { expected: 4.7 }, large: { expected: 4.7 } };

/**
 * Looks at the page, or at a part of it, a selector. `recoloured`: only the theme is another than at the last look, so that
 * contrast alone can be. Axe comes into a page once.
 */
export async function checkLook(page: Page, part?: string, recoloured = false): Promise<void> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  const found = await page.evaluate(
    async ([where, contrastOnly, options]) => {
      const run = await (window as unknown as { axe: typeof axe }).axe.run(where ?? document, {
        ...options,
        resultTypes: ['violations'],
        ...(contrastOnly ? { runOnly: { type: 'rule', values: ['color-contrast'] } } : {}),
      });
      const violations = run.violations.flatMap(({ id, nodes }) =>
        nodes
          // The divider of two landmarks is between them, and so in neither.
          .filter(({ html }) => id !== 'region' || !html.includes('role="separator"'))
          .map(({ html, failureSummary = '' }) => `${id}: ${html}: ${failureSummary}`),
      );
      return { violations, reach: document.documentElement.scrollWidth - innerWidth };
    },
    [part, recoloured, { checks: { 'color-contrast': { options: { contrastRatio: CONTRAST } } } }] as const,
  );
  expect(found.violations).toEqual([]);
  expect(found.reach, 'nothing reaches out of the window sideways').toBeLessThanOrEqual(0);
}

/** Looks at what no screen of the table shows (screens.ts), in both themes and in these sizes. */
export async function checkLooks(page: Page, sizes: readonly Size[] = SIZES): Promise<void> {
  // Axe looks at every element while the kernels have the host's cores.
  test.slow();
  for (const size of sizes) {
    await page.setViewportSize(size);
    await inThemes(page, (theme) =>
      test.step(`${size.width} × ${size.height}, ${theme}`, () =>
        checkLook(page, undefined, theme === 'light')),
    );
  }
  await page.setViewportSize(USUAL);
}
