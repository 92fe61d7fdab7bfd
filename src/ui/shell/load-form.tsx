import { useState } from 'react';
import { Button } from 'react-aria-components';
import type { InstanceView } from '../../protocol/machine-view.ts';
import { loadSteps, replaceSteps } from '../../store/column-actions.ts';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import { carryOut } from '../../store/kerf-steps.ts';
import { text } from '../text.ts';
import { DialogRefusal } from './dialog-refusal.tsx';
import { ImageChoice } from './image-choice.tsx';
import { withImage, type Refusal } from './own-image.ts';

/** Loads another image into a kernel's memory, or replaces the one that runs. What it does is shown, and done, as kerf lines. */
export function LoadForm(props: {
  readonly machine: ConnectedMachine;
  readonly instance: InstanceView;
  readonly way: 'load' | 'replace';
  readonly close: () => void;
}) {
  const { machine, instance, way } = props;
  const [file, setFile] = useState<File | null>(null);
  const [own, setOwn] = useState(false);
  const [cmdline, setCmdline] = useState(instance.cmdline);
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const image = own ? file : null;
  const steps = (way === 'load' ? loadSteps : replaceSteps)(instance, image?.name ?? null, cmdline);

  const submit = async () => {
    setBusy(true);
    setRefusal(null);
    const refused = await withImage(machine, image, () => carryOut(machine, steps));
    setBusy(false);
    if (refused) setRefusal(refused);
    else props.close();
  };

  return (
    <form
      className="create-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) void submit();
      }}
    >
      <ImageChoice
        file={file}
        own={own}
        onChange={(chosen, isOwn) => {
          setFile(chosen);
          setOwn(isOwn);
        }}
      />
      <label>
        {text.create.cmdline}
        <input
          value={cmdline}
          placeholder={own ? text.create.cmdlineHint.file : text.create.cmdlineHint.islet}
          onChange={(event) => setCmdline(event.target.value)}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
        />
      </label>
      <p className="create-lines-title">{text.create.lines}</p>
      <pre className="create-lines">{steps.map((step) => step.line).join('\n')}</pre>
      {refusal && <DialogRefusal refusal={refusal} testId="load-refusal" />}
      <div className="dialog-end">
        <Button className="button" onPress={props.close}>
          {text.create.cancel}
        </Button>
        <Button className="button primary" type="submit" isDisabled={busy}>
          {busy ? text[way].working : text[way].submit}
        </Button>
      </div>
    </form>
  );
}
