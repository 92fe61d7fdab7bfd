import { useRef, useState } from 'react';
import { Button, RadioButton, RadioField, RadioGroup } from 'react-aria-components';
import type { Question } from '../../protocol/lesson.ts';
import { answer, useLesson } from '../../store/lesson-store.ts';
import { announce } from '../kit/announcer.tsx';
import { CheckIcon } from '../kit/icons.tsx';
import { lessonText } from '../lesson-text.ts';
import { Blocks, Inlines } from './markdown.tsx';

/** A question of the step, and its answer when it was given; `revealed`: what is right is marked. */
export function LessonQuestion(props: {
  readonly question: Question;
  readonly step: number;
  readonly base: string | null;
  readonly title: string;
  readonly button: string;
  readonly revealed: boolean;
}) {
  const { question, step, base, title } = props;
  const section = useRef<HTMLElement>(null);
  const given = useLesson((state) => state.answers[step]);
  return (
    <section className="lesson-card lesson-question" aria-label={title} ref={section} tabIndex={-1}>
      <h4>{title}</h4>
      <Blocks blocks={question.text} base={base} />
      {given === undefined ? (
        <Asked
          {...props}
          onAnswer={(choice) => {
            // The button that has the focus goes.
            section.current?.focus();
            answer(step, choice);
            if (props.revealed) announce(choice === question.right ? lessonText.right : lessonText.wrong);
          }}
        />
      ) : (
        <ul className="lesson-choices">
          {question.choices.map((choice, index) => {
            const right = props.revealed && index === question.right;
            // Until it is known what comes of it, the task below has the room of the others.
            if (!props.revealed && index !== given) return null;
            return (
              <li key={index} data-given={index === given || undefined} data-right={right || undefined}>
                <span className="choice-mark">{right ? <CheckIcon /> : null}</span>
                <span>
                  <Inlines inlines={choice} base={base} />
                  {right && <span className="visually-hidden"> ({lessonText.rightMark})</span>}
                  {index === given && (
                    <>
                      {' '}
                      <span className="choice-yours">{lessonText.yourMark}</span>
                    </>
                  )}
                </span>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}

function Asked(
  props: Parameters<typeof LessonQuestion>[0] & { readonly onAnswer: (choice: number) => void },
) {
  const { question, base, title, button } = props;
  const [chosen, setChosen] = useState<number | null>(null);
  return (
    <>
      <RadioGroup
        className="lesson-choices"
        aria-label={title}
        value={chosen === null ? null : String(chosen)}
        onChange={(value) => setChosen(Number(value))}
      >
        {question.choices.map((choice, index) => (
          <RadioField key={index} value={String(index)}>
            <RadioButton className="lesson-choice">
              <span className="choice-dot" />
              <span>
                <Inlines inlines={choice} base={base} />
              </span>
            </RadioButton>
          </RadioField>
        ))}
      </RadioGroup>
      <Button
        className="button small primary"
        data-testid="lesson-answer"
        isDisabled={chosen === null}
        onPress={() => {
          if (chosen !== null) props.onAnswer(chosen);
        }}
      >
        {button}
      </Button>
    </>
  );
}
