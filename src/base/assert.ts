/** Throws when `condition` is false: for bugs of ours, never for bad input (that is a `Result`) or guests. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`);
}
