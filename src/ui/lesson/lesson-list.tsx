import { useEffect, useRef } from 'react';
import { Button, FileTrigger } from 'react-aria-components';
import lessons from 'virtual:lesson-index';
import type { IndexedLesson } from '../../protocol/lesson-index.ts';
import { agreeToLesson, closeLesson, openLesson, openLessonFile } from '../../store/lesson-player.ts';
import { useLesson } from '../../store/lesson-store.ts';
import type { PageActions } from '../../store/page-actions.ts';
import { RefusalText } from '../kit/refusal-text.tsx';
import { lessonText } from '../lesson-text.ts';
import { focusLater, focusNow } from './lesson-focus.ts';

const words = lessonText.list;

/** The lessons that come with the page, the way to others, and why one was not opened. */
export function LessonList(props: { readonly actions: PageActions }) {
  const { actions } = props;
  const { foreign, refusal, reading } = useLesson();
  const root = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => focusNow(root.current), []);
  return (
    <div className="lesson-list" data-testid="lesson-list" ref={root}>
      {refusal && (
        <div role="alert" className="refusal-box lesson-refused" data-testid="lesson-refused">
          <p>{words.refused}</p>
          <RefusalText error={refusal} />
        </div>
      )}
      {foreign && (
        <section className="lesson-card" aria-label={lessonText.foreign.title(foreign.address.host)}>
          <h3>{lessonText.foreign.title(foreign.address.host)}</h3>
          <p className="lesson-address">{foreign.address.href}</p>
          <p>{lessonText.foreign.what}</p>
          <div className="lesson-deeds">
            <Button
              className="button small primary"
              data-testid="lesson-agree"
              onPress={() => {
                focusLater('text');
                void agreeToLesson(actions);
              }}
            >
              {lessonText.foreign.agree}
            </Button>
            <Button
              className="button small"
              onPress={() => {
                void closeLesson();
                list.current?.focus();
              }}
            >
              {lessonText.foreign.refuse}
            </Button>
          </div>
        </section>
      )}
      <h3>{words.title}</h3>
      <p className="lesson-note" role="status">
        {reading ? words.reading : words.note}
      </p>
      <ol aria-label={words.title} data-lesson="list" ref={list} tabIndex={-1}>
        {lessons.map((lesson, index) => (
          <Entry key={lesson.name} lesson={lesson} number={index + 1} actions={actions} />
        ))}
      </ol>
      <h3>{words.own}</h3>
      <p className="lesson-note">{words.ownNote}</p>
      <FileTrigger
        acceptedFileTypes={['.md', '.markdown']}
        onSelect={(files) => {
          const file = files?.item(0);
          if (file) void openLessonFile(file, actions);
        }}
      >
        <Button className="button small" data-testid="lesson-file">
          {words.file}
        </Button>
      </FileTrigger>
    </div>
  );
}

function Entry(props: {
  readonly lesson: IndexedLesson;
  readonly number: number;
  readonly actions: PageActions;
}) {
  const { name, title, about, steps } = props.lesson;
  return (
    <li>
      <Button
        className="lesson-entry"
        data-testid={`lesson-${name}`}
        onPress={() => {
          focusLater('text');
          void openLesson(name, 0, props.actions);
        }}
      >
        <span className="entry-number" aria-hidden="true">
          {props.number}
        </span>
        <span className="entry-title">{title}</span>
        <span className="entry-about">{about}</span>
        <span className="entry-steps">{words.steps(steps)}</span>
      </Button>
    </li>
  );
}
