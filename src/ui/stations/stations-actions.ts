/** What opens and closes the stations, from wherever on the page. */
import type { MessageQuery } from '../../protocol/stations.ts';
import { leaveStations, useStations, walkMessage } from '../../store/stations-store.ts';

/** What had the focus when the walk began, and gets it back. */
let opener: Element | null = null;

/** Walks the message of a query; false: there is none. */
export async function openStations(query: MessageQuery): Promise<boolean> {
  const walking = useStations.getState().message !== null;
  const focused = document.activeElement;
  const found = await walkMessage(query);
  if (found && !walking) opener = focused;
  return found;
}

export function closeStations(): void {
  leaveStations();
  const back = opener;
  opener = null;
  // What was in the timeline comes back with it, as another node.
  if (back instanceof HTMLElement && back.isConnected) back.focus();
}
