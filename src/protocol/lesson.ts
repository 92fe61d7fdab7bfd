/**
 * A lesson: Markdown with the machine that it is about, in steps. What a step asks of the student is done with the machine on
 * the page, and a check looks whether it was. The format is docs/write-a-lesson.md; reading is src/session/lesson-file.ts,
 * doing and checking is src/session/lesson-run.ts.
 */
import type { Scenario } from './scenario.ts';
import type { Step } from './step.ts';

/** Text of Markdown. Nothing in it is ever HTML: what a lesson has of it is text, letter by letter. */
export type Inline =
  | { readonly kind: 'text' | 'code'; readonly text: string }
  | { readonly kind: 'strong' | 'emphasis' | 'deleted'; readonly children: readonly Inline[] }
  /** `href`: an http or https address, or one relative to the lesson. */
  | { readonly kind: 'link'; readonly href: string; readonly children: readonly Inline[] }
  | { readonly kind: 'break' };

export type Block =
  | { readonly kind: 'paragraph' | 'heading'; readonly children: readonly Inline[] }
  | { readonly kind: 'code'; readonly text: string }
  | {
      readonly kind: 'list';
      /** Number of the first item; null: bullets. */
      readonly first: number | null;
      readonly items: readonly (readonly Block[])[];
    }
  | { readonly kind: 'quote'; readonly blocks: readonly Block[] }
  | { readonly kind: 'rule' };

/** A question with one right answer. */
export interface Question {
  readonly text: readonly Block[];
  readonly choices: readonly (readonly Inline[])[];
  /** Index of the right one. */
  readonly right: number;
}

/** What is done in a step, and how it is seen that it was. */
interface Task {
  readonly text: readonly Block[];
  /** Run by whoever checks when the step begins: numbers that the check compares with. */
  readonly before: readonly Step[];
  /** What the student does; played for those who ask for it. At least one. */
  readonly deeds: readonly Step[];
  /** Expectations and measures, each waited for after the one before. At least one. */
  readonly check: readonly Step[];
}

export interface LessonStep {
  readonly title: string;
  readonly text: readonly Block[];
  /** Asked before the task is shown. */
  readonly predict: Question | null;
  readonly task: Task | null;
  /** Asked at the end of the lesson. */
  readonly why: Question | null;
  /** Told when the task is done, or the question is answered. */
  readonly seen: readonly Block[];
}

export interface Lesson {
  /** As scenarios are named: the name of its file. */
  readonly name: string;
  readonly title: string;
  /** What it is about, in a sentence. */
  readonly about: string;
  /** The machine that it begins on, with its setup, and all that is done on it. */
  readonly scenario: Scenario;
  /** At least one. */
  readonly steps: readonly LessonStep[];
}
