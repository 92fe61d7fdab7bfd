import { lazy, Suspense, useState, type ReactNode } from 'react';
import { Button } from 'react-aria-components';
import type { ImagePlace, ImageReport } from '../../protocol/image-report.ts';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import type { Progress, RequestRefusal } from '../../store/kerf-steps.ts';
import { imageName } from '../../store/image-offer.ts';
import { useImageReport, useOnDescribed } from '../images/use-image-report.ts';
import { text } from '../text.ts';
import { DialogRefusal } from './dialog-refusal.tsx';
import { builtIn, ImageChoice, type ImageKind } from './image-choice.tsx';
import { withImage, type Refusal } from './own-image.ts';
import { useSteps } from './use-steps.ts';

const ImageFacts = lazy(() =>
  import('../images/image-facts.tsx').then((module) => ({ default: module.ImageFacts })),
);

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
  /** The file that it is about; null: one is chosen here. */
  readonly brought?: File | null;
  /** For which memory a file is described. */
  readonly place: (kind: ImageKind) => ImagePlace;
  /** A file that does not fit there cannot be sent: what runs would have ended for nothing. */
  readonly strict?: boolean;
  /** A file was described that has not been before. */
  readonly onDescribed?: (needs: ImageReport['needs']) => void;
  /** Fields above the choice of the image, and below it. */
  readonly above?: (kind: ImageKind) => ReactNode;
  readonly below: (kind: ImageKind) => ReactNode;
}) {
  const brought = props.brought ?? null;
  const [file, setFile] = useState<File | null>(brought);
  const [kind, setKind] = useState<ImageKind>(brought ? 'file' : 'islet');
  const steps = useSteps();
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  /** The lines that are under way; what they change does not change what is shown. */
  const [sent, setSent] = useState<readonly string[]>([]);
  const image = kind === 'file' ? file : null;
  const name = image ? imageName(image) : builtIn(kind);
  const told = useImageReport(props.machine, image, props.place(kind));
  const fits = image === null || (told.kind === 'told' && told.report.placement?.ok === true);
  const isReady = props.isReady && (fits || props.strict !== true);
  useOnDescribed(told, props.onDescribed);

  const lines = props.lines(name, kind);
  const submit = async () => {
    setRefusal(null);
    setSent(lines);
    const { outcome, cancelled } = await steps.through((progress) =>
      withImage(props.machine, image, () => props.act(name, kind, progress)),
    );
    if (outcome) setRefusal(outcome);
    // Given up, it stays open too: everything is as it was, and the same can be asked with a change.
    else if (!cancelled) props.close();
  };

  const facts = image && (
    <Suspense>
      <ImageFacts name={imageName(image)} size={image.size} told={told} refused={refusal !== null} />
    </Suspense>
  );

  const fields = (
    <>
      {props.above?.(kind)}
      {!brought && (
        <ImageChoice
          offered={props.offered}
          file={file}
          kind={kind}
          onChange={(chosen, next) => {
            setFile(chosen);
            setKind(next);
            setRefusal(null);
          }}
        />
      )}
      {!brought && facts}
      {props.below(kind)}
      <p className="create-lines-title">{text.create.lines}</p>
      <pre className="create-lines">{(steps.working ? sent : lines).join('\n')}</pre>
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
        <Button className="button primary" type="submit" isDisabled={steps.working || !isReady}>
          {steps.working ? props.words.working : props.words.submit}
        </Button>
      </div>
    </>
  );

  return (
    <form
      className={brought ? 'brought-form' : 'create-form'}
      onSubmit={(event) => {
        event.preventDefault();
        if (!steps.working && isReady) void submit();
      }}
    >
      {brought ? (
        <>
          {facts}
          <div className="create-form">{fields}</div>
        </>
      ) : (
        fields
      )}
    </form>
  );
}
