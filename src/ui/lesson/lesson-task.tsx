import { Button } from 'react-aria-components';
import type { Block } from '../../protocol/lesson.ts';
import { doStep, stopDoing } from '../../store/lesson-player.ts';
import { useLesson } from '../../store/lesson-store.ts';
import { CheckIcon } from '../kit/icons.tsx';
import { lessonText as words } from '../lesson-text.ts';
import { Blocks } from './markdown.tsx';

/** What the step asks for, whether it was done, and the way to have it done. */
export function LessonTask(props: { readonly text: readonly Block[]; readonly base: string | null }) {
  const stage = useLesson((state) => state.stage);
  const passed = stage === 'passed';
  const doing = stage === 'doing';
  return (
    <section className="lesson-card lesson-task" aria-label={words.task} data-passed={passed || undefined}>
      <h4>{words.task}</h4>
      <Blocks blocks={props.text} base={props.base} />
      <div className="lesson-deeds">
        {(stage === 'begun' || doing) && (
          <Button
            className="button small"
            data-testid={doing ? 'lesson-stop' : 'lesson-do'}
            onPress={() => void (doing ? stopDoing() : doStep())}
          >
            {doing ? words.stop : words.forMe}
          </Button>
        )}
        <p data-testid="lesson-state" data-passed={passed || undefined}>
          {passed && <CheckIcon />}
          {passed ? words.done : doing ? words.doing : words.waiting}
        </p>
      </div>
    </section>
  );
}
