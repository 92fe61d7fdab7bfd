import { useCallback, useEffect, useRef, useState } from 'react';
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import lessons from 'virtual:lesson-index';
import { beginAnew, closeLesson, nextStep, openLesson, previousStep } from '../../store/lesson-player.ts';
import { useLesson, type OpenLesson } from '../../store/lesson-store.ts';
import { announce } from '../kit/announcer.tsx';
import { ChevronIcon, ResetIcon } from '../kit/icons.tsx';
import { lessonText as words } from '../lesson-text.ts';
import type { DrawerProps } from '../shell/drawer-contents.ts';
import { focusLater, focusNow } from './lesson-focus.ts';
import { LessonNotice } from './lesson-notice.tsx';
import { LessonQuestion } from './lesson-question.tsx';
import { LessonTask } from './lesson-task.tsx';
import { Blocks } from './markdown.tsx';
import { useLessonKeys } from './use-lesson-keys.ts';

/** A step of the lesson: its words, what is to be done, and the way to the others, which keeps its place. */
export function LessonView(props: DrawerProps & { readonly open: OpenLesson }) {
  const { open, view, machine, actions } = props;
  const { step, stage, answers } = useLesson();
  const { lesson, address } = open;
  const shown = lesson.steps[step];
  const last = lesson.steps.length - 1;
  const guessing =
    shown !== undefined && shown.predict !== null && answers[step] === undefined && stage !== 'passed';
  const asking = shown !== undefined && shown.why !== null && answers[step] === undefined;
  const [note, setNote] = useState({ step, words: '' });
  const root = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLElement>(null);

  useEffect(() => focusNow(root.current), []);
  useEffect(() => {
    if (body.current) body.current.scrollTop = 0;
    announce(words.began(step + 1, lesson.steps.length, lesson.steps[step]?.title ?? ''));
  }, [lesson, step]);
  // What is to be done is in sight when the guess before it was made.
  useEffect(() => {
    if (!guessing && answers[step] !== undefined)
      body.current?.querySelector('.lesson-task')?.scrollIntoView({ block: 'nearest' });
  }, [guessing, answers, step]);
  const done = stage === 'passed' && shown !== undefined && shown.task !== null;
  useEffect(() => {
    if (!done) return;
    announce(words.passed(lesson.steps[step]?.title ?? ''));
    body.current?.querySelector('.lesson-seen')?.scrollIntoView({ block: 'nearest' });
    // What had it done, and had the focus, is there no more.
    if (document.activeElement === document.body)
      root.current?.querySelector<HTMLElement>('[data-lesson="next"]')?.focus();
  }, [done, lesson, step]);

  const goTo = useCallback(
    (index: number, control: 'again' | 'position'): void => {
      focusLater(control);
      void beginAnew(index, actions);
    },
    [actions],
  );
  const back = useCallback((): void => {
    if (useLesson.getState().step === 0) return;
    focusLater('back');
    void previousStep(actions);
  }, [actions]);
  const next = useCallback((): void => {
    const now = useLesson.getState();
    if (now.step === last) return;
    if (now.stage === 'passed') {
      void nextStep();
      return;
    }
    const said = guessing ? words.notYetQuestion : words.notYet;
    setNote({ step: now.step, words: said });
    body.current?.querySelector('.lesson-task, .lesson-question')?.scrollIntoView({ block: 'nearest' });
    announce(said);
  }, [last, guessing]);
  useLessonKeys(next, back);

  if (!shown) return null;
  const { predict, task, why } = shown;
  return (
    <div className="lesson" data-testid="lesson" data-step={step + 1} data-stage={stage} ref={root}>
      <div className="lesson-head">
        <Button
          className="button small"
          data-testid="lesson-all"
          onPress={() => {
            focusLater('list');
            void closeLesson();
          }}
        >
          {words.all}
        </Button>
        <p>{lesson.title}</p>
        <Button
          className="icon-button"
          aria-label={words.again}
          data-lesson="again"
          data-testid="lesson-again"
          onPress={() => goTo(step, 'again')}
        >
          <ResetIcon />
        </Button>
      </div>
      <section className="lesson-body" aria-label={shown.title} data-lesson="text" ref={body} tabIndex={0}>
        <h3>{shown.title}</h3>
        <Blocks blocks={shown.text} base={address} />
        {predict && (
          <LessonQuestion
            key={step}
            question={predict}
            step={step}
            base={address}
            title={words.predict}
            button={words.guess}
            revealed={stage === 'passed'}
          />
        )}
        {task && !guessing && <LessonTask text={task.text} base={address} />}
        {why && (
          <LessonQuestion
            key={step}
            question={why}
            step={step}
            base={address}
            title={words.why}
            button={words.answer}
            revealed
          />
        )}
        {(task ? stage === 'passed' : why !== null && !asking) && (
          <section className="lesson-seen">
            {(predict ?? why) && answers[step] !== undefined && (
              <p className="lesson-verdict">
                {answers[step] === (predict ?? why)?.right ? words.right : words.wrong}
              </p>
            )}
            <Blocks blocks={shown.seen} base={address} />
          </section>
        )}
        {step === last && stage === 'passed' && !asking && <LessonEnd name={open.asked} actions={actions} />}
      </section>
      <LessonNotice
        view={view}
        machine={machine}
        note={note.step === step && stage !== 'passed' ? note.words : ''}
        onAgain={() => goTo(step, 'again')}
      />
      <nav className="lesson-turn" aria-label={words.turn}>
        <Button
          className="button"
          data-lesson="back"
          data-testid="lesson-back"
          aria-keyshortcuts="B"
          isDisabled={step === 0}
          onPress={back}
        >
          {words.back}
        </Button>
        <MenuTrigger>
          <Button
            className="lesson-position"
            data-lesson="position"
            data-testid="lesson-position"
            aria-label={words.go(step + 1, lesson.steps.length)}
          >
            {words.position(step + 1, lesson.steps.length)} <ChevronIcon />
          </Button>
          <Popover className="popover wide" placement="top">
            <Menu
              className="menu"
              aria-label={words.turn}
              onAction={(key) => {
                goTo(Number(key), 'position');
              }}
            >
              {lesson.steps.map(({ title }, index) => (
                <MenuItem
                  key={index}
                  id={String(index)}
                  className="menu-item"
                  textValue={words.began(index + 1, lesson.steps.length, title)}
                >
                  {index + 1}. {title}
                </MenuItem>
              ))}
            </Menu>
          </Popover>
        </MenuTrigger>
        <Button
          className={stage === 'passed' && step < last ? 'button primary' : 'button'}
          data-lesson="next"
          data-testid="lesson-next"
          aria-keyshortcuts="N"
          isDisabled={step === last}
          onPress={next}
        >
          {words.next}
        </Button>
      </nav>
    </div>
  );
}

/** After the last answer: on to the lesson that comes next on the page. */
function LessonEnd(props: { readonly name: string | null; readonly actions: DrawerProps['actions'] }) {
  const own = lessons.findIndex(({ name }) => name === props.name);
  const following = own < 0 ? undefined : lessons[own + 1];
  return (
    <div className="lesson-end">
      <p>{words.over}</p>
      {following && (
        <Button
          className="button small"
          data-testid="lesson-following"
          onPress={() => {
            focusLater('text');
            void openLesson(following.name, 0, props.actions);
          }}
        >
          {words.following(following.title)}
        </Button>
      )}
    </div>
  );
}
