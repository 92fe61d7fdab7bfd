import { useState, type ReactNode } from 'react';
import { Button } from 'react-aria-components';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import type { RequestRefusal } from '../../store/kerf-steps.ts';
import { text } from '../text.ts';
import { DialogRefusal } from './dialog-refusal.tsx';
import { ImageChoice } from './image-choice.tsx';
import { withImage, type Refusal } from './own-image.ts';

/**
 * A form in a dialog about an image, islet or a file from disk: what it does is shown, and done, as kerf lines. A refusal
 * is shown in it, and it stays open, so that the same can be asked again with a change.
 */
export function ImageForm(props: {
  readonly machine: ConnectedMachine;
  readonly close: () => void;
  /** What the button says that sends it, and while it is under way. */
  readonly words: { readonly submit: string; readonly working: string };
  readonly isReady: boolean;
  readonly refusalTestId: string;
  /** `image`: name of the file from disk; null: the built-in islet. */
  readonly lines: (image: string | null) => readonly string[];
  readonly act: (image: string | null) => Promise<RequestRefusal | null>;
  /** Fields above the choice of the image, and below it; `own`: a file from disk is chosen. */
  readonly above?: ReactNode;
  readonly below: (own: boolean) => ReactNode;
}) {
  const [file, setFile] = useState<File | null>(null);
  const [own, setOwn] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const image = own ? file : null;
  const name = image?.name ?? null;

  const submit = async () => {
    setBusy(true);
    setRefusal(null);
    const refused = await withImage(props.machine, image, () => props.act(name));
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
      {props.above}
      <ImageChoice
        file={file}
        own={own}
        onChange={(chosen, isOwn) => {
          setFile(chosen);
          setOwn(isOwn);
        }}
      />
      {props.below(own)}
      <p className="create-lines-title">{text.create.lines}</p>
      <pre className="create-lines">{props.lines(name).join('\n')}</pre>
      {refusal && <DialogRefusal refusal={refusal} testId={props.refusalTestId} />}
      <div className="dialog-end">
        <Button className="button" onPress={props.close}>
          {text.create.cancel}
        </Button>
        <Button className="button primary" type="submit" isDisabled={busy || !props.isReady}>
          {busy ? props.words.working : props.words.submit}
        </Button>
      </div>
    </form>
  );
}
