import { useEffect } from 'react';
import { usePage } from '../../store/page-store.ts';
import { useStations } from '../../store/stations-store.ts';
import { meaningToPresent } from './present-keys.ts';

/** A message that is walked and an open drawer, which the page's own keys close. */
const escapeCloses = (): boolean =>
  useStations.getState().message !== null || usePage.getState().drawer !== 'closed';

/** Turns by the keys of present-keys.ts, and leaves Present by Escape. */
export function usePresentKeys(turn: (by: 1 | -1) => void, leave: () => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const { key, target } = event;
      if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      const within = (selector: string): boolean =>
        target instanceof Element && target.closest(selector) !== null;
      const meaning = meaningToPresent(key, within, escapeCloses());
      if (meaning === null) return;
      if (meaning === 'leave') leave();
      else turn(meaning === 'on' ? 1 : -1);
      event.preventDefault();
      event.stopPropagation();
    };
    // Before the terminals, which would take the keys for themselves.
    addEventListener('keydown', onKeyDown, { capture: true });
    return () => removeEventListener('keydown', onKeyDown, { capture: true });
  }, [turn, leave]);
}
