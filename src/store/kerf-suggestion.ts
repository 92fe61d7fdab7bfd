import type { MachineView } from '../protocol/machine-view.ts';

/** A line that would do something on the machine as it is, without the leading word: what the empty prompt shows. */
export function kerfSuggestion(view: MachineView): string {
  const free = view.harts.find((hart) => hart.owner === null && hart.noWorker === undefined)?.id;
  const last = view.instances.at(-1);
  if (free === undefined) return 'show';
  if (!last) return `create alpha --cpus ${free} --memory 16M`;
  const running = view.instances.findLast(({ state }) => state === 'active');
  return `update ${(running ?? last).name} --cpus +${free}`;
}
