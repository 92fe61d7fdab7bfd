/** The beats of a scenario, ready to be played. Apart from their schema (scenario-beats.ts), as step.ts is from its own. */
import { eachStep, type PlacedStep, type Step } from './step.ts';

/** A named part of a scenario's steps, with the sentence that Present shows large. */
export interface Beat {
  /** A word or two, up to 40 characters, different from those of the other beats. */
  readonly name: string;
  /** What the audience reads: up to 160 characters. */
  readonly says: string;
  /** None: the sentence alone. */
  readonly steps: readonly Step[];
}

/** A scenario has either steps or beats. */
export interface Played {
  readonly steps: readonly Step[];
  readonly beats?: readonly Beat[];
}

/** What comes after the setup, in order: the steps, or those of all beats. */
export const playedSteps = ({ steps, beats = [] }: Played): readonly Step[] => [
  ...steps,
  ...beats.flatMap((beat) => beat.steps),
];

/** Every one of these steps with its place in the document, those in a repeat behind it. */
export function* eachPlayed({ steps, beats = [] }: Played): Generator<PlacedStep> {
  yield* eachStep(steps, ['steps']);
  for (const [i, beat] of beats.entries()) yield* eachStep(beat.steps, ['beats', i, 'steps']);
}
