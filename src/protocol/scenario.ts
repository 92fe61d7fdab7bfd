/**
 * A scenario: a machine, the files its kernels come from, and steps that build and check what happens on it. The page
 * runs `setup` when it opens one; the headless runner runs `setup` and then `steps`, or the steps of the `beats`. All keys
 * are in docs/scenarios.md. This file is the schema, with its steps in scenario-step.ts, its beats in scenario-beats.ts and
 * its measures in scenario-measure.ts; reading YAML with
 * line numbers is src/session/scenario-file.ts, running is src/session/scenario-runner.ts.
 *
 * ```yaml
 * name: two-kernels
 * description: what it shows, in a sentence or two
 * machine: { harts: 4, memory: 256M, isolation: enforced, mode: parallel, seed: 1, devices: [rng0] }
 * files: [guests/islet.img]              # what `kerf load --kernel` finds, relative to public/
 * setup:
 *   - kerf: create alpha --cpus 0-1 --memory 16M
 *   - { kerf: create alpha --cpus 2 --memory 16M, exit: 1, output: already }
 * steps:
 *   - type: { console: alpha, text: "ping beta 3\n" }
 *   - expect: { console: alpha, text: "3 of 3", within: 5s }     # or pattern: a regular expression
 *   - wait: 500ms                                                # machine time
 *   - measure: { name: rung, doorbells: { from: alpha, to: beta }, at-least: 3 }
 * beats:                                                         # instead of steps, for Present
 *   - { name: a core moves, says: Core 2 joins beta., steps: [{ kerf: update beta --cpus +2 }] }
 * ```
 */
import { z } from 'zod';
import { eachPlayed, type Beat } from './beat.ts';
import { MAX_HARTS } from './layout.ts';
import { beatList, beatProblems } from './scenario-beats.ts';
import type { MachineConfig } from './machine-view.ts';
import { POOL_DEVICE_NAMES } from './pool-devices.ts';
import { referenceProblems } from './scenario-references.ts';
import { stepList } from './scenario-step.ts';
import { eachStep, type Step } from './step.ts';
import { objectError, oneOf, ramSize, text, wholeNumber } from './scenario-values.ts';

const machine = z
  .strictObject(
    {
      harts: wholeNumber(1, MAX_HARTS).default(4),
      memory: ramSize.default(256 * 2 ** 20),
      isolation: oneOf('enforced', 'cooperative').default('enforced'),
      mode: oneOf('parallel', 'repeatable').default('parallel'),
      seed: wholeNumber(0, 2 ** 32 - 1).default(1),
      devices: z
        .array(oneOf(...POOL_DEVICE_NAMES), 'must be a list of devices such as [rng0]')
        .exactOptional(),
    },
    { error: objectError('machine', 'harts, memory, isolation, mode, seed, devices') },
  )
  .prefault({});

const fileName = text('a file under public/').refine(
  (name) => !/^[/\\]|^[a-z]+:|\\|(^|\/)\.\.(\/|$)/i.test(name),
  'must be a path relative to public/, without "..", such as guests/islet.img',
);

/** Of the gallery, in its order. */
const SCENARIO_GROUPS = ['first-steps', 'moves', 'faults', 'hand-over', 'real-time', 'many-kernels'] as const;
export type ScenarioGroup = (typeof SCENARIO_GROUPS)[number];

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
      beats: beatList,
      group: oneOf(...SCENARIO_GROUPS).exactOptional(),
    },
    { error: objectError('a scenario', 'name, description, machine, files, setup, steps, beats, group') },
  )
  .superRefine((scenario, context) => {
    const { files, setup } = scenario;
    files.forEach((name, i) => {
      if (files.indexOf(name) < i)
        context.addIssue({ code: 'custom', path: ['files', i], message: `"${name}" is listed twice` });
    });
    const references = referenceProblems([...eachStep(setup, ['setup']), ...eachPlayed(scenario)]);
    for (const problem of [...beatProblems(scenario), ...references]) {
      context.addIssue({ code: 'custom', path: [...problem.path], message: problem.message });
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
  /** Run after the setup by the headless runner; on the page when somebody asks for the demonstration. */
  readonly steps: readonly Step[];
  /** The same in named parts, for Present. A scenario with beats has no steps. */
  readonly beats?: readonly Beat[];
  /** Where the gallery shows it; without one it does not. */
  readonly group?: ScenarioGroup;
}
