/** How the steps of a scenario (step.ts) are written in YAML or JSON. Durations come out in ticks. */
import { z } from 'zod';
import { measureSchema } from './scenario-measure.ts';
import {
  duration,
  kernelName,
  objectError,
  oneOf,
  onlyKey,
  regularExpression,
  text,
  under,
  wholeNumber,
} from './scenario-values.ts';
import type { Step } from './step.ts';

type StepKind = Step['kind'];
/** A repeat in a repeat in the list of steps. */
const DEEPEST = 2;
const MOST_TIMES = 100_000;

const kerfStep = z
  .strictObject(
    {
      kerf: text('a kerf command, such as create alpha --cpus 0-1 --memory 16M'),
      exit: wholeNumber(0, 3).default(0),
      output: text('what the answer must contain').optional(),
    },
    { error: objectError('a kerf step', 'kerf, exit, output') },
  )
  .transform(({ kerf, exit, output }): Step => ({
    kind: 'kerf',
    line: kerf,
    exit: exit as 0 | 1 | 2 | 3,
    output: output ?? null,
  }));

const typeStep = z
  .strictObject(
    {
      type: z.strictObject(
        { console: kernelName, text: text('what to type') },
        { error: objectError('type', 'console, text') },
      ),
    },
    { error: objectError('a type step', 'type') },
  )
  .transform(({ type }): Step => ({ kind: 'type', ...type }));

const expectStep = z
  .strictObject(
    {
      expect: z
        .strictObject(
          {
            console: kernelName,
            text: text('what the console must say').optional(),
            pattern: regularExpression.optional(),
            within: duration.optional(),
          },
          { error: objectError('expect', 'console, text, pattern, within') },
        )
        .refine((value) => (value.text === undefined) !== (value.pattern === undefined), {
          message: 'needs either text or pattern',
        }),
    },
    { error: objectError('an expect step', 'expect') },
  )
  .transform(({ expect }): Step => {
    const match = expect.text ?? expect.pattern ?? '';
    return { kind: 'expect', console: expect.console, match, within: expect.within ?? null };
  });

const waitStep = z
  .strictObject({ wait: duration }, { error: objectError('a wait step', 'wait') })
  .transform(({ wait }): Step => ({ kind: 'wait', ticks: wait }));

const measureStep = z
  .strictObject({ measure: measureSchema }, { error: objectError('a measure step', 'measure') })
  .transform(({ measure }): Step => ({ kind: 'measure', ...measure }));

/** Keeps a kernel's private memory as it is now under a name; one taken before under that name is forgotten. */
const snapshotStep = z
  .strictObject(
    {
      snapshot: z.strictObject(
        { name: text('what to call the snapshot'), kernel: kernelName },
        { error: objectError('snapshot', 'name, kernel') },
      ),
    },
    { error: objectError('a snapshot step', 'snapshot') },
  )
  .transform(({ snapshot }): Step => ({ kind: 'snapshot', ...snapshot }));

const isolationStep = z
  .strictObject(
    { isolation: oneOf('enforced', 'cooperative') },
    { error: objectError('an isolation step', 'isolation') },
  )
  .transform(({ isolation }): Step => ({ kind: 'isolation', isolation }));

const pauseStep = z
  .strictObject({ pause: z.literal(true, 'must be true') }, { error: objectError('a pause step', 'pause') })
  .transform((): Step => ({ kind: 'pause' }));

const resumeStep = z
  .strictObject(
    { resume: z.literal(true, 'must be true') },
    { error: objectError('a resume step', 'resume') },
  )
  .transform((): Step => ({ kind: 'resume' }));

/** `depth`: in how many repeats this one is. */
const repeatStep = (depth: number): z.ZodType<Step> =>
  z
    .strictObject(
      {
        repeat: z.strictObject(
          {
            times: wholeNumber(1, MOST_TIMES),
            steps: z.array(step(depth + 1), 'must be a list of steps').min(1, 'must be a list of steps'),
          },
          { error: objectError('repeat', 'times, steps') },
        ),
      },
      { error: objectError('a repeat step', 'repeat') },
    )
    .transform(({ repeat }): Step => ({ kind: 'repeat', ...repeat }));

const STEPS: Readonly<Record<StepKind, (depth: number) => z.ZodType<Step>>> = {
  kerf: () => kerfStep,
  type: () => typeStep,
  expect: () => expectStep,
  wait: () => waitStep,
  measure: () => measureStep,
  snapshot: () => snapshotStep,
  isolation: () => isolationStep,
  pause: () => pauseStep,
  resume: () => resumeStep,
  repeat: repeatStep,
};
const STEP_KINDS = Object.keys(STEPS) as StepKind[];

/** A step that is in `depth` repeats. */
const step = (depth: number): z.ZodType<Step> =>
  z.unknown().transform((value, context): Step => {
    const kind = onlyKey(value, STEP_KINDS, 'a step', context);
    if (kind === null) return z.NEVER;
    if (kind === 'repeat' && depth === DEEPEST) {
      context.addIssue({
        code: 'custom',
        path: ['repeat'],
        message: 'is inside two others; a repeat may hold one more, and that one none',
      });
      return z.NEVER;
    }
    return under(STEPS[kind](depth), value, [], context);
  });

export const stepList = z.array(step(0), 'must be a list of steps').default([]);
