import { Button } from 'react-aria-components';
import { announce } from '../kit/announcer.tsx';
import { copyText } from '../kit/copy-text.ts';
import { CopyIcon } from '../kit/icons.tsx';
import { inspectorText as text } from '../inspector-text.ts';

/** Copies what is shown, as text. */
export function CopyButton(props: { readonly what: string; readonly read: () => string }) {
  return (
    <Button
      className="icon-button copy"
      aria-label={`${text.copy}: ${props.what}`}
      onPress={() => {
        void copyText(props.read()).then((done) => announce(done ? text.copied : text.notCopied));
      }}
    >
      <CopyIcon />
    </Button>
  );
}
