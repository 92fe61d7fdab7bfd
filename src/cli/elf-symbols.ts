/** Finds a symbol in the table of an ELF64 file (System V ABI, "Symbol Table"). */
import { ok, refuse, type Result } from '../base/result.ts';

const SHT_SYMTAB = 2;
/** Offsets and sizes in the header, a section header and a symbol. */
const HEADER = { SECTIONS: 0x28, SECTION_SIZE: 0x3a, SECTION_COUNT: 0x3c, SIZE: 0x40 };
const SECTION = { TYPE: 0x04, OFFSET: 0x18, SIZE: 0x20, LINK: 0x28 };
const SYMBOL = { NAME: 0x00, VALUE: 0x08, SIZE: 24 };

/** Value of the symbol. Refused: `not-elf`, `no-symbol`. */
export function symbolValue(file: Uint8Array, name: string): Result<number> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < HEADER.SIZE || view.getUint32(0) !== 0x7f454c46 || view.getUint8(4) !== 2) {
    return refuse('not-elf', 'not an ELF64 file', 'give the linked test, not its dump');
  }
  try {
    const value = find(file, view, name);
    if (value !== null) return ok(value);
  } catch (error) {
    // Offsets that lead out of the file.
    if (!(error instanceof RangeError)) throw error;
    return refuse('not-elf', 'the section headers lead out of the file', 'the file may be truncated');
  }
  return refuse('no-symbol', `no symbol ${name}`, 'link the file with its symbol table');
}

function find(file: Uint8Array, view: DataView, name: string): number | null {
  const sections = Number(view.getBigUint64(HEADER.SECTIONS, true));
  const sectionSize = view.getUint16(HEADER.SECTION_SIZE, true);
  const count = view.getUint16(HEADER.SECTION_COUNT, true);
  const offset = (section: number): number => Number(view.getBigUint64(section + SECTION.OFFSET, true));
  for (let i = 0; i < count; i++) {
    const table = sections + i * sectionSize;
    if (view.getUint32(table + SECTION.TYPE, true) !== SHT_SYMTAB) continue;
    const names = offset(sections + view.getUint32(table + SECTION.LINK, true) * sectionSize);
    const end = offset(table) + Number(view.getBigUint64(table + SECTION.SIZE, true));
    for (let symbol = offset(table); symbol < end; symbol += SYMBOL.SIZE) {
      const at = names + view.getUint32(symbol + SYMBOL.NAME, true);
      if (stringAt(file, at) === name) return Number(view.getBigUint64(symbol + SYMBOL.VALUE, true));
    }
  }
  return null;
}

function stringAt(file: Uint8Array, at: number): string {
  const end = file.indexOf(0, at);
  return new TextDecoder().decode(file.subarray(at, end < 0 ? file.length : end));
}
