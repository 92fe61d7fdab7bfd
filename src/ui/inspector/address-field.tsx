import { useState } from 'react';
import { Button, Input, Label, TextField } from 'react-aria-components';
import { inspectorText as text } from '../inspector-text.ts';

/** Where an address is written; Enter or the button shows it. */
export function AddressField(props: {
  readonly label: string;
  readonly value: string;
  /** The part's heading says it already. */
  readonly labelHidden?: boolean;
  readonly placeholder?: string;
  readonly testId: string;
  readonly onShow: (address: string) => void;
}) {
  const [draft, setDraft] = useState<{ readonly of: string; readonly text: string } | null>(null);
  // Somebody else has chosen another address since: that one is shown.
  const written = draft?.of === props.value ? draft.text : props.value;
  return (
    <form
      className="address-form"
      onSubmit={(event) => {
        event.preventDefault();
        props.onShow(written.trim());
      }}
    >
      <TextField
        value={written}
        onChange={(next) => setDraft({ of: props.value, text: next })}
        autoComplete="off"
        spellCheck="false"
      >
        <Label className={props.labelHidden ? 'visually-hidden' : ''}>{props.label}</Label>
        <Input placeholder={props.placeholder ?? ''} data-testid={props.testId} autoCapitalize="none" />
      </TextField>
      <Button type="submit" className="button small">
        {text.go}
      </Button>
    </form>
  );
}
