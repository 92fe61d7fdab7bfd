import { useEffect } from 'react';
import type { MachineView } from '../../protocol/machine-view.ts';
import { useStations } from '../../store/stations-store.ts';
import { useTimeline } from '../../store/timeline-store.ts';
import { announce } from '../kit/announcer.tsx';
import { takesKeys } from '../kit/takes-keys.ts';
import { text } from '../text.ts';
import { closeStations, openStations } from './stations-actions.ts';

const WAYS: Readonly<Record<string, 'next' | 'previous'>> = {
  '.': 'next',
  '>': 'next',
  ',': 'previous',
  '<': 'previous',
};

/**
 * Full stop and comma go from message to message while one is walked, and when the machine is paused. A timeline that
 * somebody has opened or used keeps them for its events.
 */
export function useStationKeys({ run }: MachineView): void {
  const paused = run === 'paused';
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || takesKeys(event.target))
        return;
      const { message } = useStations.getState();
      const inDrawer = event.target instanceof Element && event.target.closest('.drawer') !== null;
      if (message && event.key === 'Escape' && !inDrawer) {
        closeStations();
        event.preventDefault();
        return;
      }
      const way = WAYS[event.key];
      const { open, byPause, sort } = useTimeline.getState();
      const timelines = open && (!byPause || sort !== 'all');
      if (way === undefined || !(message || (paused && !timelines))) return;
      event.preventDefault();
      const sequence = message?.publish.sequence ?? null;
      void openStations({ way: message ? way : 'previous', sequence, between: null }).then((found) => {
        if (!found) announce(text.timeline.nothing);
      });
    };
    // Before the page's own keys, which leave alone what was prevented.
    document.addEventListener('keydown', onKeyDown, { capture: true });
    return () => document.removeEventListener('keydown', onKeyDown, { capture: true });
  }, [paused]);

  // A walk that began at rest ends when the machine goes on; one that began while it ran goes on with it.
  useEffect(() => {
    if (!paused) return;
    return () => {
      if (useStations.getState().message) closeStations();
    };
  }, [paused]);
}
