import { useEffect } from 'react';
import type { StopAt } from '../../protocol/stop.ts';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import { useSteps } from '../../store/steps-store.ts';
import { takesKeys } from '../kit/takes-keys.ts';
import { STEP_KEYS } from '../steps-text.ts';
import { step } from './steps-actions.ts';

const AT: ReadonlyMap<string, StopAt> = new Map(
  (Object.keys(STEP_KEYS) as StopAt[]).map((at) => [STEP_KEYS[at].toLowerCase(), at]),
);

/** The keys of steps, while the machine is paused; text.keys.rows lists them. */
export function useStepKeys(machine: ConnectedMachine | null, paused: boolean): void {
  useEffect(() => {
    if (!machine || !paused) return;
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || takesKeys(event.target))
        return;
      const at = AT.get(event.key.toLowerCase());
      if (at === undefined) return;
      event.preventDefault();
      // A key that is held down asks again when the last step is over.
      if (useSteps.getState().pending === null) void step(machine, at);
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [machine, paused]);
}
