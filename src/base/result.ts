/** Why a request was refused: a stable code for tests and tools, a sentence for people, and what to do. */
export interface Refusal {
  /** Stable kebab-case name of the rule, for example `hart-not-free`. */
  readonly code: string;
  /** Who, what, and the present state, in one sentence. */
  readonly reason: string;
  /** What the user can do about it. */
  readonly hint: string;
}

/** The outcome of a request that may be refused. Bugs throw instead (see `assert`). */
export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Refusal };

export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function refuse(code: string, reason: string, hint: string): { ok: false; error: Refusal } {
  return { ok: false, error: { code, reason, hint } };
}
