import { useState } from 'react';
import type { InstanceView } from '../../protocol/machine-view.ts';
import { loadSteps, replaceSteps } from '../../store/column-actions.ts';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import { carryOut } from '../../store/kerf-steps.ts';
import { text } from '../text.ts';
import { CmdlineField } from './cmdline-field.tsx';
import { ImageForm } from './image-form.tsx';

/** Loads another image into a kernel's memory, or replaces the one that runs. */
export function LoadForm(props: {
  readonly machine: ConnectedMachine;
  readonly instance: InstanceView;
  readonly way: 'load' | 'replace';
  readonly close: () => void;
}) {
  const { machine, instance, way } = props;
  const [cmdline, setCmdline] = useState(instance.cmdline);
  const stepsWith = (image: string | null) =>
    (way === 'load' ? loadSteps : replaceSteps)(instance, image, cmdline);
  return (
    <ImageForm
      machine={machine}
      close={props.close}
      words={text[way]}
      isReady
      refusalTestId="load-refusal"
      place={() => ({ kind: way === 'load' ? 'kernel' : 'next', instance: instance.id })}
      offered={['islet', 'metronome']}
      lines={(image) => stepsWith(image).map((step) => step.line)}
      act={(image, _, progress) => carryOut(machine, stepsWith(image), progress)}
      below={(kind) => <CmdlineField value={cmdline} image={kind} onChange={setCmdline} />}
    />
  );
}
