import { useEffect, useState } from 'react';
import type { CodeAddress, HartWords, LastWords } from '../../protocol/last-words.ts';
import type { InstanceView } from '../../protocol/machine-view.ts';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import { text } from '../text.ts';

/** What the kernel that ended last left: its console's last lines, and of each core the stack and the registers. */
export function LastWordsOf(props: { readonly machine: ConnectedMachine; readonly instance: InstanceView }) {
  const { machine, instance } = props;
  const [words, setWords] = useState<LastWords | null | undefined>(undefined);
  useEffect(() => {
    let shown = true;
    void machine.lastWords(instance).then((found) => {
      if (shown) setWords(found);
    });
    return () => {
      shown = false;
    };
  }, [machine, instance]);
  if (words === undefined) return <p className="dialog-text">{text.lastWords.reading}</p>;
  if (words === null) return <p className="dialog-text">{text.lastWords.none}</p>;
  return (
    <div className="last-words">
      <p className="dialog-text">{text.lastWords.ended(words.bootId, words.reason)}</p>
      <h3>{text.lastWords.console}</h3>
      <pre
        className="create-lines last-console"
        tabIndex={0}
        role="region"
        aria-label={text.lastWords.console}
        ref={(node) => node?.scrollTo({ top: node.scrollHeight })}
      >
        {words.consoleTail.trimEnd()}
      </pre>
      {words.harts.map((hart) => (
        <HartOf key={hart.hart} words={hart} />
      ))}
    </div>
  );
}

function HartOf(props: { readonly words: HartWords }) {
  const { hart, pc, registers, stack, stackFrom } = props.words;
  return (
    <>
      <h3>{text.core.name(hart)}</h3>
      <ol className="call-list" aria-label={text.lastWords.stackOf(hart)}>
        <Place at={pc} label={text.lastWords.pc} />
        {stack.map((at, index) => (
          <Place key={index} at={at} />
        ))}
      </ol>
      {stack.length > 0 && <p className="dialog-note">{text.lastWords[stackFrom]}</p>}
      <details>
        <summary>{text.lastWords.registers}</summary>
        <dl className="register-list">
          {registers.map(({ name, value }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value.slice(2)}</dd>
            </div>
          ))}
        </dl>
      </details>
    </>
  );
}

function Place(props: { readonly at: CodeAddress; readonly label?: string }) {
  const { at, label } = props;
  return (
    <li>
      <span className="place-address">{at.address.slice(2)}</span> {at.symbol ?? text.lastWords.noName}
      {label !== undefined && <span className="place-label"> {label}</span>}
    </li>
  );
}
