import { Button } from 'react-aria-components';
import { usePage } from '../../store/page-store.ts';
import { LessonIcon } from '../kit/icons.tsx';
import { lessonText } from '../lesson-text.ts';
import { toggleLesson } from './drawer-actions.ts';

/** Opens the drawer with the lessons, or with the one that is under way. */
export function LessonButton() {
  const open = usePage((state) => state.drawer === 'lesson');
  return (
    <Button
      className="button lesson-button"
      data-testid="lessons"
      aria-label={lessonText.button}
      aria-expanded={open}
      onPress={toggleLesson}
    >
      <LessonIcon />
      <span>{lessonText.button}</span>
    </Button>
  );
}
