/** The structure of the machine as React shows it: the last view, the kerf history, what is under way, what went wrong. */
import { create } from 'zustand';
import type { KerfReply, MachineView } from '../protocol/machine-view.ts';
import type { ConnectedMachine } from './connected-machine.ts';

/** Entries kept of the kerf history. */
const KERF_LOG_LIMIT = 300;

export interface KerfEntry {
  /** Counts up for the life of the page. */
  readonly key: number;
  readonly reply: KerfReply;
}

/** A refused gesture and where on the page it ended, in CSS pixels of the viewport; null: at the command line. */
interface Refused {
  readonly reply: KerfReply;
  readonly error: NonNullable<KerfReply['error']>;
  readonly at: { readonly x: number; readonly y: number } | null;
}

export type Trouble =
  | { readonly kind: 'start-failed'; readonly detail: string }
  | { readonly kind: 'scenario-failed'; readonly detail: string }
  | { readonly kind: 'services-lost'; readonly detail: string }
  | { readonly kind: 'bad-link'; readonly detail: string }
  | { readonly kind: 'images-differ'; readonly detail: string };

interface MachineState {
  readonly machine: ConnectedMachine | null;
  readonly view: MachineView | null;
  /** The scenario's setup has come to its end, good or bad. */
  readonly settled: boolean;
  readonly kerfLog: readonly KerfEntry[];
  /** Names of kernels with a column action under way. */
  readonly busy: readonly string[];
  readonly refused: Refused | null;
  readonly trouble: Trouble | null;
}

const INITIAL: MachineState = {
  machine: null,
  view: null,
  settled: false,
  kerfLog: [],
  busy: [],
  refused: null,
  trouble: null,
};

export const useMachine = create<MachineState>()(() => INITIAL);

/**
 * What comes of work with a machine; null, at once, when the machine is gone or goes: its services do not answer any more, and
 * what waits for them waits for ever.
 */
export function unlessGone<T>(machine: ConnectedMachine, work: () => Promise<T>): Promise<T | null> {
  if (useMachine.getState().machine !== machine) return Promise.resolve(null);
  return new Promise((resolve, reject) => {
    const forget = useMachine.subscribe((state) => {
      if (state.machine !== machine) settle(() => resolve(null));
    });
    const settle = (how: () => void): void => {
      forget();
      how();
    };
    work().then(
      (done) => settle(() => resolve(done)),
      (error: unknown) => settle(() => reject(error instanceof Error ? error : new Error(String(error)))),
    );
  });
}

let nextKey = 0;

export function logKerf(reply: KerfReply): void {
  nextKey += 1;
  const entry = { key: nextKey, reply };
  useMachine.setState((state) => ({ kerfLog: [...state.kerfLog, entry].slice(-KERF_LOG_LIMIT) }));
}

/** Something happened to the machine that no line did: it stands in the kerf history as a sentence. */
export const logNote = (output: string): void => logKerf({ line: '', exitCode: 0, output });

export function reportTrouble(trouble: Trouble): void {
  useMachine.setState({ trouble });
}

export function dismissRefusal(): void {
  useMachine.setState({ refused: null });
}

/** Forgets everything about the machine there was; the kerf history begins anew. */
export function forgetMachine(): void {
  useMachine.setState(INITIAL);
}
