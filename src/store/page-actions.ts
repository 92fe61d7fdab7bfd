/** What replaces the machine on the page; made where the page is put together (main.tsx). */
import type { Scenario } from '../protocol/scenario.ts';
import type { LaunchOptions } from './launch.ts';

/** What whoever opens a scenario may have to do with its machine. */
export type Following = Pick<LaunchOptions, 'runner' | 'fileAddress' | 'follow'>;

export interface PageActions {
  /** Makes the machine of the scenario that is open anew. */
  readonly reset: () => void;
  /**
   * Opens a scenario, or the one at an address relative to the page; resolves when its setup is over, good or bad. False:
   * another was opened before.
   */
  readonly open: (scenario: Scenario | string, following?: Following) => Promise<boolean>;
  /** Opens the machine of a link: its fragment. */
  readonly openLink: (fragment: string) => Promise<void>;
}
