/** What a measured value can be held to, and on which host that means anything. */
import { z } from 'zod';
import { objectError, text, wholeNumber } from './scenario-values.ts';

/** A number, or the name of a measure taken before. */
const numberOrName = z.union(
  [z.number(), z.string().min(1)],
  'must be a number, or the name of an earlier measure',
);
export type NumberOrName = z.output<typeof numberOrName>;

/** The checks of a measure; each is optional. Those that name a measure compare with its value. */
export const CHECKS = {
  'at-least': z.number('must be a number').optional(),
  'at-most': z.number('must be a number').optional(),
  'more-than': numberOrName.optional(),
  'less-than': numberOrName.optional(),
  /** Equal, and not equal: the only checks for hashes. */
  'same-as': numberOrName.optional(),
  'differs-from': numberOrName.optional(),
  /** Between so much below and so much above; for values that are never quite the same. */
  'within-percent-of': z
    .strictObject(
      {
        of: numberOrName,
        percent: z.number('must be a number above 0').positive('must be a number above 0'),
      },
      { error: objectError('within-percent-of', 'of, percent') },
    )
    .optional(),
} as const;
export type Checks = { readonly [Check in keyof typeof CHECKS]?: z.output<(typeof CHECKS)[Check]> };

/** What the host must have for the checks to mean anything; elsewhere the value is told and not judged. */
export const needs = z
  .strictObject(
    {
      'host-cores': wholeNumber(1, 1024).optional(),
      /** Of the time in which the machine's cores ran, the least percentage in which the host really ran them. */
      'host-share': wholeNumber(1, 100).optional(),
      /** The greatest percentage of the host's cores that other programs may have used. */
      'host-others': wholeNumber(0, 100).optional(),
    },
    { error: objectError('needs', 'host-cores, host-share, host-others') },
  )
  .refine((value) => Object.values(value).some((need) => need !== undefined), {
    message: 'needs nothing: the keys are host-cores, host-share, host-others',
  });
export type Needs = z.output<typeof needs>;

export const measureName = text('the name of an earlier measure');
