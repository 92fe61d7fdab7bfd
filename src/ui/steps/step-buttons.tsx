import { Button } from 'react-aria-components';
import type { StopAt } from '../../protocol/stop.ts';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import { STEP_KEYS, stepsText as text } from '../steps-text.ts';
import { step } from './steps-actions.ts';

/** Buttons of one sort of step, with their keys. */
export function StepButtons(props: {
  readonly machine: ConnectedMachine;
  readonly label: string;
  readonly steps: readonly StopAt[];
  readonly isDisabled: boolean;
}) {
  const { machine, label, steps, isDisabled } = props;
  return (
    <div className="step-row" role="group" aria-label={label}>
      <span className="step-word" aria-hidden="true">
        {label}
      </span>
      {steps.map((at) => (
        <Button
          key={at}
          className="button small"
          aria-label={text.items[at]}
          aria-keyshortcuts={STEP_KEYS[at]}
          data-testid={`step-${at}`}
          isDisabled={isDisabled}
          onPress={() => void step(machine, at)}
        >
          {text.short[at]}
          <kbd aria-hidden="true">{STEP_KEYS[at]}</kbd>
        </Button>
      ))}
    </div>
  );
}
