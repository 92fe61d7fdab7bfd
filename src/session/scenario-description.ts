/** A step in one line, as a person would say it. */
import { TICKS_PER_MS } from '../machine/clock.ts';
import type { Step } from '../protocol/step.ts';

export function describeStep(step: Step): string {
  switch (step.kind) {
    case 'kerf':
      return step.line.startsWith('kerf ') ? step.line : `kerf ${step.line}`;
    case 'type':
      return `type in ${step.console}: ${JSON.stringify(step.text)}`;
    case 'expect': {
      const within = step.within === null ? '' : ` within ${formatTicks(step.within)}`;
      return `expect from ${step.console}${within}: ${typeof step.match === 'string' ? JSON.stringify(step.match) : String(step.match)}`;
    }
    case 'wait':
      return `wait ${formatTicks(step.ticks)}`;
    case 'measure':
      return `measure ${step.control ? 'the control of ' : ''}${step.name} (${step.quantity.kind})`;
    case 'snapshot':
      return `snapshot ${step.name} of ${step.kernel}`;
    case 'isolation':
      return `isolation ${step.isolation}`;
    case 'pause':
      return 'pause the machine';
    case 'resume':
      return 'resume the machine';
    case 'repeat':
      return `repeat ${step.times} times: ${step.steps.length} step${step.steps.length > 1 ? 's' : ''}`;
  }
}

export const formatTicks = (ticks: number): string => {
  const ms = ticks / TICKS_PER_MS;
  return ms >= 1000 ? `${ms / 1000} s` : `${ms} ms`;
};
