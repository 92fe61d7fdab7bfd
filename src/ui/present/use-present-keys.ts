import { useEffect } from 'react';

/** Where arrow keys mean something already: only those pressed elsewhere turn. */
const TAKES_ARROWS =
  'input, textarea, select, [contenteditable], [role=dialog], [role=menu], [role=listbox], [role=separator], [role=tablist], .machine, .timeline-picture';
/** Where Escape closes or puts back something first. */
const TAKES_ESCAPE =
  'textarea, input, [role=dialog], [role=alertdialog], [role=menu], [role=listbox], .machine';

const ON = ['PageDown', 'ArrowRight', 'ArrowDown'];
const BACK = ['PageUp', 'ArrowLeft', 'ArrowUp'];

const within = (target: EventTarget | null, selector: string): boolean =>
  target instanceof Element && target.closest(selector) !== null;

/**
 * The keys of a presenter's remote control work wherever the focus is, also in a console: Page Down and Page Up. Arrow keys
 * and Escape only where they mean nothing else.
 */
export function usePresentKeys(turn: (by: 1 | -1) => void, leave: () => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const { key, target } = event;
      if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      if (within(target, '[role=dialog], [role=alertdialog], [role=menu]')) return;
      if (key.startsWith('Arrow') && within(target, TAKES_ARROWS)) return;
      if (ON.includes(key)) turn(1);
      else if (BACK.includes(key)) turn(-1);
      else if (key === 'Escape' && !within(target, TAKES_ESCAPE)) leave();
      else return;
      event.preventDefault();
      event.stopPropagation();
    };
    // Before the terminals, which would take the keys for themselves.
    addEventListener('keydown', onKeyDown, { capture: true });
    return () => removeEventListener('keydown', onKeyDown, { capture: true });
  }, [turn, leave]);
}
