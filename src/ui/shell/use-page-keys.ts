import { useEffect } from 'react';
import { useMachine } from '../../store/machine-store.ts';
import { usePage } from '../../store/page-store.ts';
import { enterPresent, usePresent } from '../../store/present-store.ts';
import { takesKeys } from '../kit/takes-keys.ts';
import { closeDrawer, toggleInspector } from './drawer-actions.ts';
import { useTimeline } from '../../store/timeline-store.ts';
import { timelineAction } from '../timeline/timeline-keys.ts';
import { timelinePane } from '../timeline/timeline-pane.ts';

/** The keys that work anywhere on the page; text.keys.rows lists them. */
export function usePageKeys(openKeys: () => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || takesKeys(event.target))
        return;
      if (event.key === ' ') {
        if (event.target instanceof Element && event.target.closest('button, a')) return;
        void useMachine.getState().machine?.togglePause();
      } else if (event.key === '?') {
        openKeys();
      } else if (event.key === 'k') {
        document.getElementById('kerf-input')?.focus();
      } else if (event.key === 'i' || event.key === 'I') {
        toggleInspector();
      } else if (event.key === 'p' || event.key === 'P') {
        if (!usePresent.getState().presenting) enterPresent();
      } else if (event.key === 'Escape' && usePage.getState().drawer !== 'closed') {
        closeDrawer();
      } else {
        const picture = event.target instanceof Element && event.target.closest('.timeline-picture') !== null;
        const action = timelineAction(event.key, useTimeline.getState().open, picture);
        if (!action || !useMachine.getState().machine) return;
        timelinePane.do(action);
      }
      event.preventDefault();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [openKeys]);
}
