/** What opens and closes the drawer, from wherever on the page. */
import { useInspector } from '../../store/inspector-store.ts';
import { usePage } from '../../store/page-store.ts';
import { announce } from '../kit/announcer.tsx';
import { text } from '../text.ts';

/** Shows a core in the inspector; undefined: the one that was shown last. */
export function openInspector(core?: number): void {
  if (core !== undefined) useInspector.setState({ hart: core, tab: 'core' });
  usePage.getState().setDrawer('inspector');
  announce(text.drawer.inspector);
}

export function toggleLesson(): void {
  const { drawer, setDrawer } = usePage.getState();
  setDrawer(drawer === 'lesson' ? 'closed' : 'lesson');
}

export function closeDrawer(): void {
  usePage.getState().setDrawer('closed');
}

export function toggleInspector(): void {
  if (usePage.getState().drawer === 'inspector') closeDrawer();
  else openInspector();
}
