/** The symbol table of an ELF64 file (System V ABI, "Symbol Table"): a value by its name, and a function by an address. */
import { ok, refuse, type Result } from '../../base/result.ts';

const SHT_SYMTAB = 2;
/** Offsets and sizes in the header, a section header and a symbol. */
const HEADER = { SECTIONS: 0x28, SECTION_SIZE: 0x3a, SECTION_COUNT: 0x3c, SIZE: 0x40 };
const SECTION = { TYPE: 0x04, OFFSET: 0x18, SIZE: 0x20, LINK: 0x28 };
const SYMBOL = { NAME: 0x00, INFO: 0x04, VALUE: 0x08, LENGTH: 0x10, SIZE: 24 };
const STT_FUNC = 2;

interface Symbol {
  /** Offset of its name in the file. */
  readonly name: number;
  readonly isFunction: boolean;
  readonly value: bigint;
  /** Bytes; 0: not told. */
  readonly length: bigint;
}

/** Value of the symbol. Refused: `not-elf`, `no-symbol`. */
export function symbolValue(file: Uint8Array, name: string): Result<bigint> {
  const symbols = symbolsOf(file);
  if (!symbols.ok) return symbols;
  const symbol = symbols.value.find((each) => stringAt(file, each.name) === name);
  if (symbol) return ok(symbol.value);
  return refuse('no-symbol', `no symbol ${name}`, 'link the file with its symbol table');
}

/**
 * In which function an address lies, as `function+0x1c`; null: in none. `behindCall`: it is a return address, and belongs
 * to the function that calls, of which the call may be the last instruction.
 */
export type FunctionNames = (address: bigint, behindCall: boolean) => string | null;

export interface FunctionTable {
  readonly nameOf: FunctionNames;
  /** First address of the function that an address lies in; null: in none. */
  readonly startOf: (address: bigint) => bigint | null;
  /** First address of the function of that name; null: there is none. */
  readonly addressOf: (name: string) => bigint | null;
}

/** Refused: `not-elf`. */
export function functionTable(file: Uint8Array): Result<FunctionTable> {
  const symbols = symbolsOf(file);
  if (!symbols.ok) return symbols;
  const functions = symbols.value
    .filter((symbol) => symbol.isFunction)
    .sort((one, other) => (one.value < other.value ? -1 : 1));
  const functionAt = (inside: bigint): Symbol | null => {
    const found = functions.findLast(({ value }) => value <= inside);
    // Functions of assembly have no length: they reach up to the next one.
    if (!found || (found.length !== 0n && inside - found.value >= found.length)) return null;
    return found;
  };
  return ok({
    nameOf: (address, behindCall) => {
      const found = functionAt(behindCall ? address - 1n : address);
      if (!found) return null;
      const offset = address - found.value;
      return `${stringAt(file, found.name)}${offset === 0n ? '' : `+0x${offset.toString(16)}`}`;
    },
    startOf: (address) => functionAt(address)?.value ?? null,
    addressOf: (name) => functions.find((each) => stringAt(file, each.name) === name)?.value ?? null,
  });
}

/** Refused: `not-elf`. */
export function functionNames(file: Uint8Array): Result<FunctionNames> {
  const table = functionTable(file);
  return table.ok ? ok(table.value.nameOf) : table;
}

/** All symbols of the first table; none when the file was stripped. */
function symbolsOf(file: Uint8Array): Result<Symbol[]> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < HEADER.SIZE || view.getUint32(0) !== 0x7f454c46 || view.getUint8(4) !== 2) {
    return refuse('not-elf', 'not an ELF64 file', 'give the linked test, not its dump');
  }
  try {
    return ok(readSymbols(view));
  } catch (error) {
    // Offsets that lead out of the file.
    if (!(error instanceof RangeError)) throw error;
    return refuse('not-elf', 'the section headers lead out of the file', 'the file may be truncated');
  }
}

function readSymbols(view: DataView): Symbol[] {
  const sections = Number(view.getBigUint64(HEADER.SECTIONS, true));
  const sectionSize = view.getUint16(HEADER.SECTION_SIZE, true);
  const count = view.getUint16(HEADER.SECTION_COUNT, true);
  const offset = (section: number): number => Number(view.getBigUint64(section + SECTION.OFFSET, true));
  for (let i = 0; i < count; i++) {
    const table = sections + i * sectionSize;
    if (view.getUint32(table + SECTION.TYPE, true) !== SHT_SYMTAB) continue;
    const names = offset(sections + view.getUint32(table + SECTION.LINK, true) * sectionSize);
    const end = offset(table) + Number(view.getBigUint64(table + SECTION.SIZE, true));
    const symbols: Symbol[] = [];
    for (let at = offset(table); at < end; at += SYMBOL.SIZE) {
      symbols.push({
        name: names + view.getUint32(at + SYMBOL.NAME, true),
        isFunction: (view.getUint8(at + SYMBOL.INFO) & 15) === STT_FUNC,
        value: view.getBigUint64(at + SYMBOL.VALUE, true),
        length: view.getBigUint64(at + SYMBOL.LENGTH, true),
      });
    }
    return symbols;
  }
  return [];
}

function stringAt(file: Uint8Array, at: number): string {
  const end = file.indexOf(0, at);
  return new TextDecoder().decode(file.subarray(at, end < 0 ? file.length : end));
}
