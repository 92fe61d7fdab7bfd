/**
 * Numbers of the interpreter's handlers. A decoded instruction names a handler; both generated functions dispatch on
 * it. One base instruction has several: a handler knows the length of its instruction and whether its jump stays in the
 * page, so that neither is computed while running.
 */
import { assert } from '../base/assert.ts';
import type { BaseInstruction } from '../isa/instruction.ts';
import { ILLEGAL } from '../isa/privileged.ts';
import { BASE_ROWS, ROWS } from '../isa/table.ts';

export interface Handler {
  readonly row: BaseInstruction;
  readonly length: 2 | 4;
  /** For instructions with a pc-relative target: it is in the same page. */
  readonly near: boolean;
}

/** The entry was not decoded yet. Must be 0: cleared memory. */
export const HANDLER_UNDECODED = 0;
/** Behind the last entry of a page. */
export const HANDLER_PAGE_END = 1;
/** A 32-bit instruction whose second half is in the next page. */
export const HANDLER_CROSSING = 2;
const SPECIAL = 3;

/** Base instructions that some 16-bit encoding expands to. */
const compressible = new Set(ROWS.flatMap((row) => ('expandsTo' in row ? [row.expandsTo] : [])));

function variants(row: BaseInstruction): Handler[] {
  const lengths: (2 | 4)[] = compressible.has(row.mnemonic) || row === ILLEGAL ? [4, 2] : [4];
  const reaches = row.format.imm?.relative ? [true, false] : [false];
  return lengths.flatMap((length) => reaches.map((near) => ({ row, length, near })));
}

/** Handlers by number − SPECIAL. */
const list: readonly Handler[] = [...BASE_ROWS, ILLEGAL].flatMap(variants);

/** All numbered handlers of instructions. */
export const HANDLERS: readonly (Handler & { readonly number: number })[] = list.map((handler, i) => ({
  ...handler,
  number: i + SPECIAL,
}));
/** Numbers are below this. */
export const HANDLER_COUNT = SPECIAL + list.length;

const variantIndex = (length: 2 | 4, near: boolean): number => (length === 2 ? 1 : 0) + (near ? 2 : 0);
const numbers = new Map<BaseInstruction, number[]>();
for (const { row, length, near, number } of HANDLERS) {
  const entry = numbers.get(row) ?? [];
  entry[variantIndex(length, near)] = number;
  numbers.set(row, entry);
}

export function handlerNumber(row: BaseInstruction, length: 2 | 4, near: boolean): number {
  const number = numbers.get(row)?.[variantIndex(length, near)];
  assert(number !== undefined, `no handler for ${row.mnemonic} of ${length} bytes`);
  return number;
}
