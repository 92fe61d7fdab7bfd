/** What a key means to Present, by where it is pressed. */

/** Where arrow keys mean something already: only those pressed elsewhere turn. */
const TAKES_ARROWS =
  'input, textarea, select, [contenteditable], [role=listbox], [role=separator], [role=tablist], .machine, .timeline-picture, .stations, .drawer';
/** Where Escape closes or puts back something first. */
const TAKES_ESCAPE = 'textarea, input, [role=listbox], .machine';
/** Has its own keys, all of them. */
const TAKES_ALL = '[role=dialog], [role=alertdialog], [role=menu]';

const ON = ['PageDown', 'ArrowRight', 'ArrowDown'];
const BACK = ['PageUp', 'ArrowLeft', 'ArrowUp'];

/**
 * The keys of a presenter's remote control work wherever the focus is, also in a console: Page Down and Page Up. Arrow keys
 * and Escape only where they mean nothing else; `escapeCloses`: something is open that Escape closes, wherever the focus is.
 */
export function meaningToPresent(
  key: string,
  within: (selector: string) => boolean,
  escapeCloses: boolean,
): 'on' | 'back' | 'leave' | null {
  if (within(TAKES_ALL)) return null;
  if (key === 'Escape') return escapeCloses || within(TAKES_ESCAPE) ? null : 'leave';
  if (key.startsWith('Arrow') && within(TAKES_ARROWS)) return null;
  return ON.includes(key) ? 'on' : BACK.includes(key) ? 'back' : null;
}
