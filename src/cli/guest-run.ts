/** What the long runs on a guest of ours have in common: how much, the seed, and the guest's image. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { wholeNumber, type Arguments } from './arguments.ts';
import { complain, EXIT, type Context } from './command.ts';

export interface GuestRun {
  /** What the command's own option says, or what it is without. */
  readonly amount: number;
  /** Drawn when it was not given. */
  readonly seed: number;
  readonly image: Uint8Array<ArrayBuffer>;
}

export interface GuestRunRules {
  /** The option that says how much; a whole number from 1 to `most`. */
  readonly option: string;
  readonly most: number;
  readonly fallback: number;
  /** In the public folder. */
  readonly image: string;
}

export const seedOption = (of: string) => ({ value: 'N', summary: `seed of ${of} (drawn, and printed)` });

/** What was asked for, or the exit status with which the command ends, when it has been said why. */
export async function readGuestRun(
  args: Arguments,
  context: Context,
  rules: GuestRunRules,
): Promise<GuestRun | number> {
  const amount = wholeNumber(args, rules.option, 1, rules.most);
  const seed = wholeNumber(args, 'seed', 0, 2 ** 32 - 1);
  if (!amount.ok) return complain(context, amount.error);
  if (!seed.ok) return complain(context, seed.error);
  const path = join(context.publicFolder, rules.image);
  const image = await readFile(path).catch((error: unknown) => error as Error);
  if (image instanceof Error) {
    context.complain(`${path} cannot be read: ${image.message}`);
    return EXIT.FAILED;
  }
  return {
    amount: amount.value ?? rules.fallback,
    seed: seed.value ?? Math.floor(Math.random() * 2 ** 32),
    image,
  };
}
