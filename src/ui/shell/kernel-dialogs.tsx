import { Button } from 'react-aria-components';
import type { InstanceView } from '../../protocol/machine-view.ts';
import type { ColumnAction } from '../../store/column-actions.ts';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import { closeKernelDialog, confirm, useKernelDialog } from '../board/kernel-actions.ts';
import { ModalDialog } from '../kit/modal-dialog.tsx';
import { BootForm } from '../images/boot-form.tsx';
import { imageText } from '../image-text.ts';
import { text } from '../text.ts';
import { LastWordsOf } from './last-words.tsx';
import { LoadForm } from './load-form.tsx';

/** The dialogs that the menus of the kernels open. */
export function KernelDialogs(props: { readonly machine: ConnectedMachine }) {
  const dialog = useKernelDialog((state) => state.dialog);
  const name = dialog?.instance.name ?? '';
  return (
    <>
      <ModalDialog
        title={dialog?.kind === 'confirm' ? text.confirm.title(text.action[dialog.action.id], name) : ''}
        testId="confirm"
        role="alertdialog"
        isOpen={dialog?.kind === 'confirm'}
        onClose={closeKernelDialog}
      >
        {dialog?.kind === 'confirm' && <Confirm instance={dialog.instance} action={dialog.action} />}
      </ModalDialog>
      <ModalDialog
        title={text[dialog?.kind === 'replace' ? 'replace' : 'load'].title(name)}
        testId="load"
        isOpen={dialog?.kind === 'load' || dialog?.kind === 'replace'}
        onClose={closeKernelDialog}
      >
        {(dialog?.kind === 'load' || dialog?.kind === 'replace') && (
          <LoadForm
            machine={props.machine}
            instance={dialog.instance}
            way={dialog.kind}
            close={closeKernelDialog}
          />
        )}
      </ModalDialog>
      <ModalDialog
        title={imageText.on(name)}
        testId="boot-image"
        isOpen={dialog?.kind === 'image'}
        onClose={closeKernelDialog}
      >
        {dialog?.kind === 'image' && (
          <BootForm
            machine={props.machine}
            instance={dialog.instance}
            file={null}
            close={closeKernelDialog}
          />
        )}
      </ModalDialog>
      <ModalDialog
        title={text.lastWords.openOf(name)}
        testId="last-words"
        isOpen={dialog?.kind === 'last-words'}
        onClose={closeKernelDialog}
      >
        {dialog?.kind === 'last-words' && (
          <>
            <LastWordsOf machine={props.machine} instance={dialog.instance} />
            <div className="dialog-end">
              <Button className="button primary" onPress={closeKernelDialog} autoFocus>
                {text.lastWords.close}
              </Button>
            </div>
          </>
        )}
      </ModalDialog>
    </>
  );
}

/** Asked once before a kernel that runs is ended. */
function Confirm(props: { readonly instance: InstanceView; readonly action: ColumnAction }) {
  const { instance, action } = props;
  return (
    <>
      <p className="dialog-text">{text.confirm.what(instance.name)}</p>
      <pre className="create-lines">{action.lines.join('\n')}</pre>
      <div className="dialog-end">
        <Button className="button" onPress={closeKernelDialog} autoFocus>
          {text.confirm.cancel(instance.name)}
        </Button>
        <Button className="button primary" onPress={() => confirm(instance, action)}>
          {text.action[action.id]}
        </Button>
      </div>
    </>
  );
}
