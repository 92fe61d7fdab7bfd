/** Several kerf lines that belong together: carried out wholly, or not at all. */
import type { KerfReply } from '../protocol/machine-view.ts';
import type { ConnectedMachine } from './connected-machine.ts';

/** A line, and the lines that undo the steps before it. */
export interface KerfStep {
  readonly line: string;
  readonly undo: readonly string[];
}

export interface RequestRefusal {
  /** The line that was refused. */
  readonly line: string;
  readonly error: NonNullable<KerfReply['error']>;
}

/** Who watches the steps, and may give them up. */
export interface Progress {
  /** A line begins. */
  at(line: string): void;
  /** Looked at between two lines: true undoes those that were carried out. */
  isCancelled(): boolean;
}

/**
 * Carries the steps out. When a line is refused, what the lines before it did is undone, so that the same request can be
 * sent again with a change. Null: done, or given up, or the machine's services are gone, which is reported elsewhere.
 */
export async function carryOut(
  machine: Pick<ConnectedMachine, 'kerf'>,
  steps: readonly KerfStep[],
  progress?: Progress,
): Promise<RequestRefusal | null> {
  for (const { line, undo } of steps) {
    if (progress?.isCancelled()) {
      for (const undoing of undo) await machine.kerf(undoing);
      return null;
    }
    progress?.at(line);
    const reply = await machine.kerf(line);
    if (reply === undefined) return null;
    if (!reply.error) continue;
    for (const undoing of undo) await machine.kerf(undoing);
    return { line, error: reply.error };
  }
  return null;
}
