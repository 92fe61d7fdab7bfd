/** How the beats of a scenario (beat.ts) are written in YAML or JSON. */
import { z } from 'zod';
import type { Played } from './beat.ts';
import { stepList } from './scenario-step.ts';
import { objectError, text } from './scenario-values.ts';

const LONGEST_NAME = 40;
/** A sentence that is read from the last row of a hall. */
const LONGEST_SENTENCE = 160;
const MOST_BEATS = 50;

const beat = z.strictObject(
  {
    name: text('the name of the beat').refine(
      (name) => name.length <= LONGEST_NAME,
      `has at most ${LONGEST_NAME} characters`,
    ),
    says: text('the sentence that Present shows').refine(
      (says) => says.length <= LONGEST_SENTENCE,
      `has at most ${LONGEST_SENTENCE} characters, to be read from afar`,
    ),
    steps: stepList,
  },
  { error: objectError('a beat', 'name, says, steps') },
);

export const beatList = z
  .array(beat, 'must be a list of beats')
  .min(1, 'must be a list of beats')
  .max(MOST_BEATS, `has at most ${MOST_BEATS} beats`)
  .exactOptional();

/** What is wrong with the beats as a whole. */
export function beatProblems({ steps, beats = [] }: Played): { path: PropertyKey[]; message: string }[] {
  const names = beats.map(({ name }) => name);
  const problems = names.flatMap((name, i) =>
    names.indexOf(name) < i
      ? [{ path: ['beats', i, 'name'], message: `"${name}" is the name of two beats` }]
      : [],
  );
  if (names.length > 0 && steps.length > 0)
    problems.push({ path: ['beats'], message: 'stands beside steps: beats are the steps, in named parts' });
  return problems;
}
