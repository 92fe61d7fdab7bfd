/** What an ended kernel leaves: kept when its books are closed, told with the names of its functions when asked for. */
import type { LastWords, CodeAddress } from '../protocol/last-words.ts';
import { remainsOf, type HartRemains } from '../machine/hart-remains.ts';
import { looksLikeElf } from '../machine/loaders/elf.ts';
import { functionNames, type FunctionNames } from '../machine/loaders/elf-symbols.ts';
import type { ControllerContext } from './controller-context.ts';
import type { Instance } from './instances.ts';

/** Of the last boot that ended. */
export interface Remains {
  readonly bootId: number;
  readonly reason: string;
  /** Name of its image. */
  readonly file: string | null;
  readonly harts: readonly HartRemains[];
}

/** Every hart of the instance is STOPPED, and its memory is as the kernel left it: the next exec clears it. */
export function keepRemains(context: ControllerContext, instance: Instance, reason: string): void {
  const harts = context.hartsOf(instance);
  context.remains.set(instance, {
    bootId: instance.bootId,
    reason,
    file: instance.kernel?.file ?? null,
    harts: harts.map((hart) => remainsOf(context.memory, context.gate, instance.id, hart)),
  });
}

/** Null: no kernel of the instance has ended. */
export async function lastWordsOf(
  context: ControllerContext,
  instance: Instance,
): Promise<Omit<LastWords, 'consoleTail'> | null> {
  const remains = context.remains.get(instance);
  if (!remains) return null;
  const nameOf = await symbolsBeside(context, remains.file);
  const place = (address: bigint, behindCall: boolean): CodeAddress => ({
    address: hex(address),
    symbol: nameOf(address, behindCall),
  });
  return {
    instance: instance.id,
    bootId: remains.bootId,
    reason: remains.reason,
    harts: remains.harts.map(({ hart, pc, registers, calls }) => ({
      hart,
      pc: place(pc, false),
      registers: registers.map(({ name, value }) => ({ name, value: hex(value) })),
      stack: calls.calls.map((address) => place(address, true)),
      stackFrom: calls.from,
    })),
  };
}

const hex = (value: bigint): string => `0x${BigInt.asUintN(64, value).toString(16).padStart(16, '0')}`;

/** Names from the image itself when it is an ELF, else from the ELF of the same name beside it. */
async function symbolsBeside(context: ControllerContext, file: string | null): Promise<FunctionNames> {
  const none = (): null => null;
  if (file === null) return none;
  // What cannot be read has no names to give: the addresses are told without.
  const bytesOf = async (name: string): Promise<Uint8Array | null> => {
    const content = await context.env.readFile(name);
    return content instanceof Uint8Array ? content : null;
  };
  const image = await bytesOf(file);
  const linked =
    image !== null && looksLikeElf(image) ? image : await bytesOf(file.replace(/\.[^./]*$/, '.elf'));
  if (linked === null) return none;
  const names = functionNames(linked);
  return names.ok ? names.value : none;
}
