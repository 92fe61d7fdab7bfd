import { useState } from 'react';
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import { announce } from '../kit/announcer.tsx';
import { text } from '../text.ts';

/** How long the browser may take to begin with a file before its address is given up, in ms. */
const DOWNLOAD_MS = 60_000;

/** The trace as a file for the Perfetto viewer, and a line that says what is in it. */
export function TraceMenu(props: { readonly machine: ConnectedMachine | null }) {
  const { machine } = props;
  const [note, setNote] = useState<{ readonly serial: number; readonly words: string } | null>(null);

  const exportTrace = async (of: ConnectedMachine): Promise<void> => {
    const trace = await of.exportTrace();
    if (!trace) return;
    save(trace.json, text.trace.file);
    const words = text.trace.exported(trace.records, trace.lost);
    setNote({ serial: of.serial, words });
    announce(words);
  };

  return (
    <div className="trace-menu">
      {note && note.serial === machine?.serial && (
        <p className="trace-note" data-testid="trace-note">
          {note.words}
        </p>
      )}
      <MenuTrigger>
        <Button
          className="icon-button"
          aria-label={text.trace.menu}
          data-testid="trace-menu"
          isDisabled={!machine}
        >
          ⋯
        </Button>
        <Popover className="popover" placement="bottom end">
          <Menu
            className="menu"
            aria-label={text.trace.menu}
            onAction={() => {
              if (machine) void exportTrace(machine);
            }}
          >
            <MenuItem className="menu-item" id="export" data-testid="export-trace">
              {text.trace.export}
            </MenuItem>
          </Menu>
        </Popover>
      </MenuTrigger>
    </div>
  );
}

function save(content: string, name: string): void {
  const url = URL.createObjectURL(new Blob([content], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), DOWNLOAD_MS);
}
