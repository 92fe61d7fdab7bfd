/**
 * The machine of the last visit: kept as its link when somebody has changed it by hand, offered at the next visit, and
 * opened only when that is asked for. What is in a link is in share-link.ts; it is checked like anybody's.
 */
import { create } from 'zustand';
import { remember, remembered } from './browser-storage.ts';
import { useMachine } from './machine-store.ts';
import { useSettings } from './settings.ts';

const KEY = 'archipelago-last-machine';
/** Milliseconds without a change before the machine is kept: making a link takes some. */
const QUIET = 500;

interface LastMachine {
  /** `#v1=…` */
  readonly fragment: string;
  /** Names of its kernels. */
  readonly kernels: readonly string[];
}

interface LastMachineState {
  /** What is offered; null: nothing, or it was answered. */
  readonly offer: LastMachine | null;
}

export const useLastMachine = create<LastMachineState>()(() => ({ offer: null }));

/** Offers the machine of the last visit, if there is one. */
export function offerLastMachine(): void {
  useLastMachine.setState({ offer: read(remembered(KEY)) });
}

/** It is not offered again. */
export function dismissLastMachine(): void {
  remember(KEY, null);
  useLastMachine.setState({ offer: null });
}

/** Opens what is offered, in the place of the machine. */
export async function restoreLastMachine(open: (fragment: string) => Promise<void>): Promise<void> {
  const { offer } = useLastMachine.getState();
  useLastMachine.setState({ offer: null });
  if (offer) await open(offer.fragment);
}

/** From now on the present machine is kept whenever its partition has changed by hand. For the life of the page. */
export function keepLastMachine(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  useMachine.subscribe(({ view, settled, machine }, before) => {
    if (view === before.view || !settled || machine === null || machine.history.empty) return;
    if (useSettings.getState().lastMachine === 'forgotten') return;
    clearTimeout(timer);
    timer = setTimeout(() => void keep(), QUIET);
  });
  useSettings.subscribe(({ lastMachine }) => {
    if (lastMachine === 'offered') return;
    clearTimeout(timer);
    dismissLastMachine();
  });
}

async function keep(): Promise<void> {
  const { machine, view } = useMachine.getState();
  if (machine === null || view === null) return;
  const { linkOf } = await import('./share-machine.ts');
  const link = await linkOf(machine);
  // A machine that is too large for a link is not offered again; an older one instead would be a surprise.
  const kernels = view.instances.map(({ name }) => name);
  const last = link.ok ? { fragment: new URL(link.value.address).hash, kernels } : null;
  const wanted =
    useMachine.getState().machine === machine && useSettings.getState().lastMachine === 'offered';
  if (wanted) remember(KEY, last && JSON.stringify(last));
}

/** Others may have written there. */
function read(stored: string | null): LastMachine | null {
  try {
    const { fragment, kernels } = JSON.parse(stored ?? 'null') as Partial<Record<keyof LastMachine, unknown>>;
    if (typeof fragment !== 'string' || !Array.isArray(kernels)) return null;
    return { fragment, kernels: kernels.filter((name) => typeof name === 'string') };
  } catch {
    return null;
  }
}
