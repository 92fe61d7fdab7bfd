import type { KernelRequest } from '../../store/make-kernel.ts';
import { CmdlineField } from './cmdline-field.tsx';
import { text } from '../text.ts';
import type { ImageKind } from './image-choice.tsx';

export type Advanced = Pick<KernelRequest, 'entry' | 'memoryBase' | 'cmdline'>;

const ENTRIES: readonly Advanced['entry'][] = ['s', 'm'];

/** What most kernels need not be told; folded away until it is wanted. */
export function AdvancedOptions(props: {
  readonly value: Advanced;
  readonly image: ImageKind;
  readonly onChange: (value: Advanced) => void;
}) {
  const { value, onChange } = props;
  const line = { spellCheck: false, autoCapitalize: 'off', autoComplete: 'off' };
  return (
    <details className="create-advanced">
      <summary>{text.create.advanced}</summary>
      <label>
        {text.create.entry}
        <select
          value={value.entry}
          onChange={(event) => {
            const entry = ENTRIES.find((other) => other === event.target.value);
            if (entry) onChange({ ...value, entry });
          }}
        >
          {ENTRIES.map((entry) => (
            <option key={entry} value={entry}>
              {text.create.entryName[entry]}
            </option>
          ))}
        </select>
      </label>
      <label>
        {text.create.memoryBase}
        <input
          {...line}
          value={value.memoryBase}
          placeholder={text.create.memoryBaseHint}
          onChange={(event) => onChange({ ...value, memoryBase: event.target.value })}
        />
      </label>
      <CmdlineField
        value={value.cmdline}
        image={props.image}
        onChange={(cmdline) => onChange({ ...value, cmdline })}
      />
    </details>
  );
}
