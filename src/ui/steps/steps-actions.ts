/** What the buttons and keys of steps do. */
import type { StopAt } from '../../protocol/stop.ts';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import { useMachine } from '../../store/machine-store.ts';
import { runUntil } from '../../store/steps-store.ts';
import { announce } from '../kit/announcer.tsx';
import { stopSentence } from './stop-words.ts';

export const STEPS: readonly StopAt[] = ['instruction', 'function'];
export const STOPS: readonly StopAt[] = ['message', 'ipi', 'owner'];

/** Steps, and says where the machine stands then. */
export async function step(machine: ConnectedMachine, at: StopAt): Promise<void> {
  const report = await runUntil(machine, at);
  const { view } = useMachine.getState();
  if (report && view && report.why !== 'resumed') announce(stopSentence(view, report));
}
