/** Colours and size of the terminals, from the style sheet. */
import type { ITheme } from '@xterm/xterm';
import { useSettings } from '../../store/settings.ts';
import { cssColour } from '../kit/canvas.ts';

/** Guests keep their own lines within this many columns. */
const GUEST_COLUMNS = 56;
/** Width of a character of the terminal's font in parts of its size; monospaced fonts differ by a few hundredths. */
const CHARACTER_WIDTH = 0.605;
const SMALLEST = 9;
const LARGEST = 14;
/** Where the page presents. */
const LARGEST_PRESENTED = 20;
/** Sizes that are chosen, whatever fits. */
const CHOSEN = { large: 16, larger: 20 };

/** Font size: what was chosen, else that at which a guest's lines fit into `width` CSS pixels, in steps of half a pixel. */
export function terminalFontSize(width: number): number {
  const { consoleType } = useSettings.getState();
  if (consoleType !== 'fit') return CHOSEN[consoleType];
  const fitting = Math.floor((width / GUEST_COLUMNS / CHARACTER_WIDTH) * 2) / 2;
  const largest = 'presenting' in document.documentElement.dataset ? LARGEST_PRESENTED : LARGEST;
  return Math.max(SMALLEST, Math.min(largest, fitting));
}

const ANSI = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const;

export function terminalTheme(element: Element): ITheme {
  const colour = (variable: string): string => cssColour(element, variable);
  const theme: ITheme = {
    background: colour('--terminal'),
    foreground: colour('--text'),
    cursor: colour('--kernel'),
    cursorAccent: colour('--terminal'),
    selectionBackground: colour('--selection'),
  };
  for (const name of ANSI) theme[name] = colour(`--ansi-${name}`);
  return theme;
}
