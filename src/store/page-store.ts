/** What the page shows of itself: the drawer, the column shown on a phone, what was dismissed. No machine state. */
import { create } from 'zustand';
import { remember, remembered } from './browser-storage.ts';
import type { ColumnId } from './core-moves.ts';

const COACH_KEY = 'archipelago-coach-seen';

/** What the drawer at the right shows. */
export type DrawerState = 'closed' | 'lesson' | 'inspector' | 'demonstration';

interface PageState {
  /** The one column shown where there is no room for more; null until there is one to choose. */
  readonly column: ColumnId | null;
  readonly coachSeen: boolean;
  readonly drawer: DrawerState;
  readonly setDrawer: (drawer: DrawerState) => void;
  readonly showColumn: (column: ColumnId) => void;
  readonly dismissCoach: () => void;
}

export const usePage = create<PageState>()((set) => ({
  column: null,
  coachSeen: remembered(COACH_KEY) === '1',
  drawer: 'closed',
  setDrawer(drawer) {
    set({ drawer });
  },
  showColumn(column) {
    set({ column });
  },
  dismissCoach() {
    remember(COACH_KEY, '1');
    set({ coachSeen: true });
  },
}));
