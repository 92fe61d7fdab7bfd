import { Button } from 'react-aria-components';
import { ModalDialog } from '../kit/modal-dialog.tsx';
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
    <ModalDialog title={text.keys.title} testId="keys" isOpen={props.isOpen} onClose={props.onClose}>
      <h3>{text.keys.keys}</h3>
      <Rows rows={text.keys.rows} keys />
      <h3>{text.keys.words}</h3>
      <Rows rows={text.keys.glossary} />
      <div className="dialog-end">
        <Button className="button primary" onPress={props.onClose} autoFocus>
          {text.keys.close}
        </Button>
      </div>
    </ModalDialog>
  );
}
