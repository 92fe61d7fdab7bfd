/** What a command of the headless runner is: a row in the table of main.ts. */
import type { Refusal } from '../base/result.ts';
import type { HartWorkerFactory } from '../session/hart-workers.ts';
import type { Arguments, OptionTable } from './arguments.ts';

/** Exit statuses of the headless runner. `boot` gives the guest's instead. */
export const EXIT = { HELD: 0, FAILED: 1, USAGE: 2, TIMEOUT: 42 } as const;

/** What a command works with: the terminal, the workers, the files. */
export interface Context {
  readonly workers: HartWorkerFactory;
  /** The folder of scenarios and guest images. */
  readonly publicFolder: string;
  /** Builds the page when its sources are newer, and gives the folder it is in. */
  readonly builtPage: () => Promise<string>;
  /** Writes a line to standard output. */
  say(line: string): void;
  /** Writes a line to standard error. */
  complain(line: string): void;
}

export interface Command {
  readonly usage: string;
  readonly summary: string;
  readonly operands: readonly string[];
  readonly options: OptionTable;
  /** Gives the exit status. */
  run(args: Arguments, context: Context): Promise<number>;
}

/** Says why a command line was refused, and gives the exit status for that. */
export function complain(context: Context, refusal: Refusal): number {
  context.complain(refusal.reason);
  context.complain(refusal.hint);
  return EXIT.USAGE;
}
