/** Says once of each hart that its worker could not be started: what needs that hart waits in vain or is refused. */
import type { ServicesApi } from '../protocol/services-api.ts';

export async function noticeWorkerless(
  services: Pick<ServicesApi, 'onView'>,
  say: (line: string) => void,
): Promise<void> {
  const told = new Set<number>();
  await services.onView(({ harts }) => {
    for (const { id, noWorker } of harts) {
      if (noWorker === undefined || told.has(id)) continue;
      told.add(id);
      say(`hart ${id} has no worker and does not run: ${noWorker.split('\n', 1)[0] ?? ''}`);
    }
  });
}
