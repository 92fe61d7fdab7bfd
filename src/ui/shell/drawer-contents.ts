/** What the drawer can hold, each loaded when it is first shown. */
import { lazy, type ComponentType, type LazyExoticComponent } from 'react';
import type { MachineView } from '../../protocol/machine-view.ts';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import type { PageActions } from '../../store/page-actions.ts';
import type { DrawerState } from '../../store/page-store.ts';
import { lessonText } from '../lesson-text.ts';
import { text } from '../text.ts';

export interface DrawerProps {
  readonly view: MachineView;
  readonly machine: ConnectedMachine;
  readonly actions: PageActions;
}

export interface DrawerContent {
  readonly id: Exclude<DrawerState, 'closed'>;
  readonly title: string;
  readonly Content: LazyExoticComponent<ComponentType<DrawerProps>>;
}

export const DRAWER_CONTENTS: readonly DrawerContent[] = [
  {
    id: 'lesson',
    title: lessonText.tab,
    Content: lazy(() => import('../lesson/lesson-tab.tsx').then(({ LessonTab }) => ({ default: LessonTab }))),
  },
  {
    id: 'inspector',
    title: text.drawer.inspector,
    Content: lazy(() =>
      import('../inspector/inspector.tsx').then(({ Inspector }) => ({ default: Inspector })),
    ),
  },
  {
    id: 'demonstration',
    title: text.gallery.demonstration,
    Content: lazy(() =>
      import('../gallery/demonstration.tsx').then(({ DemonstrationView }) => ({
        default: DemonstrationView,
      })),
    ),
  },
];
