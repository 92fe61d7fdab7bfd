import { lazy, Suspense, useState } from 'react';
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import { enterPresent } from '../../store/present-store.ts';
import { announce } from '../kit/announcer.tsx';
import { saveFile } from '../kit/save-file.ts';
import { PHONE, useMedia } from '../kit/use-media.ts';
import { lessonText } from '../lesson-text.ts';
import { settingsText } from '../settings-text.ts';
import { text } from '../text.ts';
import { toggleLesson } from './drawer-actions.ts';

const SettingsDialog = lazy(() =>
  import('./settings-dialog.tsx').then((module) => ({ default: module.SettingsDialog })),
);

/** What is asked for seldom: the trace as a file for the Perfetto viewer, with a line that says what is in it; settings. */
export function MoreMenu(props: { readonly machine: ConnectedMachine | null; readonly onKeys: () => void }) {
  const { machine } = props;
  // A phone's bar has no room for what is shown to an audience.
  const phone = useMedia(PHONE);
  const [settings, setSettings] = useState<'unasked' | 'open' | 'closed'>('unasked');
  const [note, setNote] = useState<{ readonly serial: number; readonly words: string } | null>(null);

  const exportTrace = async (of: ConnectedMachine): Promise<void> => {
    const trace = await of.exportTrace();
    if (!trace) return;
    saveFile(trace.json, text.trace.file, 'application/json');
    const words = text.trace.exported(trace.records, trace.lost);
    setNote({ serial: of.serial, words });
    announce(words);
  };

  return (
    <div className="more-menu">
      {note && note.serial === machine?.serial && (
        <p className="trace-note" data-testid="trace-note">
          {note.words}
        </p>
      )}
      <MenuTrigger>
        <Button className="icon-button" aria-label={text.bar.more} data-testid="more-menu">
          ⋯
        </Button>
        <Popover className="popover" placement="bottom end">
          <Menu className="menu" aria-label={text.bar.more}>
            {phone && (
              <MenuItem className="menu-item" id="lessons" onAction={toggleLesson}>
                {lessonText.button}
              </MenuItem>
            )}
            {phone && (
              <MenuItem className="menu-item" id="present" onAction={enterPresent}>
                {text.scene.present.button}
              </MenuItem>
            )}
            {phone && (
              <MenuItem className="menu-item" id="keys" onAction={props.onKeys}>
                {text.bar.keys}
              </MenuItem>
            )}
            <MenuItem
              className="menu-item"
              id="export"
              data-testid="export-trace"
              isDisabled={!machine}
              onAction={() => {
                if (machine) void exportTrace(machine);
              }}
            >
              {text.trace.export}
            </MenuItem>
            <MenuItem className="menu-item" id="settings" onAction={() => setSettings('open')}>
              {settingsText.open} …
            </MenuItem>
          </Menu>
        </Popover>
      </MenuTrigger>
      {settings !== 'unasked' && (
        <Suspense>
          <SettingsDialog isOpen={settings === 'open'} onClose={() => setSettings('closed')} />
        </Suspense>
      )}
    </div>
  );
}
