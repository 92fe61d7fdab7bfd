import { Button, FileTrigger } from 'react-aria-components';
import { text } from '../text.ts';

/** What a new kernel boots: the built-in islet, or a file from disk. */
export function ImageChoice(props: {
  /** The file that was chosen last; it stays on offer when islet is taken instead. */
  readonly file: File | null;
  readonly own: boolean;
  readonly onChange: (file: File | null, own: boolean) => void;
}) {
  const { file, own, onChange } = props;
  return (
    <fieldset>
      <legend>{text.create.image}</legend>
      <label className="check">
        <input type="radio" name="image" checked={!own} onChange={() => onChange(file, false)} />
        {text.create.islet}
      </label>
      {file && (
        <label className="check create-file" data-testid="create-file">
          <input type="radio" name="image" checked={own} onChange={() => onChange(file, true)} />
          <span>{text.create.file(file.name, file.size)}</span>
        </label>
      )}
      <FileTrigger
        onSelect={(files) => {
          const chosen = files?.item(0);
          if (chosen) onChange(chosen, true);
        }}
      >
        <Button className="button">{text.create.choose}</Button>
      </FileTrigger>
    </fieldset>
  );
}
