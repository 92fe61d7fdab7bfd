import { useEffect, useRef, useState } from 'react';
import { Button, FileTrigger } from 'react-aria-components';
import type { Refusal, Result } from '../../base/result.ts';
import type { Scenario } from '../../protocol/scenario.ts';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import {
  fileOf,
  historyFileOf,
  linkOf,
  readScenarioFile,
  type MachineLink,
} from '../../store/share-machine.ts';
import { embedCode } from '../../store/embed.ts';
import { useMachine } from '../../store/machine-store.ts';
import { announce } from '../kit/announcer.tsx';
import { copyText } from '../kit/copy-text.ts';
import { ModalDialog } from '../kit/modal-dialog.tsx';
import { RefusalText } from '../kit/refusal-text.tsx';
import { saveFile } from '../kit/save-file.ts';
import { text } from '../text.ts';

/** The machine as a link or a file, and the way back from a file. */
export function ShareDialog(props: {
  readonly machine: ConnectedMachine;
  readonly onOpen: (scenario: Scenario) => Promise<unknown>;
  readonly onClose: () => void;
}) {
  const { machine, onOpen, onClose } = props;
  const [refused, setRefused] = useState<Refusal | null>(null);

  const save = async (): Promise<void> => {
    const file = await fileOf(machine);
    if (file) saveFile(file.yaml, file.name, 'text/yaml');
  };
  const open = async (file: File): Promise<void> => {
    setRefused(null);
    const scenario = await readScenarioFile(file);
    if (!scenario.ok) {
      setRefused(scenario.error);
      return;
    }
    onClose();
    await onOpen(scenario.value);
  };

  return (
    <ModalDialog title={text.share.title} testId="share-dialog" isOpen onClose={onClose}>
      <h3>{text.share.link}</h3>
      <LinkRow machine={machine} />
      <p className="dialog-note">{text.share.linkNote}</p>
      <p className="dialog-note">{text.share.embedNote}</p>
      <h3>{text.share.file}</h3>
      <div className="share-row">
        <Button className="button" data-testid="share-save" onPress={() => void save()}>
          {text.share.save}
        </Button>
        <FileTrigger
          acceptedFileTypes={['.yaml', '.yml', '.json']}
          onSelect={(files) => {
            const chosen = files?.item(0);
            if (chosen) void open(chosen);
          }}
        >
          <Button className="button" data-testid="share-open">
            {text.share.open}
          </Button>
        </FileTrigger>
      </div>
      <p className="dialog-note">{text.share.fileNote}</p>
      <HistoryRows machine={machine} />
      {refused && (
        <div className="share-refused" role="alert" data-testid="share-refused">
          <p>{text.share.openRefused}</p>
          <RefusalText error={refused} />
        </div>
      )}
      <div className="dialog-end">
        <Button className="button" onPress={onClose}>
          {text.share.close}
        </Button>
      </div>
    </ModalDialog>
  );
}

/** Made when the dialog opens: of the machine as it then stands. */
function LinkRow(props: { readonly machine: ConnectedMachine }) {
  const { machine } = props;
  const [link, setLink] = useState<Result<MachineLink> | null>(null);
  const [note, setNote] = useState('');
  /** What the browser did not let the page copy. */
  const [uncopied, setUncopied] = useState<{ readonly content: string } | null>(null);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    void linkOf(machine).then(setLink);
  }, [machine]);

  useEffect(() => {
    if (uncopied === null) return;
    field.current?.focus();
    field.current?.select();
  }, [uncopied]);

  if (link !== null && !link.ok) return <RefusalText error={link.error} />;
  const { address, own } = link?.value ?? { address: '', own: [] };
  const copy = async (content: string, copied: string, notCopied: string): Promise<void> => {
    const done = await copyText(content);
    setUncopied(done ? null : { content });
    const said = done ? copied : notCopied;
    setNote(said);
    announce(said);
  };
  const copyEmbed = (): Promise<void> => {
    const kernels = useMachine.getState().view?.instances.map(({ name }) => name) ?? [];
    const code = embedCode(address, text.share.embedTitle(kernels));
    return copy(code, text.share.embedCopied, text.share.embedNotCopied);
  };
  return (
    <>
      <div className="share-row">
        <input
          ref={field}
          className="share-link"
          data-testid="share-link"
          aria-label={text.share.link}
          readOnly
          value={uncopied?.content ?? address}
          placeholder={text.share.making}
          onFocus={(event) => event.currentTarget.select()}
        />
        <Button
          className="button primary"
          data-testid="share-copy"
          isDisabled={link === null}
          onPress={() => void copy(address, text.share.copied, text.share.notCopied)}
        >
          {text.share.copy}
        </Button>
        <Button
          className="button"
          data-testid="share-embed"
          isDisabled={link === null}
          onPress={() => void copyEmbed()}
        >
          {text.share.embed}
        </Button>
      </div>
      {note !== '' && <p className="dialog-note">{note}</p>}
      {own.length > 0 && <p className="dialog-note">{text.share.ownImages(own.join(', '))}</p>}
    </>
  );
}

/** What was done by hand, to be copied or saved; made when it is asked for. */
function HistoryRows(props: { readonly machine: ConnectedMachine }) {
  const { machine } = props;
  const [said, setSaid] = useState<string | Refusal | null>(null);
  const made = async (): Promise<{ name: string; yaml: string } | null> => {
    const file = await historyFileOf(machine);
    setSaid(file.ok ? null : file.error);
    return file.ok ? file.value : null;
  };
  const copy = async (): Promise<void> => {
    const file = await made();
    if (file === null) return;
    const done = await copyText(file.yaml);
    setSaid(done ? text.share.historyCopied : text.share.historyNotCopied);
    announce(done ? text.share.historyCopied : text.share.historyNotCopied);
  };
  const save = async (): Promise<void> => {
    const file = await made();
    if (file) saveFile(file.yaml, file.name, 'text/yaml');
  };
  return (
    <>
      <h3>{text.share.history}</h3>
      <div className="share-row">
        <Button className="button" data-testid="share-copy-history" onPress={() => void copy()}>
          {text.share.copyHistory}
        </Button>
        <Button className="button" data-testid="share-save-history" onPress={() => void save()}>
          {text.share.saveHistory}
        </Button>
      </div>
      <p className="dialog-note">{text.share.historyNote}</p>
      {typeof said === 'string' && <p className="dialog-note">{said}</p>}
      {said !== null && typeof said !== 'string' && (
        <div className="share-refused" role="alert" data-testid="history-refused">
          <RefusalText error={said} />
        </div>
      )}
    </>
  );
}
