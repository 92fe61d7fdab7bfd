/** What a command comes to: text for the terminal, or a refusal. */
import type { Refusal, Result } from '../base/result.ts';

/** A refusal because of a file, not of the machine's state: kerf exits with 3 instead of 1. */
export interface FileRefusal {
  readonly ok: false;
  readonly error: Refusal;
  readonly exitCode: 3;
}

export type Outcome = Result<string> | FileRefusal;

export const refuseFile = (error: Refusal): FileRefusal => ({ ok: false, error, exitCode: 3 });
