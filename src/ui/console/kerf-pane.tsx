import { useEffect, useRef, useState, type KeyboardEvent, type RefObject } from 'react';
import type { MachineView } from '../../protocol/machine-view.ts';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import { kerfSuggestion } from '../../store/kerf-suggestion.ts';
import { useMachine, type KerfEntry } from '../../store/machine-store.ts';
import { useColumnAttributes } from '../board/column.tsx';
import { RefusalText } from '../kit/refusal-text.tsx';
import { text } from '../text.ts';
import { useCopyHistory } from './copy-history.tsx';

/** The line without the leading word that the prompt shows already. */
const bare = (line: string): string => line.replace(/^kerf\s+/, '');

function Entry(props: { readonly entry: KerfEntry }) {
  const { reply } = props.entry;
  return (
    <li className="kerf-entry" data-exit={reply.exitCode}>
      {reply.line !== '' && (
        <p className="kerf-line">
          {reply.from !== undefined && <span className="kerf-from">{text.kerf.from(reply.from)}</span>}
          <span aria-hidden="true">$ </span>
          {text.kerf.title} {bare(reply.line)}
        </p>
      )}
      {reply.output !== '' && <pre className="kerf-output">{reply.output}</pre>}
      {reply.error && (
        <div className="kerf-error">
          <RefusalText error={reply.error} />
        </div>
      )}
    </li>
  );
}

/** Pixels from its end at which a list still counts as being there: sizes are rounded. */
const AT_END = 4;

/** Keeps the end of a list in sight when its height changes, unless somebody has scrolled back to read. */
function useStaysAtEnd(list: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const node = list.current;
    if (!node) return;
    let atEnd = true;
    let height = node.clientHeight;
    const onScroll = (): void => {
      // What a change of height scrolled is nobody's wish, and is heard of when the height may be another again.
      if (node.clientHeight !== height) return;
      atEnd = node.scrollHeight - node.clientHeight - node.scrollTop <= AT_END;
    };
    const observer = new ResizeObserver(() => {
      height = node.clientHeight;
      if (atEnd) node.scrollTop = node.scrollHeight;
    });
    node.addEventListener('scroll', onScroll);
    observer.observe(node);
    return () => {
      node.removeEventListener('scroll', onScroll);
      observer.disconnect();
    };
  }, [list]);
}

/** The operator's command line, in the column of the free cores: every change of the partition is printed here. */
export function KerfPane(props: { readonly view: MachineView; readonly machine: ConnectedMachine }) {
  const attributes = useColumnAttributes(props.view, 'free');
  const log = useMachine((state) => state.kerfLog);
  const history = useCopyHistory(props.machine, log);
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [log]);
  useStaysAtEnd(list);
  return (
    <section className="console-pane kerf-pane" aria-label={text.kerf.label} {...attributes}>
      <header className="console-head">
        <span className="console-title">{text.kerf.title}</span>
        <span className="console-about" title={text.kerf.aboutLong}>
          {text.kerf.about}
        </span>
        {history.button}
      </header>
      {history.note}
      <div
        className="kerf-log"
        ref={list}
        role="log"
        aria-label={text.kerf.log}
        tabIndex={0}
        data-testid="kerf-log"
      >
        {log.length === 0 && <p className="kerf-empty">{text.kerf.empty}</p>}
        <ol>
          {log.map((entry) => (
            <Entry key={entry.key} entry={entry} />
          ))}
        </ol>
      </div>
      <KerfInput machine={props.machine} log={log} suggestion={kerfSuggestion(props.view)} />
    </section>
  );
}

function KerfInput(props: {
  readonly machine: ConnectedMachine;
  readonly log: readonly KerfEntry[];
  readonly suggestion: string;
}) {
  const [line, setLine] = useState('');
  /** How far back in the history the arrow keys are; 0 is the line being typed. */
  const [back, setBack] = useState(0);
  /** Lines that are being carried out: the machine takes them in their order, so that nobody has to wait to go on typing. */
  const [running, setRunning] = useState(0);

  const recall = (steps: number): void => {
    const lines = props.log.map((entry) => bare(entry.reply.line)).filter((each) => each !== '');
    const history = [...new Set(lines.reverse())];
    const next = Math.max(0, Math.min(history.length, back + steps));
    setBack(next);
    setLine(next === 0 ? '' : (history[next - 1] ?? ''));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowUp') recall(1);
    else if (event.key === 'ArrowDown') recall(-1);
    else return;
    event.preventDefault();
  };

  return (
    <form
      className="kerf-prompt"
      onSubmit={(event) => {
        event.preventDefault();
        if (line.trim() === '') return;
        setRunning((lines) => lines + 1);
        setLine('');
        setBack(0);
        void props.machine.kerf(`kerf ${bare(line.trim())}`).finally(() => setRunning((lines) => lines - 1));
      }}
    >
      <label htmlFor="kerf-input">{text.kerf.title}</label>
      <input
        id="kerf-input"
        data-testid="kerf-input"
        value={line}
        onChange={(event) => setLine(event.target.value)}
        onKeyDown={onKeyDown}
        placeholder={running > 0 ? text.kerf.running : props.suggestion}
        aria-label={text.kerf.label}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        enterKeyHint="go"
      />
    </form>
  );
}
