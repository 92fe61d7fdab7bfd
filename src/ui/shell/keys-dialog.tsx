import { Button, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { text } from '../text.ts';

function Rows(props: { readonly rows: readonly (readonly [string, string])[]; readonly keys?: boolean }) {
  return (
    <dl className="key-rows">
      {props.rows.map(([term, meaning]) => (
        <div key={term}>
          <dt>{props.keys ? <kbd>{term}</kbd> : term}</dt>
          <dd>{meaning}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The list of keys, and the few words that the page uses in a sense of its own. */
export function KeysDialog(props: { readonly isOpen: boolean; readonly onClose: () => void }) {
  return (
    <ModalOverlay
      className="overlay"
      isOpen={props.isOpen}
      isDismissable
      onOpenChange={(open) => {
        if (!open) props.onClose();
      }}
    >
      <Modal className="modal">
        <Dialog className="dialog" data-testid="keys">
          <Heading slot="title">{text.keys.title}</Heading>
          <h3>{text.keys.keys}</h3>
          <Rows rows={text.keys.rows} keys />
          <h3>{text.keys.words}</h3>
          <Rows rows={text.keys.glossary} />
          <div className="dialog-end">
            <Button className="button primary" onPress={props.onClose} autoFocus>
              {text.keys.close}
            </Button>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
