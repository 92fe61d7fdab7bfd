/**
 * Numbers of the interpreter's handlers. A decoded instruction names a handler; both generated functions dispatch on
 * it. One base instruction has several: a handler knows the length of its instruction and whether its jump stays in the
 * page, so that neither is computed while running. And some handlers do two instructions, one behind the other, with one dispatch.
 */
import { assert } from '../base/assert.ts';
import type { BaseInstruction } from '../isa/instruction.ts';
import { ILLEGAL } from '../isa/privileged.ts';
import { BASE_ROWS, ROWS } from '../isa/table.ts';

/** One instruction of a handler. */
export interface Step {
  readonly row: BaseInstruction;
  readonly length: 2 | 4;
  /** For instructions with a pc-relative target: it is in the same page. */
  readonly near: boolean;
}

export interface Handler extends Step {
  readonly number: number;
  /** The instruction behind, which this handler does too. */
  readonly then?: Step;
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

function variants(row: BaseInstruction): Step[] {
  const lengths: (2 | 4)[] = compressible.has(row.mnemonic) || row === ILLEGAL ? [4, 2] : [4];
  const reaches = row.format.imm?.relative ? [true, false] : [false];
  return lengths.flatMap((length) => reaches.map((near) => ({ row, length, near })));
}

/**
 * Which instructions are done together, most worth it by counts of executed pairs in compiled programs: arithmetic for
 * addresses and its access, loads and stores in a row, and the last step before a branch.
 */
const ACCESSES = ['lw', 'ld', 'lbu', 'sb', 'sw', 'sd'];
const BRANCHES = ['beq', 'bne', 'bltu'];
const PAIRS: Readonly<Record<string, readonly string[]>> = {
  addi: ['addi', 'add', ...BRANCHES, 'sd', 'jal', 'jalr'],
  addiw: ['bne', 'and', 'slli', 'addw'],
  add: ['add', 'addi', ...ACCESSES, 'bne', 'bltu'],
  addw: ['bne', 'bltu'],
  mulw: ['addw', 'addiw'],
  slli: ['add', 'srli'],
  srli: ['add', 'slli'],
  slliw: ['xor'],
  srliw: ['xor'],
  xor: ['slliw', 'srliw', 'addiw'],
  andi: ['beq', 'bne'],
  lw: ['lw', 'addi', 'add', 'bgeu'],
  ld: ['ld', 'addi'],
  lbu: ['bne', 'beq'],
  sb: ['addi', 'addiw'],
  sw: ['addi'],
  sd: ['sd'],
};

const steps = [...BASE_ROWS, ILLEGAL].flatMap(variants);
const stepsOf = (mnemonic: string): Step[] => steps.filter(({ row }) => row.mnemonic === mnemonic);
const pairs = Object.entries(PAIRS).flatMap(([first, seconds]) =>
  stepsOf(first).flatMap((step) =>
    // A jump out of the page is rare, and dispatched by itself.
    seconds
      .flatMap(stepsOf)
      .filter(({ row, near }) => near || !row.format.imm?.relative)
      .map((then) => ({ ...step, then })),
  ),
);

/** All handlers of instructions. */
export const HANDLERS: readonly Handler[] = [...steps, ...pairs].map((handler, i) => ({
  ...handler,
  number: i + SPECIAL,
}));
/** Numbers are below this. */
export const HANDLER_COUNT = SPECIAL + HANDLERS.length;

const variantIndex = (length: 2 | 4, near: boolean): number => (length === 2 ? 1 : 0) + (near ? 2 : 0);
const singleNumbers = new Map<BaseInstruction, number[]>();
/** Numbers of handlers for two, by first × HANDLER_COUNT + second. */
const pairNumbers = new Map<number, number>();
for (const { row, length, near, then, number } of HANDLERS) {
  if (then) {
    const first = handlerNumber(row, length, near);
    const second = handlerNumber(then.row, then.length, then.near);
    pairNumbers.set(first * HANDLER_COUNT + second, number);
  } else {
    const entry = singleNumbers.get(row) ?? [];
    entry[variantIndex(length, near)] = number;
    singleNumbers.set(row, entry);
  }
}

/** The handler for an instruction by itself. */
export function handlerNumber(row: BaseInstruction, length: 2 | 4, near: boolean): number {
  const number = singleNumbers.get(row)?.[variantIndex(length, near)];
  assert(number !== undefined, `no handler for ${row.mnemonic} of ${length} bytes`);
  return number;
}

/** The handler that does two instructions in a row, by their own handlers' numbers; undefined when there is none. */
export function pairNumber(first: number, second: number): number | undefined {
  return pairNumbers.get(first * HANDLER_COUNT + second);
}
