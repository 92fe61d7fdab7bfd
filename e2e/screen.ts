/** What a screen of the page is, and how the screens of a row are shown in each size and theme. */
import type { Page } from '@playwright/test';
import type { Playground } from './playground.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

const LAPTOP: Size = { width: 1440, height: 900 };
export const SMALL: Size = { width: 1280, height: 680 };
export const PROJECTOR: Size = { width: 1280, height: 600 };
export const PHONE: Size = { width: 390, height: 844 };
/** The sizes that the page is judged at. */
export const SIZES: readonly Size[] = [LAPTOP, SMALL, PHONE];

export type Theme = 'dark' | 'light';
const THEMES: readonly Theme[] = ['dark', 'light'];

export interface Screen {
  /** Small letters and dashes: of the file of its picture. */
  readonly name: string;
  readonly show: (playground: Playground) => Promise<void>;
  /** Back to where the next screen begins; not given: there already. */
  readonly leave?: (playground: Playground) => Promise<void>;
  /** What is new on this screen, a selector: axe looks at no more. Not given: at the whole page. */
  readonly part?: string;
  readonly sizes?: readonly Size[];
  readonly themes?: readonly Theme[];
  /** The column that it is about: the one that a phone shows. */
  readonly column?: string;
  /** To be shown in each size anew: what hangs on a place of the page closes when that moves. */
  readonly anew?: true;
  /** Left out by axe: it has nothing that another screen does not have. */
  readonly pictureOnly?: true;
}

/** Screens that share a machine: each is shown from where the one before it was left. */
export interface Row {
  readonly name: string;
  /** Opens the page, up to the first screen. */
  readonly open: (playground: Playground) => Promise<void>;
  readonly screens: readonly Screen[];
}

/** Shows the screens of a row, up to the last that is wanted, and calls `look` in each size and theme of those. */
export async function walkRow(
  playground: Playground,
  row: Row,
  look: (screen: Screen, size: Size, theme: Theme) => Promise<void>,
  wanted: (screen: Screen) => boolean = () => true,
): Promise<void> {
  await row.open(playground);
  for (const screen of row.screens.slice(0, row.screens.findLastIndex(wanted) + 1)) {
    const { show, leave, anew, column, sizes = SIZES, themes } = screen;
    const looks = wanted(screen);
    for (const [index, size] of sizes.entries()) {
      await playground.page.setViewportSize(size);
      if (anew === true || index === 0) await show(playground);
      if (column !== undefined) await showColumn(playground.page, column);
      if (looks) await inThemes(playground.page, (theme) => look(screen, size, theme), themes);
      if (anew === true || index === sizes.length - 1) await leave?.(playground);
    }
  }
}

/** What is drawn past React, canvases and consoles, follows a theme and a size within some frames. */
const FRAMES = 4;
/** Milliseconds after which no more frames come by themselves. */
const NO_FRAMES = 3000;

async function passFrames(page: Page): Promise<void> {
  const passed = await page.evaluate(
    ([count, limit]) =>
      Promise.race([
        (async () => {
          for (let frame = 0; frame < count; frame++) await new Promise(requestAnimationFrame);
          return true;
        })(),
        new Promise<boolean>((settle) => setTimeout(() => settle(false), limit)),
      ]),
    [FRAMES, NO_FRAMES] as const,
  );
  // A headless Chromium was seen to make none after its size had changed, for minutes; a picture needs one.
  if (!passed) await page.screenshot();
}

export async function inThemes(
  page: Page,
  look: (theme: Theme) => Promise<void>,
  themes: readonly Theme[] = THEMES,
): Promise<void> {
  for (const theme of themes) {
    await page.emulateMedia({ colorScheme: theme });
    await passFrames(page);
    await look(theme);
  }
}

/** Presses Escape on whatever is open. */
export const escape = ({ page }: Playground): Promise<void> => page.keyboard.press('Escape');

/** On a phone, which shows one column at a time: shows that one. Elsewhere all are shown. */
export async function showColumn(page: Page, name: string): Promise<void> {
  // The page follows a new size a moment later: whether there are tabs now does not say whether there will be.
  if (page.viewportSize()?.width !== PHONE.width) return;
  await page.getByRole('navigation', { name: 'Columns' }).getByRole('button', { name }).click();
}
