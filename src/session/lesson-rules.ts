/** Which steps may stand in which block of a lesson, and why not others. */
import type { Quantity } from '../protocol/scenario-measure.ts';
import type { Step } from '../protocol/step.ts';

export type Fence = 'before' | 'do' | 'check';

const KINDS: Readonly<Record<Fence, readonly Step['kind'][]>> = {
  before: ['measure'],
  do: ['kerf', 'type', 'expect', 'wait', 'isolation', 'pause', 'resume'],
  check: ['expect', 'measure'],
};

/**
 * What can be looked at again and again while a student works. Left out: what stops the machine for a moment, what needs a
 * step that is not there, and what a student has no part in.
 */
const LOOKED_AT: readonly Quantity['kind'][] = [
  'doorbells',
  'doorbells-held',
  'status',
  'rate',
  'firmware-entries',
  'gate-faults',
  'captured',
  'ratio',
  'difference',
];

/** Why the step may not stand there; null: it may. */
export function problemOf(fence: Fence, step: Step): string | null {
  if (!KINDS[fence].includes(step.kind))
    return `${step.kind} may not stand there; what may are ${KINDS[fence].join(', ')}`;
  if (step.kind === 'measure' && fence !== 'do') {
    const { quantity } = step;
    if (!LOOKED_AT.includes(quantity.kind))
      return `${quantity.kind} cannot be looked at while a student works; what can are ${LOOKED_AT.join(', ')}`;
    if (step.needs !== null) return `${step.name} has needs: a check must be passed on every host`;
    if (fence === 'check' && quantity.kind === 'captured' && quantity.of.within !== undefined) return WITHIN;
  }
  return fence === 'check' && step.kind === 'expect' && step.within !== null ? WITHIN : null;
}

const WITHIN = 'within may not stand there: a student may take any time';
