/** What the scenario schema is made of: values with units, and messages that say what was expected. */
import { z } from 'zod';
import { MAX_RAM } from './layout.ts';

/** Ticks of machine time (10 MHz) in a millisecond. */
const TICKS_PER_MS = 10_000;
const MEMORY_GRAIN = 2 ** 21;
const LONGEST_MS = 24 * 3600 * 1000;

/** A message for a value that is of the wrong type, or not there at all. */
const missingOr = (message: string) => ({
  error: (issue: { readonly input?: unknown }) =>
    issue.input === undefined ? `is missing: ${message}` : message,
});

/** `500ms`, `5s`, `2m` → ticks of machine time. */
export const duration = z
  .string(missingOr('must be a duration such as 500ms, 5s or 2m'))
  .transform((text, context) => {
    const match = /^(\d{1,9}(?:\.\d{1,3})?)\s*(ms|s|m)$/.exec(text.trim());
    const ms =
      match === null ? NaN : Number(match[1]) * { ms: 1, s: 1000, m: 60_000 }[match[2] as 'ms' | 's' | 'm'];
    if (!(ms > 0 && ms <= LONGEST_MS)) {
      context.addIssue(`"${text}" is not a duration above 0 and up to 24 hours, such as 500ms, 5s or 2m`);
      return z.NEVER;
    }
    return Math.round(ms * TICKS_PER_MS);
  });

/** `256M`, `1G` or a number of bytes → bytes. */
export const ramSize = z
  .union([z.string(), z.number()], 'must be a size such as 256M')
  .transform((value, context) => {
    const match = /^(\d{1,10})\s*([KMG]?)i?B?$/i.exec(String(value).trim());
    const unit = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }[
      (match?.[2] ?? '').toUpperCase() as '' | 'K' | 'M' | 'G'
    ];
    const bytes = match === null ? NaN : Number(match[1]) * unit;
    if (!(bytes > 0 && bytes <= MAX_RAM && bytes % MEMORY_GRAIN === 0)) {
      context.addIssue(
        `"${value}" is not a memory size: a multiple of 2M, up to ${MAX_RAM / 2 ** 30}G, such as 256M`,
      );
      return z.NEVER;
    }
    return bytes;
  });

export const wholeNumber = (least: number, most: number) =>
  z
    .number(`must be a whole number from ${least} to ${most}`)
    .refine(
      (value) => Number.isInteger(value) && value >= least && value <= most,
      `must be a whole number from ${least} to ${most}`,
    );

export const oneOf = <const Words extends readonly [string, ...string[]]>(...words: Words) =>
  z.enum(words, missingOr(`must be ${words.slice(0, -1).join(', ')} or ${words.at(-1)}`));

export const text = (what: string) =>
  z.string(missingOr(`must be text, ${what}`)).min(1, `is empty: must be text, ${what}`);

export const regularExpression = text('a regular expression').transform((source, context) => {
  try {
    return new RegExp(source, 'mu');
  } catch (error) {
    context.addIssue(
      `is not a regular expression: ${error instanceof Error ? error.message : String(error)}`,
    );
    return z.NEVER;
  }
});

export const kernelName = text('the name of a kernel');

/** The one of `keys` that the mapping has; an issue and null otherwise. */
export function onlyKey<Key extends string>(
  value: unknown,
  keys: readonly Key[],
  what: string,
  context: z.RefinementCtx,
): Key | null {
  const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value);
  const present = isMapping ? keys.filter((key) => Object.hasOwn(value, key)) : [];
  const [first, second] = present;
  if (first !== undefined && second === undefined) return first;
  context.addIssue(
    second === undefined
      ? `${what} must have one of the keys ${keys.join(', ')}`
      : `${what} must have only one of the keys ${present.join(' and ')}`,
  );
  return null;
}

/** Runs a schema inside a transform, with its issues in the place where the value stands. */
export function under<T>(
  schema: z.ZodType<T>,
  value: unknown,
  path: PropertyKey[],
  context: z.RefinementCtx,
): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    context.addIssue({ code: 'custom', message: issue.message, path: [...path, ...issuePath(issue)] });
  }
  return z.NEVER;
}

/** Messages for a mapping that is none, or has keys that nobody reads. */
export function objectError(what: string, keys: string): (issue: z.core.$ZodRawIssue) => string {
  return (issue) =>
    issue.code === 'unrecognized_keys'
      ? `${issue.keys.map((key) => `"${key}"`).join(', ')} is not a key of ${what}; the keys are ${keys}`
      : `${issue.input === undefined ? 'is missing: ' : ''}must be a mapping; the keys are ${keys}`;
}

/** Where an issue stands: for a key that nobody reads, at the key. */
export function issuePath(issue: z.core.$ZodIssue): PropertyKey[] {
  return issue.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : [...issue.path];
}
