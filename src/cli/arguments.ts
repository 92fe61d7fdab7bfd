/** Reads the arguments of a command: every mistake is a refusal that names it. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { ok, refuse, type Result } from '../base/result.ts';

/** What a command was called with. */
export interface Arguments {
  readonly operands: readonly string[];
  /** Value of an option, null when it was not given. */
  text(name: string): string | null;
  /** Every value of an option that may be given several times. */
  all(name: string): readonly string[];
  given(name: string): boolean;
}

interface OptionRow {
  /** What the value is, as the usage says it; null: the option is a switch. */
  readonly value: string | null;
  readonly summary: string;
  readonly multiple?: boolean;
}
export type OptionTable = Readonly<Record<string, OptionRow>>;

/** Refused as `usage`: an unknown option, a missing value, an operand too few or too many. */
export function readArguments(
  args: readonly string[],
  options: OptionTable,
  operands: readonly string[],
): Result<Arguments> {
  const config: NonNullable<ParseArgsConfig['options']> = {};
  for (const [name, row] of Object.entries(options)) {
    config[name] = { type: row.value === null ? 'boolean' : 'string', multiple: true };
  }
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({ args: [...args], options: config, allowPositionals: true });
  } catch (error) {
    return usage(error instanceof Error ? error.message : String(error));
  }
  const values = parsed.values as Record<string, (string | boolean)[] | undefined>;
  for (const [name, row] of Object.entries(options)) {
    if (row.multiple !== true && (values[name]?.length ?? 0) > 1) return usage(`--${name} is given twice`);
    if (values[name]?.includes('')) return usage(`--${name} is empty`);
  }
  const missing = operands[parsed.positionals.length];
  if (missing !== undefined) return usage(`${missing} is missing`);
  const extra = parsed.positionals[operands.length];
  if (extra !== undefined) return usage(`"${extra}" is one argument too many`);
  const all = (name: string): string[] => (values[name] ?? []).filter((value) => typeof value === 'string');
  return ok({
    operands: parsed.positionals,
    text: (name) => all(name)[0] ?? null,
    all,
    given: (name) => values[name] !== undefined,
  });
}

export const usage = (reason: string): ReturnType<typeof refuse> =>
  refuse('usage', reason, 'archipelago help prints the commands and their options');

/** A whole number from `least` to `most`, or the default when the option was not given. */
export function wholeNumber(
  args: Arguments,
  name: string,
  least: number,
  most: number,
): Result<number | null> {
  const text = args.text(name);
  if (text === null) return ok(null);
  const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  if (!(value >= least && value <= most)) {
    return usage(`--${name} ${text} is not a whole number from ${least} to ${most}`);
  }
  return ok(value);
}

/** A duration such as `60s`, `500ms` or `2m`, in milliseconds. */
export function milliseconds(args: Arguments, name: string, otherwise: number): Result<number> {
  const text = args.text(name);
  if (text === null) return ok(otherwise);
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m)$/.exec(text);
  const unit = { ms: 1, s: 1000, m: 60_000 }[match?.[2] as 'ms' | 's' | 'm'];
  const value = match === null ? NaN : Number(match[1]) * unit;
  // The longest that a timer of the host can count.
  if (!(value > 0 && value < 2 ** 31))
    return usage(`--${name} ${text} is not a duration, such as 60s or 500ms`);
  return ok(value);
}
