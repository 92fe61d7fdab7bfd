import { Button, ToggleButton } from 'react-aria-components';
import type { MachineView } from '../../protocol/machine-view.ts';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import { instanceOf } from '../../store/core-moves.ts';
import { giveUpRun, useSteps } from '../../store/steps-store.ts';
import { stepsText as text } from '../steps-text.ts';
import '../styles/steps.css';
import { StepButtons } from './step-buttons.tsx';
import { STEPS, STOPS } from './steps-actions.ts';
import { runSentence, stopParts } from './stop-words.ts';

/** Steps of the core that is inspected, and what the machine stopped at. */
export function StepPanel(props: {
  readonly view: MachineView;
  readonly machine: ConnectedMachine;
  readonly hart: number;
}) {
  const { view, machine, hart } = props;
  const { alone, pending, report, machine: asked } = useSteps();
  const paused = view.run === 'paused';
  // A button that has the focus keeps it while what it asked for is under way.
  const ready = paused || (pending !== null && asked === machine);
  const owner = view.harts[hart]?.owner ?? null;
  const name = owner === null ? undefined : instanceOf(view, owner)?.name;
  return (
    <section className="inspect-part step-panel" aria-label={text.label}>
      <StepButtons machine={machine} label={text.one} steps={STEPS} isDisabled={!ready} />
      <StepButtons machine={machine} label={text.until} steps={STOPS} isDisabled={!ready} />
      <div className="step-row choice" role="group" aria-label={text.who}>
        <span className="step-word" aria-hidden="true">
          {text.who}
        </span>
        {[false, true].map((only) => (
          <ToggleButton
            key={String(only)}
            className="button small"
            isSelected={(alone && name !== undefined) === only}
            isDisabled={only && name === undefined}
            onChange={() => useSteps.setState({ alone: only })}
          >
            {only ? (name === undefined ? text.noKernel : text.alone(name)) : text.all}
          </ToggleButton>
        ))}
      </div>
      {alone && name !== undefined && <p className="part-note">{text.aloneHint(name)}</p>}
      {pending && !paused ? (
        <p className="stop-note" data-testid="step-running">
          {runSentence(view, pending)}
          <Button className="button small" onPress={() => giveUpRun(machine)}>
            {text.giveUp}
          </Button>
        </p>
      ) : report && asked === machine ? (
        <ul className="stop-note" data-testid="stop-note" aria-label={text.label}>
          {stopParts(view, report).map((part) => (
            <li key={part}>{part}</li>
          ))}
        </ul>
      ) : (
        <p className="part-note">{paused ? '' : text.pauseFirst}</p>
      )}
    </section>
  );
}
