/**
 * The steps of a scenario, ready to be run. Apart from their schema (scenario-step.ts), so that whoever runs steps need not
 * load what reads them from text.
 */
import type { Isolation } from './machine-view.ts';
import type { Measure } from './scenario-measure.ts';

export type Step =
  | { kind: 'kerf'; line: string; exit: 0 | 1 | 2 | 3; output: string | null }
  | { kind: 'type'; console: string; text: string }
  | { kind: 'expect'; console: string; match: string | RegExp; within: number | null }
  | { kind: 'wait'; ticks: number }
  | ({ kind: 'measure' } & Measure)
  | { kind: 'snapshot'; name: string; kernel: string }
  | { kind: 'isolation'; isolation: Isolation }
  | { kind: 'pause' }
  | { kind: 'resume' }
  | { kind: 'repeat'; times: number; steps: readonly Step[] };

/** A step, where it stands in the document, and the repeats around it from the outermost, each by its own place. */
export interface PlacedStep {
  readonly step: Step;
  readonly path: readonly PropertyKey[];
  readonly repeats: readonly string[];
}

/** Every step of a list and of the repeats in it, in the order of the document. */
export function* eachStep(
  steps: readonly Step[],
  path: readonly PropertyKey[],
  repeats: readonly string[] = [],
): Generator<PlacedStep> {
  for (const [i, one] of steps.entries()) {
    const here = [...path, i];
    yield { step: one, path: here, repeats };
    if (one.kind !== 'repeat') continue;
    yield* eachStep(one.steps, [...here, 'repeat', 'steps'], [...repeats, here.join('.')]);
  }
}
