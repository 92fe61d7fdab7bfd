import { Button } from 'react-aria-components';
import type { Refusal } from '../../base/result.ts';
import { ModalDialog } from '../kit/modal-dialog.tsx';
import { RefusalText } from '../kit/refusal-text.tsx';
import { text } from '../text.ts';

/** Why a file that was dropped is not opened. */
export function FileRefused(props: { readonly refusal: Refusal; readonly onClose: () => void }) {
  return (
    <ModalDialog
      title={text.share.openRefused}
      testId="drop-refused"
      role="alertdialog"
      isOpen
      onClose={props.onClose}
    >
      <div className="share-refused">
        <RefusalText error={props.refusal} />
      </div>
      <div className="dialog-end">
        <Button className="button primary" autoFocus onPress={props.onClose}>
          {text.share.close}
        </Button>
      </div>
    </ModalDialog>
  );
}
