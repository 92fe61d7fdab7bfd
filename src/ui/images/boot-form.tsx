import { useState } from 'react';
import type { InstanceView } from '../../protocol/machine-view.ts';
import { bootSteps } from '../../store/column-actions.ts';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import { carryOut } from '../../store/kerf-steps.ts';
import { useMachine } from '../../store/machine-store.ts';
import { imageText } from '../image-text.ts';
import { CmdlineField } from '../shell/cmdline-field.tsx';
import { ImageForm } from '../shell/image-form.tsx';

/** Boots an image in a kernel that is there, in the place of what is in it. `file`: the image; null: it is chosen here. */
export function BootForm(props: {
  readonly machine: ConnectedMachine;
  readonly instance: InstanceView;
  readonly file: File | null;
  readonly close: () => void;
}) {
  const { machine, file } = props;
  // It may end or begin to run while the dialog is open.
  const now = useMachine((state) => state.view?.instances.find(({ id }) => id === props.instance.id));
  const instance = now ?? props.instance;
  const runs = instance.state === 'active';
  const [cmdline, setCmdline] = useState('');
  const [force, setForce] = useState(false);
  const stepsWith = (image: string | null) => bootSteps(instance, image, cmdline, force);
  return (
    <ImageForm
      machine={machine}
      close={props.close}
      words={imageText[runs ? 'killAndBoot' : 'boot']}
      isReady
      strict
      brought={file}
      refusalTestId="boot-refusal"
      place={() => ({ kind: 'kernel', instance: instance.id })}
      offered={['islet', 'metronome']}
      lines={(image) => stepsWith(image).map((step) => step.line)}
      act={(image, _, progress) => carryOut(machine, stepsWith(image), progress)}
      below={(kind) => (
        <>
          <CmdlineField value={cmdline} image={kind} onChange={setCmdline} />
          {runs && (
            <>
              <p className="image-ends">{imageText.ends(instance.name)}</p>
              <div>
                <label className="check">
                  <input
                    type="checkbox"
                    checked={force}
                    onChange={(event) => setForce(event.target.checked)}
                  />
                  {imageText.force}
                </label>
              </div>
            </>
          )}
        </>
      )}
    />
  );
}
