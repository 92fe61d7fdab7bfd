/** A scenario as its file has it: plain data, to be written as YAML or into a link, and checked when it is read. */
import { TICKS_PER_MS } from '../machine/clock.ts';
import type { Isolation, MachineMode } from '../protocol/machine-view.ts';
import type { Step } from '../protocol/step.ts';

/** The steps that written scenarios have; a scenario file may have more kinds (docs/scenarios.md). */
export type DocumentStep =
  | { readonly kerf: string; readonly exit?: number }
  | { readonly type: { readonly console: string; readonly text: string } }
  | { readonly expect: { readonly console: string; readonly text: string; readonly within?: string } }
  | { readonly expect: { readonly console: string; readonly pattern: string; readonly within?: string } }
  | { readonly wait: string }
  | { readonly isolation: Isolation }
  | { readonly pause: true }
  | { readonly resume: true };

/** Sizes are bytes. */
export interface ScenarioDocument {
  readonly name: string;
  readonly description: string;
  readonly machine: {
    readonly harts: number;
    readonly memory: number;
    readonly isolation: Isolation;
    readonly mode: MachineMode;
    readonly seed: number;
    readonly devices: readonly string[];
  };
  readonly files: readonly string[];
  readonly setup: readonly DocumentStep[];
  readonly steps?: readonly DocumentStep[];
}

/** Images that are served with the page; others exist only where somebody added them. */
export const isServedFile = (name: string): boolean => /^guests\/[A-Za-z0-9][\w.-]*$/.test(name);

/** Ticks of machine time as a scenario says them, to the microsecond. */
export const durationText = (ticks: number): string => `${Number((ticks / TICKS_PER_MS).toFixed(3))}ms`;

/** A step that was read, written again. What only looks at a machine (measures, snapshots) is left out, repeats are written out. */
export function documentSteps(steps: readonly Step[]): DocumentStep[] {
  return steps.flatMap((step): DocumentStep[] => {
    switch (step.kind) {
      case 'kerf':
        return [step.exit === 0 ? { kerf: step.line } : { kerf: step.line, exit: step.exit }];
      case 'type':
        return [{ type: { console: step.console, text: step.text } }];
      case 'expect': {
        const { console, match } = step;
        const within = step.within === null ? {} : { within: durationText(step.within) };
        return typeof match === 'string'
          ? [{ expect: { console, text: match, ...within } }]
          : [{ expect: { console, pattern: match.source, ...within } }];
      }
      case 'wait':
        return [{ wait: durationText(step.ticks) }];
      case 'isolation':
        return [{ isolation: step.isolation }];
      case 'pause':
        return [{ pause: true }];
      case 'resume':
        return [{ resume: true }];
      case 'repeat':
        return Array.from({ length: step.times }, () => documentSteps(step.steps)).flat();
      case 'measure':
      case 'snapshot':
        return [];
    }
  });
}
