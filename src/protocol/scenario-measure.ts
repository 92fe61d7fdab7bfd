/** What a scenario can measure. What a value can be held to is in scenario-check.ts. */
import { z } from 'zod';
import { RAM_BASE } from './layout.ts';
import { CHECKS, measureName, needs, type Checks, type Needs } from './scenario-check.ts';
import { isReservedName } from './scenario-references.ts';
import {
  duration,
  kernelName,
  objectError,
  oneOf,
  onlyKey,
  regularExpression,
  text,
  under,
  wholeNumber,
} from './scenario-values.ts';
import { STATUS_WORD_NAMES } from './status-words.ts';

const statusWord = oneOf(...STATUS_WORD_NAMES);

/** Of one kernel, or of several: their sum, read at one time. */
const kernels = z
  .union(
    [kernelName, z.array(kernelName).min(1)],
    'must be text, the name of a kernel, or a list of such names',
  )
  .transform((names): readonly string[] => (typeof names === 'string' ? [names] : names));

/** A count of kernels: as it stands, or with `over` how fast it grows per second of machine time from now on. */
const countOfKernel = (kind: string) =>
  z.strictObject(
    { kernel: kernels, over: duration.optional() },
    { error: objectError(kind, 'kernel, over') },
  );

/** The kinds of measure: the key that says it, what stands under it. */
const QUANTITIES = {
  /** Doorbells that the firmware counted from one kernel to another since their channel was made. */
  doorbells: z.strictObject(
    { from: kernelName, to: kernelName },
    { error: objectError('doorbells', 'from, to') },
  ),
  /** Those among them that came too fast and had to wait. */
  'doorbells-held': z.strictObject(
    { from: kernelName, to: kernelName },
    { error: objectError('doorbells-held', 'from, to') },
  ),
  /** A word of the status block of a kernel's present boot. */
  status: z.strictObject(
    { kernel: kernels, word: statusWord },
    { error: objectError('status', 'kernel, word') },
  ),
  /** How fast such a word grows, per second of machine time, over the next `over`. */
  rate: z.strictObject(
    { kernel: kernels, word: statusWord, over: duration },
    { error: objectError('rate', 'kernel, word, over') },
  ),
  /** SBI calls of a kernel since its exec. */
  'firmware-entries': countOfKernel('firmware-entries'),
  /** Accesses of a kernel that the gate refused since its exec. */
  'gate-faults': countOfKernel('gate-faults'),
  /** Instructions that the harts of a kernel have retired since the machine was made, whoever had them before. */
  instructions: countOfKernel('instructions'),
  /**
   * SHA-256 of a kernel's private memory, or of `size` bytes of it from the guest-physical address `base`, taken with
   * the machine paused.
   */
  'memory-hash': z
    .strictObject(
      {
        kernel: kernelName,
        base: wholeNumber(RAM_BASE, 2 ** 53 - 1).optional(),
        size: wholeNumber(1, 2 ** 32).optional(),
      },
      { error: objectError('memory-hash', 'kernel, base, size') },
    )
    .refine(({ base, size }) => (base === undefined) === (size === undefined), {
      message: 'needs both base and size, or neither',
    }),
  /** Bytes that differ between two snapshots of a kernel's private memory. */
  'bytes-changed': z.strictObject(
    { from: text('the name of a snapshot'), to: text('the name of a snapshot') },
    { error: objectError('bytes-changed', 'from, to') },
  ),
  /** Milliseconds of machine time since the machine was made. */
  elapsed: z.literal(true, 'must be true'),
  /** Records of the trace since the machine was made that are not in it: overwritten in a ring, or older than what is kept. */
  lost: z.literal(true, 'must be true'),
  /** The number that the first group of a pattern captures on a console, after the previous match. */
  captured: z.strictObject(
    {
      console: kernelName,
      pattern: regularExpression,
      within: duration.optional(),
      unit: text('the unit of the number').optional(),
    },
    { error: objectError('captured', 'console, pattern, within, unit') },
  ),
  /** The number that the first group of a pattern captures in the answer to the latest kerf step. */
  answer: z.strictObject(
    { pattern: regularExpression, unit: text('the unit of the number').optional() },
    { error: objectError('answer', 'pattern, unit') },
  ),
  /**
   * How much later than asked the host itself wakes a thread that sleeps `sleep`, `times` times: the 99th percentile in
   * nanoseconds. What a guest's own latency is to be read against.
   */
  'host-wakeup': z.strictObject(
    { sleep: duration, times: wholeNumber(1, 10_000) },
    { error: objectError('host-wakeup', 'sleep, times') },
  ),
  /** Of the values of a measure inside a `repeat`, after it. */
  'median-of': measureName,
  'max-of': measureName,
  'sum-of': measureName,
  /** One value divided by another. */
  ratio: z.strictObject({ of: measureName, to: measureName }, { error: objectError('ratio', 'of, to') }),
  /** One value less another. */
  difference: z.strictObject(
    { of: measureName, from: measureName },
    { error: objectError('difference', 'of, from') },
  ),
} as const;
type QuantityKind = keyof typeof QUANTITIES;
const QUANTITY_KINDS = Object.keys(QUANTITIES) as QuantityKind[];
export type Quantity = {
  [K in QuantityKind]: { kind: K; of: z.output<(typeof QUANTITIES)[K]> };
}[QuantityKind];

export interface Measure {
  readonly name: string;
  readonly quantity: Quantity;
  /** The number to which the measure of the same name, without this mark, is to be compared. */
  readonly control: boolean;
  readonly needs: Needs | null;
  readonly checks: Checks;
}

const label = text('what to call the measured value').refine(
  (name) => !isReservedName(name),
  'begins with "control of ", which is how the control of a number is referred to; give it the name of the number ' +
    'and control: true',
);

/** Of a mapping with a name, one quantity, and checks. */
export const measureSchema = z
  .record(z.string(), z.unknown(), 'must be a mapping with name and what to measure')
  .transform((value, context): Measure => {
    const kind = onlyKey(value, QUANTITY_KINDS, 'a measure', context);
    if (kind === null) return z.NEVER;
    const { [kind]: of, ...rest } = value;
    const own = { name: label, control: z.boolean('must be true or false').default(false) };
    const labels = z.strictObject(
      { ...own, needs: needs.optional(), ...CHECKS },
      {
        error: objectError(
          'a measure',
          ['name', kind, 'control', 'needs', ...Object.keys(CHECKS)].join(', '),
        ),
      },
    );
    const read = under(labels, rest, [], context);
    const { name, control, needs: needed, ...checks } = read;
    // Kind and value belong together by construction, which a type indexed by a variable cannot say.
    const quantity = { kind, of: under<unknown>(QUANTITIES[kind], of, [kind], context) } as Quantity;
    return { name, quantity, control, needs: needed ?? null, checks };
  });
