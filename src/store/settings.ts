/** What the person at the page prefers, kept from visit to visit by the browser. */
import { create } from 'zustand';
import { remember, remembered } from './browser-storage.ts';

export interface Settings {
  readonly theme: 'system' | 'dark' | 'light';
  readonly motion: 'system' | 'reduced';
  /** Size of the terminals' type: `fit` shows a guest's lines whole. */
  readonly consoleType: 'fit' | 'large' | 'larger';
  /** Whether the machine that somebody changed by hand is offered at the next visit. */
  readonly lastMachine: 'offered' | 'forgotten';
}
export type Setting = keyof Settings;
export type Theme = Settings['theme'];

/** What each can be; the first is what it is until somebody chooses. */
export const SETTINGS: { readonly [S in Setting]: readonly [Settings[S], ...Settings[S][]] } = {
  theme: ['system', 'dark', 'light'],
  motion: ['system', 'reduced'],
  consoleType: ['fit', 'large', 'larger'],
  lastMachine: ['offered', 'forgotten'],
};

/** Names in the browser's storage; index.html reads that of the theme before anything is painted. */
const KEYS: Record<Setting, string> = {
  theme: 'archipelago-theme',
  motion: 'archipelago-motion',
  consoleType: 'archipelago-console-type',
  lastMachine: 'archipelago-keep-machine',
};

/** The browser may have kept anything, from another version too. */
function kept<S extends Setting>(setting: S): Settings[S] {
  const values = SETTINGS[setting];
  const stored = remembered(KEYS[setting]);
  return values.find((value) => value === stored) ?? values[0];
}

export const useSettings = create<Settings>()(() => ({
  theme: kept('theme'),
  motion: kept('motion'),
  consoleType: kept('consoleType'),
  lastMachine: kept('lastMachine'),
}));

export function choose<S extends Setting>(setting: S, value: Settings[S]): void {
  remember(KEYS[setting], value === SETTINGS[setting][0] ? null : value);
  useSettings.setState({ [setting]: value });
}

/** Everything as on the first visit. */
export function chooseDefaults(): void {
  for (const setting of Object.keys(KEYS) as Setting[]) choose(setting, SETTINGS[setting][0]);
}

const stillness = (): MediaQueryList => matchMedia('(prefers-reduced-motion: reduce)');

/** Whether nothing moves but what must: chosen here, or in the system. */
export const isStill = (): boolean => useSettings.getState().motion === 'reduced' || stillness().matches;

/** Calls back whenever `isStill` may have changed; what is returned ends that. */
export function onStill(changed: () => void): () => void {
  const system = stillness();
  system.addEventListener('change', changed);
  const unsubscribe = useSettings.subscribe(changed);
  return () => {
    system.removeEventListener('change', changed);
    unsubscribe();
  };
}

/** Tells the style sheets, now and whenever it changes. For the life of the page. */
export function applySettings(): void {
  const { dataset } = document.documentElement;
  const motion = (): void => {
    if (isStill()) dataset['still'] = '';
    else delete dataset['still'];
  };
  motion();
  onStill(motion);
  useSettings.subscribe(({ theme }, before) => {
    if (theme !== before.theme) dataset['theme'] = theme;
  });
}
