/** The lesson that is open on the page, and how far its student is. Going through it is lesson-player.ts. */
import { create } from 'zustand';
import type { Refusal } from '../base/result.ts';
import type { Lesson } from '../protocol/lesson.ts';
import type { StepReport } from '../session/scenario-runner.ts';

/**
 * Where the step that is shown stands. `coming`: its machine is made and brought to it. `begun`: the check looks on.
 * `doing`: it is done for the student. `passed`: the check has passed, or there is none. `stopped`: the machine did not get
 * there, or nobody waited for it. `gone`: another machine took the place of the lesson's.
 */
type StepStage = 'coming' | 'begun' | 'doing' | 'passed' | 'stopped' | 'gone';

export interface OpenLesson {
  readonly lesson: Lesson;
  /** As the page's address asks for it: a name or an address; null: it came from a file of this computer. */
  readonly asked: string | null;
  /** Its own address, which its links are relative to. */
  readonly address: string | null;
}

interface LessonState {
  readonly open: OpenLesson | null;
  /** One is being read. */
  readonly reading: boolean;
  /** Of another server, and what was asked for: read when somebody agrees. */
  readonly foreign: { readonly address: URL; readonly asked: string; readonly step: number } | null;
  /** Why one was not opened. */
  readonly refusal: Refusal | null;
  /** Index of the step that is shown. */
  readonly step: number;
  readonly stage: StepStage;
  /** Steps on the way to the machine of this step: those that are over, and all. */
  readonly progress: { readonly done: number; readonly total: number };
  /** What did not hold on the way, or when it was done for the student. */
  readonly broken: StepReport | null;
  /** What was answered: index of the step to index of the choice. A step asks one question. */
  readonly answers: Readonly<Record<number, number>>;
}

export const NO_LESSON: LessonState = {
  open: null,
  reading: false,
  foreign: null,
  refusal: null,
  step: 0,
  stage: 'coming',
  progress: { done: 0, total: 0 },
  broken: null,
  answers: {},
};

export const useLesson = create<LessonState>()(() => NO_LESSON);

/** The first answer counts. */
export function answer(step: number, choice: number): void {
  useLesson.setState(({ answers }) => ({ answers: { [step]: choice, ...answers } }));
}
