import { useCallback, useState } from 'react';
import type { ImageReport } from '../../protocol/image-report.ts';
import type { MachineView } from '../../protocol/machine-view.ts';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import { HOST_NAME, kerfLinesOf, makeKernel, type KernelRequest } from '../../store/make-kernel.ts';
import { ModalDialog } from '../kit/modal-dialog.tsx';
import { text } from '../text.ts';
import { AdvancedOptions, type Advanced } from './advanced-options.tsx';
import type { ImageKind } from './image-choice.tsx';
import { ImageForm } from './image-form.tsx';

const MEMORY_CHOICES = [16, 32, 64, 128];
const MIB = 0x10_0000;
/** Names a person would give, in the order of the letters. */
const NAMES = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta', 'eta', 'theta'];

/** Makes a kernel from free cores and memory. What it does is shown, and done, as kerf lines. */
export function CreateDialog(props: {
  readonly view: MachineView;
  readonly machine: ConnectedMachine;
  readonly isOpen: boolean;
  /** The core that was dropped for it; null: the first one free. */
  readonly core: number | null;
  readonly onClose: () => void;
}) {
  return (
    <ModalDialog title={text.create.title} testId="create" isOpen={props.isOpen} onClose={props.onClose}>
      <CreateForm view={props.view} machine={props.machine} core={props.core} close={props.onClose} />
    </ModalDialog>
  );
}

/** `file`: the image that somebody brought for it; null: one is chosen in the form. */
export function CreateForm(props: {
  readonly view: MachineView;
  readonly machine: ConnectedMachine;
  readonly core: number | null;
  readonly file?: File | null;
  readonly close: () => void;
}) {
  const { view, machine } = props;
  const free = view.harts.filter((hart) => hart.owner === null).map((hart) => hart.id);
  const taken = new Set(view.instances.map((instance) => instance.name));
  const [name, setName] = useState(NAMES.find((other) => !taken.has(other)) ?? '');
  const [cores, setCores] = useState<readonly number[]>(
    props.core === null ? free.slice(0, 1) : [props.core],
  );
  const [memory, setMemory] = useState(MEMORY_CHOICES[0] ?? 16);
  const [advanced, setAdvanced] = useState<Advanced>({ entry: 's', memoryBase: '', cmdline: '' });
  /** A file that needs more memory, or memory at one place, gets it; what was asked for by hand before is its start. */
  const suit = useCallback((needs: ImageReport['needs']) => {
    if (needs === null) return;
    const { base } = needs;
    const least = needs.size / MIB;
    setMemory((mib) => (mib >= least ? mib : (MEMORY_CHOICES.find((choice) => choice >= least) ?? least)));
    if (base !== null) setAdvanced((was) => ({ ...was, memoryBase: `0x${base.toString(16)}` }));
  }, []);
  const choices = MEMORY_CHOICES.filter((mib) => mib * MIB <= view.freeMemory);
  if (!choices.includes(memory)) choices.push(memory);
  const request = (image: string | null, kind: ImageKind): KernelRequest => ({
    name,
    cores,
    memory,
    image,
    host: kind === 'host',
    ...advanced,
  });

  const above = (kind: ImageKind) => (
    <>
      <label>
        {text.create.name}
        <input
          value={kind === 'host' ? HOST_NAME : name}
          readOnly={kind === 'host'}
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
          {choices.map((mib) => (
            <option key={mib} value={mib}>
              {text.create.mib(mib)}
            </option>
          ))}
        </select>
      </label>
    </>
  );
  return (
    <ImageForm
      machine={machine}
      close={props.close}
      words={text.create}
      isReady={cores.length > 0}
      brought={props.file ?? null}
      strict={props.file !== undefined}
      place={() => ({ kind: 'new', memory: memory * MIB, base: advanced.memoryBase.trim() })}
      onDescribed={suit}
      refusalTestId="create-refusal"
      offered={taken.has(HOST_NAME) ? ['islet', 'metronome'] : ['islet', 'metronome', 'host']}
      lines={(image, kind) => kerfLinesOf(request(image, kind))}
      act={(image, kind, progress) => makeKernel(machine, request(image, kind), progress)}
      above={above}
      below={(kind) => <AdvancedOptions value={advanced} image={kind} onChange={setAdvanced} />}
    />
  );
}
