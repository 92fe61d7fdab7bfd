import { Button } from 'react-aria-components';
import { useLesson } from '../../store/lesson-store.ts';
import { CheckIcon, LessonIcon } from '../kit/icons.tsx';
import { lessonText } from '../lesson-text.ts';
import { toggleLesson } from './drawer-actions.ts';

/** The way back to a lesson that has no room beside the machine, and whether its step was done. */
export function LessonReminder() {
  const { open, step, stage } = useLesson();
  if (open === null) return null;
  const done = stage === 'passed' && open.lesson.steps[step]?.task !== null;
  return (
    <Button className="lesson-reminder" data-testid="lesson-reminder" onPress={toggleLesson}>
      {done ? <CheckIcon /> : <LessonIcon />}
      {lessonText.reminder(step + 1, open.lesson.steps.length, done)}
    </Button>
  );
}
