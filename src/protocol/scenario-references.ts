/** Names in a scenario: each measured once, and known before it is referred to. */
import type { NumberOrName } from './scenario-check.ts';
import type { Measure } from './scenario-measure.ts';
import type { PlacedStep } from './step.ts';

const CONTROL = 'control of ';
/** What a measure is called when others refer to it: the control of a number has the number's own name in the file. */
export const referenceTo = (name: string, control: boolean): string => (control ? `${CONTROL}${name}` : name);
export const isReservedName = (name: string): boolean => name.startsWith(CONTROL);

export interface ReferenceProblem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** A measure that another refers to. */
interface Reference {
  readonly path: readonly PropertyKey[];
  readonly to: string;
  /** Whether all values of a repeated measure are meant, or the latest. */
  readonly all: boolean;
}

function referencesOf({ quantity, checks }: Measure): Reference[] {
  const found: Reference[] = [];
  const one = (to: NumberOrName | undefined, ...path: string[]): void => {
    if (typeof to === 'string') found.push({ path, to, all: false });
  };
  switch (quantity.kind) {
    case 'median-of':
    case 'max-of':
    case 'sum-of':
      found.push({ path: [quantity.kind], to: quantity.of, all: true });
      break;
    case 'ratio':
      one(quantity.of.of, 'ratio', 'of');
      one(quantity.of.to, 'ratio', 'to');
      break;
    case 'difference':
      one(quantity.of.of, 'difference', 'of');
      one(quantity.of.from, 'difference', 'from');
      break;
    default:
      break;
  }
  for (const check of ['more-than', 'less-than', 'same-as', 'differs-from'] as const)
    one(checks[check], check);
  one(checks['within-percent-of']?.of, 'within-percent-of', 'of');
  return found;
}

/** What is wrong with the names in the steps of a scenario, given in the order in which they run. */
export function referenceProblems(steps: readonly PlacedStep[]): ReferenceProblem[] {
  const problems: ReferenceProblem[] = [];
  /** Measures so far, and the repeats around each. */
  const measured = new Map<string, readonly string[]>();
  const controls: { readonly name: string; readonly path: readonly PropertyKey[] }[] = [];
  const snapshots = new Set<string>();

  const follow = (reference: Reference, { path, repeats }: PlacedStep): void => {
    const around = measured.get(reference.to);
    const at = [...path, 'measure', ...reference.path];
    if (around === undefined) {
      problems.push({ path: at, message: `no earlier step measures "${reference.to}"` });
      return;
    }
    // Inside the same repeat there is one value at a time; from outside of it there are many.
    const many = !around.every((repeat, i) => repeats[i] === repeat);
    if (many && !reference.all) {
      const message = `"${reference.to}" is measured in a repeat and has many values; take its median-of, max-of or sum-of`;
      problems.push({ path: at, message });
    }
    if (!many && reference.all) {
      const message = `"${reference.to}" is not measured in a repeat that is over by then; it has no list of values`;
      problems.push({ path: at, message });
    }
  };

  for (const placed of steps) {
    const { step, path, repeats } = placed;
    if (step.kind === 'snapshot') snapshots.add(step.name);
    if (step.kind !== 'measure') continue;
    const name = referenceTo(step.name, step.control);
    if (measured.has(name))
      problems.push({ path: [...path, 'measure', 'name'], message: `"${name}" is measured twice` });
    for (const reference of referencesOf(step)) follow(reference, placed);
    if (step.quantity.kind === 'bytes-changed') {
      for (const end of ['from', 'to'] as const) {
        const snapshot = step.quantity.of[end];
        if (snapshots.has(snapshot)) continue;
        const message = `no earlier step takes the snapshot "${snapshot}"`;
        problems.push({ path: [...path, 'measure', 'bytes-changed', end], message });
      }
    }
    measured.set(name, repeats);
    if (step.control) controls.push({ name: step.name, path: [...path, 'measure', 'control'] });
  }
  for (const { name, path } of controls) {
    if (measured.has(name)) continue;
    const message = `no step measures "${name}" without control: true, which this is to be the control of`;
    problems.push({ path, message });
  }
  return problems;
}
