/** What an ended kernel leaves: kept when its books are closed, told with the names of its functions when asked for. */
import type { LastWords, CodeAddress } from '../protocol/last-words.ts';
import { remainsOf, type HartRemains } from '../machine/hart-remains.ts';
import type { ControllerContext } from './controller-context.ts';
import { functionsOf } from './image-functions.ts';
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
  const functions = await functionsOf(remains.file, (name) => context.env.readFile(name));
  const place = (address: bigint, behindCall: boolean): CodeAddress => ({
    address: hex(address),
    symbol: functions?.nameOf(address, behindCall) ?? null,
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
