/**
 * A scenario: a machine, the files its kernels come from, and steps that build and check what happens on it. The page
 * runs `setup` when it opens one; the headless runner runs `setup` and then `steps`. This file is the schema; reading
 * YAML with line numbers is src/session/scenario-file.ts, running is src/session/scenario-runner.ts.
 *
 * ```yaml
 * name: two-kernels
 * description: what it shows, in a sentence or two
 * machine: { harts: 4, memory: 256M, isolation: enforced, mode: parallel, seed: 1 }
 * files: [guests/islet.img]              # what `kerf load --kernel` finds, relative to public/
 * setup:
 *   - kerf: create alpha --cpus 0-1 --memory 16M
 *   - { kerf: create alpha --cpus 2 --memory 16M, exit: 1, output: already }
 * steps:
 *   - type: { console: alpha, text: "ping beta 3\n" }
 *   - expect: { console: alpha, text: "3 of 3", within: 5s }     # or pattern: a regular expression
 *   - wait: 500ms                                                # machine time
 *   - measure: { name: rung, doorbells: { from: alpha, to: beta }, at-least: 3 }
 * ```
 */
import { z } from 'zod';
import { MAX_HARTS } from './layout.ts';
import type { MachineConfig } from './machine-view.ts';
import { measureSchema, type Measure } from './scenario-measure.ts';
import {
  duration,
  kernelName,
  objectError,
  oneOf,
  onlyKey,
  ramSize,
  regularExpression,
  text,
  under,
  wholeNumber,
} from './scenario-values.ts';

const machine = z
  .strictObject(
    {
      harts: wholeNumber(1, MAX_HARTS).default(4),
      memory: ramSize.default(256 * 2 ** 20),
      isolation: oneOf('enforced', 'cooperative').default('enforced'),
      mode: oneOf('parallel', 'repeatable').default('parallel'),
      seed: wholeNumber(0, 2 ** 32 - 1).default(1),
    },
    { error: objectError('machine', 'harts, memory, isolation, mode, seed') },
  )
  .prefault({});

const fileName = text('a file under public/').refine(
  (name) => !/^[/\\]|^[a-z]+:|\\|(^|\/)\.\.(\/|$)/i.test(name),
  'must be a path relative to public/, without "..", such as guests/islet.img',
);

export type Step =
  | { kind: 'kerf'; line: string; exit: 0 | 1 | 2 | 3; output: string | null }
  | { kind: 'type'; console: string; text: string }
  | { kind: 'expect'; console: string; match: string | RegExp; within: number | null }
  | { kind: 'wait'; ticks: number }
  | ({ kind: 'measure' } & Measure);
type StepKind = Step['kind'];

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
  .strictObject(
    {
      measure: measureSchema,
    },
    { error: objectError('a measure step', 'measure') },
  )
  .transform(({ measure }): Step => ({ kind: 'measure', ...measure }));

const STEPS: Readonly<Record<StepKind, z.ZodType<Step>>> = {
  kerf: kerfStep,
  type: typeStep,
  expect: expectStep,
  wait: waitStep,
  measure: measureStep,
};
const STEP_KINDS = Object.keys(STEPS) as StepKind[];

const step = z.unknown().transform((value, context): Step => {
  const kind = onlyKey(value, STEP_KINDS, 'a step', context);
  return kind === null ? z.NEVER : under(STEPS[kind], value, [], context);
});
const stepList = z.array(step, 'must be a list of steps').default([]);

/** The schema of a scenario as YAML or JSON gives it. Numbers come out in bytes and ticks. */
export const scenarioSchema = z
  .strictObject(
    {
      name: z
        .string('must be 1 to 64 lower-case letters, digits and dashes')
        .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be 1 to 64 lower-case letters, digits and dashes'),
      description: z.string('must be text').default(''),
      machine,
      files: z.array(fileName, 'must be a list of files under public/').default([]),
      setup: stepList,
      steps: stepList,
    },
    { error: objectError('a scenario', 'name, description, machine, files, setup, steps') },
  )
  .superRefine(({ files, setup, steps }, context) => {
    files.forEach((name, i) => {
      if (files.indexOf(name) < i)
        context.addIssue({ code: 'custom', path: ['files', i], message: `"${name}" is listed twice` });
    });
    const measured = new Set<string>();
    const lists = { setup, steps };
    for (const [list, of] of Object.entries(lists)) {
      of.forEach((one, i) => {
        if (one.kind !== 'measure') return;
        const path = [list, i, 'measure'];
        if (measured.has(one.name)) {
          context.addIssue({
            code: 'custom',
            path: [...path, 'name'],
            message: `"${one.name}" is measured twice`,
          });
        }
        for (const check of ['more-than', 'same-as'] as const) {
          const other = one.checks[check];
          if (other === undefined || measured.has(other)) continue;
          context.addIssue({
            code: 'custom',
            path: [...path, check],
            message: `no earlier step measures "${other}"`,
          });
        }
        measured.add(one.name);
      });
    }
  });

export interface Scenario {
  readonly name: string;
  readonly description: string;
  readonly machine: MachineConfig;
  /** Files relative to public/, under the names that `kerf load --kernel` uses. */
  readonly files: readonly string[];
  /** Run by the page on opening, and first by the headless runner. */
  readonly setup: readonly Step[];
  /** Run after the setup by the headless runner alone. */
  readonly steps: readonly Step[];
}
