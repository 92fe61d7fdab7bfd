/** A state of the page in both themes and in several sizes of window: nothing grave for axe, nothing out of the window. */
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from './playground.ts';

interface Size {
  readonly width: number;
  readonly height: number;
}
/** The size that the tests have otherwise (playwright.config.ts). */
const USUAL: Size = { width: 1440, height: 770 };
/** The sizes that the page is judged at. */
export const SIZES: readonly Size[] = [
  { width: 1440, height: 900 },
  { width: 1280, height: 680 },
  { width: 390, height: 844 },
];

/** What axe finds to be serious or critical, and where. */
async function graveFindings(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map((node) => `${node.target.join(' ')} (${node.failureSummary})`).join(', ')}`,
    );
}

export async function checkLooks(page: Page, sizes: readonly Size[] = SIZES): Promise<void> {
  // Axe looks at every element while the kernels have the host's cores.
  test.slow();
  for (const colorScheme of ['dark', 'light'] as const)
    for (const size of sizes) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(size);
      expect(await graveFindings(page), `${colorScheme}, ${size.width} × ${size.height}`).toEqual([]);
      const reach = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(reach, 'nothing reaches out of the window sideways').toBeLessThanOrEqual(size.width);
    }
  await page.setViewportSize(USUAL);
}
