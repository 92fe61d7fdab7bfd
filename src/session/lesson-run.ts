/**
 * One who goes through a lesson on a machine: begins its steps, does for a student what a step asks, and looks whether it was
 * done. The page and the headless check go the same way, so that what holds there holds here.
 */
import { TICKS_PER_MS } from '../machine/clock.ts';
import type { LessonStep } from '../protocol/lesson.ts';
import { referenceTo } from '../protocol/scenario-references.ts';
import type { Step } from '../protocol/step.ts';
import type { ScenarioRunner, StepReport } from './scenario-runner.ts';

/** Between two looks at a number, ticks. */
const LOOK_EVERY = 100 * TICKS_PER_MS;

/** What did not hold, or was given up; null: all did. */
export type Broken = StepReport | null;

export class LessonRun {
  private readonly runner: ScenarioRunner;
  private step: LessonStep | null = null;
  /** Steps of its check that have held. */
  private held = 0;

  /** `runner`: has run the setup of the lesson, and is told to give up by whoever owns it. */
  constructor(runner: ScenarioRunner) {
    this.runner = runner;
  }

  /** A step begins: what was said before it does not count for its check. */
  async begin(step: LessonStep): Promise<Broken> {
    this.step = step;
    this.held = 0;
    this.runner.catchUp();
    return brokenOf(await this.runner.run(step.task?.before ?? []));
  }

  /** Does what the step that has begun asks for. Not while `check` is under way. */
  async play(): Promise<Broken> {
    return brokenOf(await this.runner.runBeside(this.step?.task?.deeds ?? []));
  }

  /**
   * Waits until all that the step's check expects was seen, one after the other, and goes on where it was given up. Null:
   * it was; a step without a task is done at once.
   */
  async check(): Promise<Broken> {
    const check = this.step?.task?.check ?? [];
    while (this.held < check.length) {
      const next = [...measuredAgain(check, this.held), ...check.slice(this.held, this.held + 1)];
      const broken = brokenOf(await this.runner.run(next));
      if (broken === null) {
        this.held += 1;
        continue;
      }
      // A number that is not there yet, or a kernel: both may come.
      const waited = broken.outcome === 'failed' ? brokenOf(await this.runner.run([PATIENCE])) : broken;
      if (waited !== null) return waited;
    }
    return null;
  }

  /** The whole step, as `begin`, `play` and `check`. */
  async through(step: LessonStep): Promise<Broken> {
    return (await this.begin(step)) ?? (await this.play()) ?? (await this.check());
  }
}

/**
 * What the step `at` of a check is derived from is measured again for it: else it would be what it was before the student
 * did anything, for ever. What was read from a console stays.
 */
function measuredAgain(check: readonly Step[], at: number): Step[] {
  const wanted = new Set(sourcesOf(check[at]));
  const again: Step[] = [];
  for (const step of check.slice(0, at).reverse()) {
    if (step.kind !== 'measure' || step.quantity.kind === 'captured') continue;
    if (!wanted.has(referenceTo(step.name, step.control))) continue;
    again.unshift(step);
    for (const name of sourcesOf(step)) wanted.add(name);
  }
  return again;
}

/** Names of the measures that a ratio or a difference is made of. */
function sourcesOf(step: Step | undefined): readonly string[] {
  if (step?.kind !== 'measure') return [];
  const { quantity } = step;
  if (quantity.kind === 'ratio') return [quantity.of.of, quantity.of.to];
  return quantity.kind === 'difference' ? [quantity.of.of, quantity.of.from] : [];
}

const PATIENCE = { kind: 'wait', ticks: LOOK_EVERY } as const;

function brokenOf(reports: readonly StepReport[]): Broken {
  const last = reports.at(-1);
  return last?.outcome === 'failed' || last?.outcome === 'interrupted' ? last : null;
}
