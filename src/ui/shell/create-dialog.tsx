import { useState } from 'react';
import { Button } from 'react-aria-components';
import type { MachineView } from '../../protocol/machine-view.ts';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import { kerfLinesOf, makeKernel, type KernelRequest } from '../../store/make-kernel.ts';
import { ModalDialog } from '../kit/modal-dialog.tsx';
import { text } from '../text.ts';
import { AdvancedOptions, type Advanced } from './advanced-options.tsx';
import { DialogRefusal } from './dialog-refusal.tsx';
import { ImageChoice } from './image-choice.tsx';
import { withImage, type Refusal } from './own-image.ts';

const MEMORY_CHOICES = [16, 32, 64, 128];
const MIB = 0x10_0000;
/** Names a person would give, in the order of the letters. */
const NAMES = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta', 'eta', 'theta'];

/** Makes a kernel from free cores and memory. What it does is shown, and done, as kerf lines. */
export function CreateDialog(props: {
  readonly view: MachineView;
  readonly machine: ConnectedMachine;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}) {
  return (
    <ModalDialog title={text.create.title} testId="create" isOpen={props.isOpen} onClose={props.onClose}>
      <CreateForm view={props.view} machine={props.machine} close={props.onClose} />
    </ModalDialog>
  );
}

function CreateForm(props: {
  readonly view: MachineView;
  readonly machine: ConnectedMachine;
  readonly close: () => void;
}) {
  const { view, machine } = props;
  const free = view.harts.filter((hart) => hart.owner === null).map((hart) => hart.id);
  const taken = new Set(view.instances.map((instance) => instance.name));
  const [name, setName] = useState(NAMES.find((other) => !taken.has(other)) ?? '');
  const [cores, setCores] = useState<readonly number[]>(free.slice(0, 1));
  const [memory, setMemory] = useState(MEMORY_CHOICES[0] ?? 16);
  const [file, setFile] = useState<File | null>(null);
  const [own, setOwn] = useState(false);
  const [advanced, setAdvanced] = useState<Advanced>({ entry: 's', memoryBase: '', cmdline: '' });
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const image = own ? file : null;
  const request: KernelRequest = { name, cores, memory, image: image?.name ?? null, ...advanced };

  const submit = async () => {
    setBusy(true);
    setRefusal(null);
    const refused = await withImage(machine, image, () => makeKernel(machine, request));
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
      <label>
        {text.create.name}
        <input
          value={name}
          onChange={(event) => setName(event.target.value)}
          pattern="[a-z][a-z0-9\-]*"
          title={text.create.nameRule}
          required
          maxLength={31}
          autoFocus
          spellCheck={false}
          autoCapitalize="off"
        />
      </label>
      <fieldset>
        <legend>{text.create.cores}</legend>
        {free.length === 0 && <p className="column-note">{text.create.noCores}</p>}
        {free.map((core) => (
          <label key={core} className="check">
            <input
              type="checkbox"
              checked={cores.includes(core)}
              onChange={(event) =>
                setCores(
                  event.target.checked
                    ? [...cores, core].sort((a, b) => a - b)
                    : cores.filter((other) => other !== core),
                )
              }
            />
            {text.core.name(core)}
          </label>
        ))}
      </fieldset>
      <label>
        {text.create.memory}
        <select value={memory} onChange={(event) => setMemory(Number(event.target.value))}>
          {MEMORY_CHOICES.filter((mib) => mib * MIB <= view.freeMemory).map((mib) => (
            <option key={mib} value={mib}>
              {text.create.mib(mib)}
            </option>
          ))}
        </select>
      </label>
      <ImageChoice
        file={file}
        own={own}
        onChange={(chosen, isOwn) => {
          setFile(chosen);
          setOwn(isOwn);
        }}
      />
      <AdvancedOptions value={advanced} ownImage={own} onChange={setAdvanced} />
      <p className="create-lines-title">{text.create.lines}</p>
      <pre className="create-lines">{kerfLinesOf(request).join('\n')}</pre>
      {refusal && <DialogRefusal refusal={refusal} testId="create-refusal" />}
      <div className="dialog-end">
        <Button className="button" onPress={props.close}>
          {text.create.cancel}
        </Button>
        <Button className="button primary" type="submit" isDisabled={busy || cores.length === 0}>
          {busy ? text.create.working : text.create.submit}
        </Button>
      </div>
    </form>
  );
}
