import { Button } from 'react-aria-components';
import { choose, chooseDefaults, SETTINGS, useSettings, type Setting } from '../../store/settings.ts';
import { ModalDialog } from '../kit/modal-dialog.tsx';
import { settingsText as text } from '../settings-text.ts';

/** The settings; each choice holds at once. */
export function SettingsDialog(props: { readonly isOpen: boolean; readonly onClose: () => void }) {
  return (
    <ModalDialog title={text.title} testId="settings" isOpen={props.isOpen} onClose={props.onClose}>
      <p className="dialog-note">{text.kept}</p>
      <form className="settings" onSubmit={(event) => event.preventDefault()}>
        {(Object.keys(SETTINGS) as Setting[]).map((setting) => (
          <Choice key={setting} setting={setting} />
        ))}
      </form>
      <div className="dialog-end">
        <Button className="button" onPress={chooseDefaults} data-testid="settings-defaults">
          {text.defaults}
        </Button>
        <Button className="button primary" onPress={props.onClose} autoFocus>
          {text.close}
        </Button>
      </div>
    </ModalDialog>
  );
}

function Choice(props: { readonly setting: Setting }) {
  const { setting } = props;
  const chosen = useSettings((state) => state[setting]);
  const words: Record<string, string> = text.values[setting];
  const about: Partial<Record<Setting, string>> = text.about;
  return (
    <fieldset aria-describedby={about[setting] && `about-${setting}`}>
      <legend>{text.names[setting]}</legend>
      {SETTINGS[setting].map((value) => (
        <label key={value} className="check">
          <input
            type="radio"
            name={setting}
            value={value}
            checked={value === chosen}
            onChange={() => choose(setting, value)}
          />
          {words[value]}
        </label>
      ))}
      {about[setting] && (
        <p className="dialog-note" id={`about-${setting}`}>
          {about[setting]}
        </p>
      )}
    </fieldset>
  );
}
