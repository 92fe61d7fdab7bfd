/** Words of the settings. */
import type { Settings, Setting } from '../store/settings.ts';

export const settingsText = {
  open: 'Settings',
  title: 'Settings',
  kept: 'Kept by this browser, for this page alone.',
  names: {
    theme: 'Theme',
    motion: 'Motion',
    consoleType: 'Console type',
    lastMachine: 'Last machine',
  } satisfies Record<Setting, string>,
  values: {
    theme: { system: 'Follow system', dark: 'Dark', light: 'Light' },
    motion: { system: 'Follow system', reduced: 'Reduced' },
    consoleType: { fit: 'Fits the column', large: 'Large', larger: 'Larger' },
    lastMachine: { offered: 'Offer it at the next visit', forgotten: 'Forget it' },
  } satisfies { readonly [S in Setting]: Record<Settings[S], string> },
  about: {
    motion: 'Reduced: messages are counted on their wires and do not fly, and nothing slides.',
    consoleType: 'A kernel’s own lines have at most 56 characters; larger type breaks them.',
    lastMachine: 'A machine that you changed by hand.',
  } satisfies Partial<Record<Setting, string>>,
  defaults: 'Defaults',
  close: 'Close',
};
