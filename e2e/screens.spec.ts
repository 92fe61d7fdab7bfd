/** Every screen of the table, in each size and theme: nothing for axe, nothing out of the window. */
import { checkLook } from './looks.ts';
import { walkRow, type Screen } from './screen.ts';
import { ROWS } from './screens.ts';
import { expect, test } from './playground.ts';

// What moves without telling anything only costs time here.
test.use({ contextOptions: { reducedMotion: 'reduce' } });

const lookedAt = ({ pictureOnly }: Screen): boolean => pictureOnly !== true;

for (const row of ROWS.filter(({ screens }) => screens.some(lookedAt)))
  test(`${row.name}: each screen, in each size and theme`, async ({ playground, page }) => {
    // Axe looks at every element while the kernels have the host's cores.
    test.slow();
    await walkRow(
      playground,
      row,
      (screen, size, theme) =>
        test.step(`${screen.name}, ${size.width} × ${size.height}, ${theme}`, () =>
          checkLook(page, screen.part, theme === 'light' && screen.themes === undefined)),
      lookedAt,
    );
  });

test('every picture has a name of its own', () => {
  const names = ROWS.flatMap(({ screens }) => screens.map(({ name }) => name));
  expect(new Set(names).size).toBe(names.length);
});
