import { Button, FileTrigger } from 'react-aria-components';
import { text } from '../text.ts';

/** An image that came with the page, the host's kernel with its RAM disk, or a file from disk. */
export type ImageKind = 'islet' | 'metronome' | 'host' | 'file';

/** Name for `kerf load` of an image that came with the page; null: the one that a kernel gets anyway. */
export const builtIn = (kind: ImageKind): string | null =>
  kind === 'metronome' ? 'guests/metronome.img' : null;

/** What a new kernel boots. */
export function ImageChoice(props: {
  /** The images on offer that came with the page. */
  readonly offered: readonly Exclude<ImageKind, 'file'>[];
  /** The file that was chosen last; it stays on offer when another is taken instead. */
  readonly file: File | null;
  readonly kind: ImageKind;
  readonly onChange: (file: File | null, kind: ImageKind) => void;
}) {
  const { offered, file, kind, onChange } = props;
  return (
    <fieldset>
      <legend>{text.create.image}</legend>
      {offered.map((other) => (
        <label key={other} className="check">
          <input type="radio" name="image" checked={kind === other} onChange={() => onChange(file, other)} />
          {text.create.builtIn[other]}
        </label>
      ))}
      {file && (
        <label className="check create-file" data-testid="create-file">
          <input
            type="radio"
            name="image"
            checked={kind === 'file'}
            onChange={() => onChange(file, 'file')}
          />
          <span>{text.create.file(file.name, file.size)}</span>
        </label>
      )}
      <FileTrigger
        onSelect={(files) => {
          const chosen = files?.item(0);
          if (chosen) onChange(chosen, 'file');
        }}
      >
        <Button className="button">{text.create.choose}</Button>
      </FileTrigger>
    </fieldset>
  );
}
