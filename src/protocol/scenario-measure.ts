/** What a scenario can measure, and what a measured value can be held to. */
import { z } from 'zod';
import { STATUS } from './channel.ts';
import {
  duration,
  kernelName,
  objectError,
  oneOf,
  onlyKey,
  regularExpression,
  text,
  under,
} from './scenario-values.ts';

const STATUS_WORDS = {
  beats: STATUS.BEATS,
  late: STATUS.BEATS_LATE,
  missed: STATUS.BEATS_MISSED,
  work: STATUS.WORK,
  'metronome-count': STATUS.METRONOME_COUNT,
  'metronome-missed': STATUS.METRONOME_MISSED,
  'metronome-p50': STATUS.METRONOME_P50,
  'metronome-p99': STATUS.METRONOME_P99,
  'metronome-max': STATUS.METRONOME_MAX,
  'jitter-p50': STATUS.JITTER_P50,
  'jitter-p99': STATUS.JITTER_P99,
  'jitter-max': STATUS.JITTER_MAX,
  served: STATUS.SERVED,
  sent: STATUS.REQUESTS_SENT,
  answered: STATUS.REQUESTS_ANSWERED,
  dropped: STATUS.REQUESTS_DROPPED,
  'out-of-order': STATUS.REQUESTS_OUT_OF_ORDER,
  blackout: STATUS.REQUESTS_BLACKOUT,
} as const;
export type StatusWord = keyof typeof STATUS_WORDS;
const WORDS = Object.keys(STATUS_WORDS) as [StatusWord, ...StatusWord[]];
/** Where a word of a kernel's status block lies, from its start; units are said there (protocol/channel.ts). */
export const statusWordOffset = (word: StatusWord): number => STATUS_WORDS[word];
const statusWord = oneOf(...WORDS);

const kernelOnly = z.strictObject({ kernel: kernelName }, { error: objectError('it', 'kernel') });

/** The kinds of measure: the key that says it, what stands under it. */
const QUANTITIES = {
  /** Doorbells that the firmware counted from one kernel to another since their channel was made. */
  doorbells: z.strictObject(
    { from: kernelName, to: kernelName },
    { error: objectError('doorbells', 'from, to') },
  ),
  /** A word of the status block of a kernel's present boot. */
  status: z.strictObject(
    { kernel: kernelName, word: statusWord },
    { error: objectError('status', 'kernel, word') },
  ),
  /** How fast such a word grows, per second of machine time, over the next `over`. */
  rate: z.strictObject(
    { kernel: kernelName, word: statusWord, over: duration },
    { error: objectError('rate', 'kernel, word, over') },
  ),
  /** SBI calls of a kernel since its exec. */
  'firmware-entries': kernelOnly,
  /** Accesses of a kernel that the gate refused since its exec. */
  'gate-faults': kernelOnly,
  /** SHA-256 of a kernel's private memory, taken with the machine paused. */
  'memory-hash': kernelOnly,
  /** Milliseconds of machine time since the machine was made. */
  elapsed: z.literal(true, 'must be true'),
  /** The number that the first group of a pattern captures on a console, after the previous match. */
  captured: z.strictObject(
    { console: kernelName, pattern: regularExpression, within: duration.optional() },
    { error: objectError('captured', 'console, pattern, within') },
  ),
} as const;
type QuantityKind = keyof typeof QUANTITIES;
const QUANTITY_KINDS = Object.keys(QUANTITIES) as QuantityKind[];
export type Quantity = {
  [K in QuantityKind]: { kind: K; of: z.output<(typeof QUANTITIES)[K]> };
}[QuantityKind];

/** What a measured value must satisfy; each check is optional. */
const CHECKS = {
  'at-least': z.number('must be a number').optional(),
  'at-most': z.number('must be a number').optional(),
  /** Greater than the value measured before under that name. */
  'more-than': text('the name of an earlier measure').optional(),
  /** Equal to the value measured before under that name. */
  'same-as': text('the name of an earlier measure').optional(),
};
export type Checks = { readonly [Check in keyof typeof CHECKS]?: z.output<(typeof CHECKS)[Check]> };

export interface Measure {
  readonly name: string;
  readonly quantity: Quantity;
  readonly checks: Checks;
}

/** Of a mapping with a name, one quantity, and checks. */
export const measureSchema = z
  .record(z.string(), z.unknown(), 'must be a mapping with name and what to measure')
  .transform((value, context): Measure => {
    const kind = onlyKey(value, QUANTITY_KINDS, 'a measure', context);
    if (kind === null) return z.NEVER;
    const { [kind]: of, ...rest } = value;
    const labels = z.strictObject(
      { name: text('what to call the measured value'), ...CHECKS },
      { error: objectError('a measure', ['name', kind, ...Object.keys(CHECKS)].join(', ')) },
    );
    const { name, ...checks } = under(labels, rest, [], context);
    // Kind and value belong together by construction, which a type indexed by a variable cannot say.
    const quantity = { kind, of: under<unknown>(QUANTITIES[kind], of, [kind], context) } as Quantity;
    return { name, quantity, checks };
  });
