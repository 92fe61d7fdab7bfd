/** `npm run screenshots`: a picture of every screen, size and theme in screenshots/; the README's is one of them. */
import { copyFile } from 'node:fs/promises';
import { SMALL, walkRow, type Screen, type Size, type Theme } from './screen.ts';
import { ROWS } from './screens.ts';
import { test } from './playground.ts';

const pathOf = ({ name }: Pick<Screen, 'name'>, { width, height }: Size, theme: Theme): string =>
  `screenshots/${name}-${width}x${height}-${theme}.png`;

const README = { from: pathOf({ name: 'conversation' }, SMALL, 'dark'), to: 'docs/playground.png' };

for (const row of ROWS)
  test(row.name, async ({ playground, page }) => {
    await walkRow(playground, row, async (screen, size, theme) => {
      const path = pathOf(screen, size, theme);
      await page.screenshot({ path });
      if (path === README.from) await copyFile(path, README.to);
    });
  });
