import { text } from '../text.ts';
import type { ImageKind } from './image-choice.tsx';

/** The command line that a kernel of an image gets. */
export function CmdlineField(props: {
  readonly value: string;
  readonly image: ImageKind;
  readonly onChange: (cmdline: string) => void;
}) {
  return (
    <label>
      {text.create.cmdline}
      <input
        value={props.value}
        placeholder={text.create.cmdlineHint[props.image]}
        onChange={(event) => props.onChange(event.target.value)}
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
      />
    </label>
  );
}
