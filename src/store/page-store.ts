/** What the person at the page has chosen: theme, the column shown on a phone, what was dismissed. No machine state. */
import { create } from 'zustand';
import { remember, remembered } from './browser-storage.ts';
import type { ColumnId } from './core-moves.ts';

export const THEMES = ['system', 'dark', 'light'] as const;
export type Theme = (typeof THEMES)[number];

/** Names in the browser's storage; index.html reads the first before anything is painted. */
const THEME_KEY = 'archipelago-theme';
const COACH_KEY = 'archipelago-coach-seen';

/** What the drawer at the right shows. */
export type DrawerState = 'closed' | 'inspector' | 'demonstration';

interface PageState {
  readonly theme: Theme;
  /** The one column shown where there is no room for more; null until there is one to choose. */
  readonly column: ColumnId | null;
  readonly coachSeen: boolean;
  readonly drawer: DrawerState;
  readonly setDrawer: (drawer: DrawerState) => void;
  readonly setTheme: (theme: Theme) => void;
  readonly showColumn: (column: ColumnId) => void;
  readonly dismissCoach: () => void;
}

function applyTheme(theme: Theme): void {
  document.documentElement.dataset['theme'] = theme;
}

export const usePage = create<PageState>()((set) => ({
  theme: THEMES.find((theme) => theme === remembered(THEME_KEY)) ?? 'system',
  column: null,
  coachSeen: remembered(COACH_KEY) === '1',
  drawer: 'closed',
  setDrawer(drawer) {
    set({ drawer });
  },
  setTheme(theme) {
    remember(THEME_KEY, theme);
    applyTheme(theme);
    set({ theme });
  },
  showColumn(column) {
    set({ column });
  },
  dismissCoach() {
    remember(COACH_KEY, '1');
    set({ coachSeen: true });
  },
}));
