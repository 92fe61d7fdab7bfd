import { useState, type ReactNode } from 'react';
import { Button } from 'react-aria-components';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import type { Progress, RequestRefusal } from '../../store/kerf-steps.ts';
import { text } from '../text.ts';
import { DialogRefusal } from './dialog-refusal.tsx';
import { builtIn, ImageChoice, type ImageKind } from './image-choice.tsx';
import { withImage, type Refusal } from './own-image.ts';
import { useSteps } from './use-steps.ts';

/**
 * A form in a dialog about an image, one that came with the page or a file from disk: what it does is shown, and done, as kerf lines. A refusal
 * is shown in it, and it stays open, so that the same can be asked again with a change.
 */
export function ImageForm(props: {
  readonly machine: ConnectedMachine;
  readonly close: () => void;
  /** What the button says that sends it, and while it is under way. */
  readonly words: { readonly submit: string; readonly working: string };
  readonly isReady: boolean;
  readonly refusalTestId: string;
  readonly offered: readonly Exclude<ImageKind, 'file'>[];
  /** `image`: its name for kerf; null: islet. */
  readonly lines: (image: string | null, kind: ImageKind) => readonly string[];
  readonly act: (image: string | null, kind: ImageKind, progress: Progress) => Promise<RequestRefusal | null>;
  /** Fields above the choice of the image, and below it. */
  readonly above?: (kind: ImageKind) => ReactNode;
  readonly below: (kind: ImageKind) => ReactNode;
}) {
  const [file, setFile] = useState<File | null>(null);
  const [kind, setKind] = useState<ImageKind>('islet');
  const steps = useSteps();
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const image = kind === 'file' ? file : null;
  const name = image?.name ?? builtIn(kind);

  const submit = async () => {
    setRefusal(null);
    const { outcome, cancelled } = await steps.through((progress) =>
      withImage(props.machine, image, () => props.act(name, kind, progress)),
    );
    if (outcome) setRefusal(outcome);
    // Given up, it stays open too: everything is as it was, and the same can be asked with a change.
    else if (!cancelled) props.close();
  };

  return (
    <form
      className="create-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!steps.working) void submit();
      }}
    >
      {props.above?.(kind)}
      <ImageChoice
        offered={props.offered}
        file={file}
        kind={kind}
        onChange={(chosen, next) => {
          setFile(chosen);
          setKind(next);
        }}
      />
      {props.below(kind)}
      <p className="create-lines-title">{text.create.lines}</p>
      <pre className="create-lines">{props.lines(name, kind).join('\n')}</pre>
      {refusal && <DialogRefusal refusal={refusal} testId={props.refusalTestId} />}
      <p className="create-progress" role="status" data-testid="create-progress">
        {steps.cancelled && steps.working
          ? text.create.cancelling
          : steps.line && text.create.progress(steps.line)}
      </p>
      <div className="dialog-end">
        <Button
          className="button"
          onPress={steps.working ? steps.cancel : props.close}
          isDisabled={steps.working && steps.cancelled}
        >
          {text.create.cancel}
        </Button>
        <Button className="button primary" type="submit" isDisabled={steps.working || !props.isReady}>
          {steps.working ? props.words.working : props.words.submit}
        </Button>
      </div>
    </form>
  );
}
