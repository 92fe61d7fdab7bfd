import { useEffect } from 'react';
import { isEmbedded } from '../../store/embed.ts';
import { useLesson } from '../../store/lesson-store.ts';
import { addressWithLesson } from '../../store/opening.ts';
import type { DrawerProps } from '../shell/drawer-contents.ts';
import { LessonList } from './lesson-list.tsx';
import { LessonView } from './lesson-view.tsx';
import '../styles/lesson.css';

/** The lesson that is open, or those that can be. */
export function LessonTab(props: DrawerProps) {
  const { open, step, reading, foreign, refusal } = useLesson();
  const undecided = reading || foreign !== null || refusal !== null;
  // A page that is loaded again is at the same step; a file of this computer cannot be read again.
  useEffect(() => {
    if (isEmbedded(location.search) || undecided) return;
    const address = addressWithLesson(location.href, open?.asked ?? null, step);
    if (address !== location.href) history.replaceState(history.state, '', address);
  }, [open, step, undecided]);
  return open ? <LessonView open={open} {...props} /> : <LessonList actions={props.actions} />;
}
