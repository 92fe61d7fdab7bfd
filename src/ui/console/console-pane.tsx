import { useEffect, useId, useRef, useState } from 'react';
import { Button, ToggleButton } from 'react-aria-components';
import '@xterm/xterm/css/xterm.css';
import type { InstanceView, MachineView } from '../../protocol/machine-view.ts';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import { kernelLook } from '../../store/kernel-look.ts';
import { usePresent } from '../../store/present-store.ts';
import { useSettings } from '../../store/settings.ts';
import { litKernel, useStations } from '../../store/stations-store.ts';
import { useColumnAttributes } from '../board/column.tsx';
import { CloseIcon, CopyIcon, SaveIcon, SearchIcon, SpeechIcon } from '../kit/icons.tsx';
import { announce } from '../kit/announcer.tsx';
import { copyText } from '../kit/copy-text.ts';
import { useMedia } from '../kit/use-media.ts';
import { consoleText } from '../console-text.ts';
import { text } from '../text.ts';
import { registerFocus } from './console-focus.ts';
import { registerConsole } from './console-texts.ts';
import { KernelTerminal } from './terminal.ts';
import type { WayOutHint } from './way-out.ts';

function saveText(name: string, content: string): void {
  const address = URL.createObjectURL(new Blob([content, '\n'], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = `${name}-console.txt`;
  link.click();
  URL.revokeObjectURL(address);
}

/** The console of one kernel: what it prints, and a keyboard to it. */
export function ConsolePane(props: {
  readonly view: MachineView;
  readonly instance: InstanceView;
  readonly machine: ConnectedMachine;
}) {
  const { view, instance, machine } = props;
  const { id, name } = instance;
  const attributes = useColumnAttributes(view, id);
  const host = useRef<HTMLDivElement>(null);
  const terminal = useRef<KernelTerminal>(null);
  const [searching, setSearching] = useState(false);
  const [spoken, setSpoken] = useState(false);
  const [wayOut, setWayOut] = useState<WayOutHint>('none');
  const about = useId();
  const lit = useStations((state) => litKernel(state) === id);
  const { theme, consoleType } = useSettings();
  const systemDark = useMedia('(prefers-color-scheme: dark)');

  useEffect(() => {
    if (!host.current) return;
    const made = new KernelTerminal({
      host: host.current,
      name,
      feed: machine.feed(id),
      onTyped: (typed) => machine.type(id, typed),
      onSearch: () => setSearching(true),
      describedBy: about,
      onWayOut: (hint) => {
        setWayOut(hint);
        if (hint !== 'none') announce(consoleText.leaveHint[hint]);
      },
    });
    terminal.current = made;
    const forget = registerConsole(name, () => made.text());
    const forgetFocus = registerFocus(name, () => made.terminal.focus());
    return () => {
      forget();
      forgetFocus();
      terminal.current = null;
      made.dispose();
    };
  }, [machine, id, name, about]);
  const presenting = usePresent((state) => state.presenting);
  useEffect(() => terminal.current?.restyle(), [theme, consoleType, systemDark, presenting]);
  useEffect(() => terminal.current?.setScreenReader(spoken), [spoken]);

  const copy = (): void => {
    const content = terminal.current?.terminal.getSelection() || terminal.current?.text() || '';
    void copyText(content).then((done) => announce(done ? text.console.copied : text.console.notCopied));
  };

  return (
    <section
      className="console-pane"
      aria-label={text.console.label(name)}
      data-testid={`console-${name}`}
      data-lit={lit || undefined}
      {...attributes}
    >
      <header className="console-head">
        <span className="console-title">
          {kernelLook(id).letter} {name}
        </span>
        <span id={about} hidden>
          {consoleText.leaveAbout}
        </span>
        {wayOut !== 'none' && (
          <span className="console-way-out" aria-hidden="true" data-testid={`way-out-${name}`}>
            {consoleText.leaveHint[wayOut]}
          </span>
        )}
        <ToggleButton
          className="icon-button"
          aria-label={text.console.screenReader}
          isSelected={spoken}
          onChange={setSpoken}
        >
          <SpeechIcon />
        </ToggleButton>
        <Button
          className="icon-button"
          aria-label={text.console.search}
          onPress={() => setSearching(!searching)}
        >
          <SearchIcon />
        </Button>
        <Button className="icon-button" aria-label={text.console.copy} onPress={copy}>
          <CopyIcon />
        </Button>
        <Button
          className="icon-button"
          aria-label={text.console.save}
          onPress={() => saveText(name, terminal.current?.text() ?? '')}
        >
          <SaveIcon />
        </Button>
      </header>
      {searching && <SearchBar name={name} terminal={terminal} close={() => setSearching(false)} />}
      <div className="terminal-host" ref={host} />
    </section>
  );
}

function SearchBar(props: {
  readonly name: string;
  readonly terminal: { readonly current: KernelTerminal | null };
  readonly close: () => void;
}) {
  const [found, setFound] = useState(true);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const find = async (term: string, back: boolean, incremental: boolean): Promise<void> => {
    const search = await props.terminal.current?.search();
    // Another letter was typed while the search was on its way.
    if (!search || (incremental && field.current?.value !== term)) return;
    if (term === '') search.clearDecorations();
    setFound(term === '' || (back ? search.findPrevious(term) : search.findNext(term, { incremental })));
  };
  const close = (): void => {
    props.close();
    props.terminal.current?.terminal.focus();
  };
  return (
    <div className="console-search" role="search">
      <input
        ref={field}
        aria-label={text.console.searchIn(props.name)}
        onChange={(event) => void find(event.target.value, false, true)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') void find(event.currentTarget.value, event.shiftKey, false);
          if (event.key === 'Escape') close();
        }}
      />
      <span role="status">{found ? '' : text.console.none}</span>
      <Button className="icon-button" aria-label={text.keys.close} onPress={close}>
        <CloseIcon />
      </Button>
    </div>
  );
}
