/** Whether the page presents: light, large type, one sentence at a time. What is presented is in scene-player.ts. */
import { create } from 'zustand';
import { usePage } from './page-store.ts';
import { useSettings } from './settings.ts';

export const usePresent = create<{ readonly presenting: boolean }>()(() => ({ presenting: false }));

/** The chosen theme is kept, and comes back with `leavePresent`. */
export function enterPresent(): void {
  usePage.getState().setDrawer('closed');
  document.documentElement.dataset['theme'] = 'light';
  document.documentElement.dataset['presenting'] = '';
  usePresent.setState({ presenting: true });
}

export function leavePresent(): void {
  document.documentElement.dataset['theme'] = useSettings.getState().theme;
  delete document.documentElement.dataset['presenting'];
  usePresent.setState({ presenting: false });
}
