/**
 * A small assembler: two passes over text in the manner of GNU as, enough for tests and small programs. All rows of the
 * table by their mnemonics (c.* only when written so; nothing is compressed or relaxed by itself), the usual
 * pseudo-instructions, labels and local labels, and a few directives.
 */
import { csrNumber } from './csr-names.ts';
import { decode } from './decode.ts';
import { ORDERINGS } from './disassemble.ts';
import { encode } from './encode.ts';
import { evaluate, type Resolve } from './expression.ts';
import type { Fields, Operand } from './formats.ts';
import type { Instruction } from './instruction.ts';
import { expandPseudo, loadImmediate } from './pseudo.ts';
import { registerNumber } from './registers.ts';
import { findRow } from './table.ts';

export interface Program {
  /** Address of the first byte. */
  readonly base: bigint;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Addresses of labels, and values of .equ. */
  readonly symbols: ReadonlyMap<string, bigint>;
}

/** A piece of the program: `size` bytes at `address`, whose contents are made when all symbols are known. */
interface Item {
  readonly line: number;
  readonly address: bigint;
  readonly size: number;
  readonly write: (into: DataView, resolve: Resolve) => void;
}

const NOP = 0x13;
const C_NOP = 0x0001;

/** Assembles `text` for the address `base`. Throws with the line's number and text on a mistake in it. */
export function assemble(text: string, { base }: { readonly base: bigint }): Program {
  const assembly = new Assembly(base);
  text.split('\n').forEach((source, index) => {
    const line = stripComment(source);
    attempt(index + 1, line, () => {
      for (const statement of splitOutsideQuotes(line, ';')) assembly.statement(statement, index + 1);
    });
  });
  return assembly.finish(text);
}

function attempt(number: number, line: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`line ${number}: ${reason} in '${line.trim()}'`, { cause: error });
  }
}

class Assembly {
  private readonly base: bigint;
  private address: bigint;
  private readonly items: Item[] = [];
  private readonly symbols = new Map<string, bigint>();
  /** Addresses of the local labels 0 … 9, in order. */
  private readonly locals = new Map<string, bigint[]>();

  constructor(base: bigint) {
    this.base = base;
    this.address = base;
  }

  statement(source: string, line: number): void {
    let text = source.trim();
    for (let label = /^([.$\w]+):\s*/.exec(text); label; label = /^([.$\w]+):\s*/.exec(text)) {
      this.label(label[1] ?? '');
      text = text.slice(label[0].length);
    }
    if (text === '') return;
    const [, mnemonic = '', rest = ''] = /^(\S+)\s*(.*)$/.exec(text) ?? [];
    const operands = splitOutsideQuotes(rest, ',')
      .map((operand) => operand.trim())
      .filter((operand) => operand !== '');
    if (mnemonic.startsWith('.')) this.directive(mnemonic, operands, line);
    else this.instruction(mnemonic.toLowerCase(), operands, line);
  }

  finish(text: string): Program {
    const lines = text.split('\n');
    const bytes = new Uint8Array(Number(this.address - this.base));
    for (const { line, address, size, write } of this.items) {
      const into = new DataView(bytes.buffer, Number(address - this.base), size);
      attempt(line, lines[line - 1] ?? '', () => write(into, this.resolver(address)));
    }
    return { base: this.base, bytes, symbols: this.symbols };
  }

  private label(name: string): void {
    if (/^\d$/.test(name)) {
      this.locals.set(name, [...(this.locals.get(name) ?? []), this.address]);
      return;
    }
    this.define(name, this.address);
  }

  private define(name: string, value: bigint): void {
    if (this.symbols.has(name)) throw new Error(`'${name}' is defined twice`);
    this.symbols.set(name, value);
  }

  /** Symbols as seen from an item: `.` is its address, 1b and 1f the nearest local labels. */
  private resolver(address: bigint): Resolve {
    return (name) => {
      if (name === '.') return address;
      const local = /^(\d)([fb])$/.exec(name);
      if (!local) return this.symbols.get(name);
      const places = this.locals.get(local[1] ?? '') ?? [];
      return local[2] === 'f'
        ? places.find((place) => place > address)
        : places.findLast((place) => place <= address);
    };
  }

  private now(text: string | undefined): bigint {
    if (text === undefined) throw new Error('an operand is missing');
    return evaluate(text, this.resolver(this.address));
  }

  private add(line: number, size: number, write: Item['write']): void {
    this.items.push({ line, address: this.address, size, write });
    this.address += BigInt(size);
  }

  private directive(name: string, operands: readonly string[], line: number): void {
    const data: Readonly<Record<string, 1 | 2 | 4 | 8>> = {
      '.byte': 1,
      '.half': 2,
      '.word': 4,
      '.dword': 8,
      '.quad': 8,
    };
    const width = data[name];
    if (width !== undefined) {
      for (const operand of operands) {
        this.add(line, width, (into, resolve) => writeInteger(into, width, evaluate(operand, resolve)));
      }
      return;
    }
    switch (name) {
      case '.align':
      case '.p2align':
        this.align(Number(1n << this.now(operands[0])), line);
        return;
      case '.balign':
        this.align(Number(this.now(operands[0])), line);
        return;
      case '.org':
        this.zero(Number(this.now(operands[0]) - (this.address - this.base)), line);
        return;
      case '.zero':
      case '.space':
        this.zero(Number(this.now(operands[0])), line);
        return;
      case '.ascii':
      case '.asciz':
      case '.string': {
        const text = operands.map((operand) => JSON.parse(operand.replaceAll('\\0', '\\u0000')) as string);
        const end = name === '.ascii' ? '' : '\0';
        this.bytes(
          Array.from(text.map((part) => part + end).join(''), (c) => c.charCodeAt(0)),
          line,
        );
        return;
      }
      case '.equ':
      case '.set':
        this.define(operands[0] ?? '', this.now(operands[1]));
        return;
      case '.text':
      case '.data':
      case '.section':
      case '.globl':
      case '.global':
      case '.option':
        // One section, all symbols visible, no options: these change nothing here.
        return;
      default:
        throw new Error(`unknown directive ${name}`);
    }
  }

  /** Pads with instructions that do nothing where the gap has room for them, so that code may run through it. */
  private align(boundary: number, line: number): void {
    let gap = Number((BigInt(boundary) - (this.address % BigInt(boundary))) % BigInt(boundary));
    if (gap % 2 === 1) {
      this.zero(1, line);
      gap--;
    }
    if (gap % 4 === 2) this.add(line, 2, (into) => into.setUint16(0, C_NOP, true));
    for (let i = 0; i < gap >> 2; i++) this.add(line, 4, (into) => into.setUint32(0, NOP, true));
  }

  private zero(size: number, line: number): void {
    if (size < 0) throw new Error(`the place is ${-size} bytes behind`);
    this.add(line, size, () => {});
  }

  private bytes(values: readonly number[], line: number): void {
    this.add(line, values.length, (into) => values.forEach((value, i) => into.setUint8(i, value)));
  }

  private instruction(name: string, operands: readonly string[], line: number): void {
    if (name === 'li' && operands.length === 2) {
      const [rd = '', value] = operands;
      for (const text of loadImmediate(rd, this.now(value))) this.statement(text, line);
      return;
    }
    const [first = '', second = ''] = operands;
    switch (name) {
      case 'la':
      case 'lla':
        this.pcRelative(first, 'addi', first, second, line);
        return;
      case 'call':
        this.pcRelative('ra', 'jalr', 'ra', first, line);
        return;
      case 'tail':
        this.pcRelative('t1', 'jalr', 'zero', first, line);
        return;
    }
    const expansion = expandPseudo(name, operands);
    if (expansion) {
      for (const text of expansion) this.statement(text, line);
      return;
    }
    const { row, ordering } = parseMnemonic(name);
    this.add(line, row.format.length, (into, resolve) => {
      const address = this.base + BigInt(into.byteOffset);
      const word = encodeText(row, ordering, operands, address, resolve);
      if (row.format.length === 2) into.setUint16(0, word, true);
      else into.setUint32(0, word, true);
    });
  }

  /** auipc scratch, high; then `second` (addi or jalr) with the low 12 bits. */
  private pcRelative(
    scratch: string,
    second: 'addi' | 'jalr',
    rd: string,
    target: string,
    line: number,
  ): void {
    this.add(line, 8, (into, resolve) => {
      const address = this.base + BigInt(into.byteOffset);
      const distance = evaluate(target, resolve) - address;
      const low = BigInt.asIntN(12, distance);
      const high = (distance - low) >> 12n;
      if (high !== BigInt.asIntN(20, high)) throw new Error('the target is too far');
      const put = (at: number, name: string, operands: readonly string[]): void => {
        const { row } = parseMnemonic(name);
        into.setUint32(at, encodeText(row, 0, operands, address, resolve), true);
      };
      put(0, 'auipc', [scratch, String(BigInt.asUintN(20, high))]);
      if (second === 'addi') put(4, 'addi', [rd, scratch, String(low)]);
      else put(4, 'jalr', [rd, `${low}(${scratch})`]);
    });
  }
}

function parseMnemonic(name: string): { row: Instruction; ordering: number } {
  const plain = findRow(name);
  if (plain) return { row: plain, ordering: 0 };
  const ordering = ORDERINGS.findIndex((suffix) => suffix !== '' && name.endsWith(suffix));
  const row = ordering > 0 ? findRow(name.slice(0, -(ORDERINGS[ordering] ?? '').length)) : undefined;
  if (!row?.format.ordering) throw new Error(`unknown instruction ${name}`);
  return { row, ordering };
}

function encodeText(
  row: Instruction,
  ordering: number,
  operands: readonly string[],
  address: bigint,
  resolve: Resolve,
): number {
  const { format } = row;
  const pattern = format.operands.flatMap((operand) => (operand === 'sets' ? [operand, operand] : [operand]));
  if (operands.length !== pattern.length) {
    throw new Error(`${row.mnemonic} takes ${pattern.length} operands, not ${operands.length}`);
  }
  const fixed = (field: 'rd' | 'rs1' | 'rs2'): number =>
    format[field].kind === 'fixed' ? format[field].register : 0;
  const fields: Fields = { rd: fixed('rd'), rs1: fixed('rs1'), rs2: fixed('rs2'), imm: 0, csr: 0, ordering };
  pattern.forEach((operand, i) => readOperand(fields, operand, operands[i] ?? '', address, resolve));
  // Formats that modify a register in place name it once.
  for (const field of ['rs1', 'rd'] as const) {
    const other = field === 'rs1' ? 'rd' : 'rs1';
    const place = format[field];
    const twin = format[other];
    if (place.kind !== 'fixed' && twin.kind === place.kind && twin.at === place.at) {
      if (!format.operands.includes(field)) fields[field] = fields[other];
    }
  }
  const word = encode(row, fields);
  if (word === undefined || decode(word).row !== row) throw new Error('an operand is out of range');
  return word;
}

function readOperand(
  fields: Fields,
  operand: Operand,
  text: string,
  address: bigint,
  resolve: Resolve,
): void {
  const number = (source: string): number => {
    const value = evaluate(source, resolve);
    if (value < -0x8000_0000n || value > 0xffff_ffffn) throw new Error(`${source} is out of range`);
    return Number(value) | 0;
  };
  switch (operand) {
    case 'rd':
    case 'rs1':
    case 'rs2':
      fields[operand] = register(text);
      return;
    case 'sp':
      if (register(text) !== 2) throw new Error('the operand must be sp');
      return;
    case 'imm':
      fields.imm = number(text);
      return;
    case 'upper': {
      const value = number(text);
      if (value < -0x8_0000 || value > 0xf_ffff) throw new Error(`${text} is out of range`);
      fields.imm = value << 12;
      return;
    }
    case 'target':
      fields.imm = Number(BigInt.asIntN(64, evaluate(text, resolve) - address));
      return;
    case 'imm(rs1)':
    case '(rs1)':
    case 'imm(sp)': {
      const [, offset = '', base = ''] = /^(.*)\(([^()]+)\)$/.exec(text) ?? [];
      const value = offset.trim() === '' ? 0 : number(offset);
      if (operand === '(rs1)' && value !== 0) throw new Error('an offset cannot be encoded');
      fields.rs1 = register(base.trim());
      fields.imm = value;
      return;
    }
    case 'csr':
      fields.csr = csrNumber(text) ?? number(text);
      if (fields.csr < 0 || fields.csr > 0xfff) throw new Error(`there is no CSR ${text}`);
      return;
    case 'sets': {
      const bits = text === '0' ? 0 : Array.from(text).reduce((set, letter) => set | setBit(letter), 0);
      fields.imm = (fields.imm << 4) | bits;
      return;
    }
  }
}

function setBit(letter: string): number {
  const index = 'iorw'.indexOf(letter);
  if (index < 0) throw new Error(`'${letter}' is none of i, o, r, w`);
  return 8 >> index;
}

function register(name: string): number {
  const number = registerNumber(name);
  if (number === undefined) throw new Error(`'${name}' is no register`);
  return number;
}

function writeInteger(into: DataView, width: 1 | 2 | 4 | 8, value: bigint): void {
  for (let i = 0; i < width; i++) into.setUint8(i, Number((value >> BigInt(8 * i)) & 0xffn));
}

/** The line up to `#` or `//` outside quotes. */
function stripComment(line: string): string {
  return /^(?:[^"'#/]|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])'|\/(?!\/))*/.exec(line)?.[0] ?? '';
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = [];
  let current = '';
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i);
    if (c === '\\' && quote !== '') {
      current += c + text.charAt(++i);
      continue;
    }
    if (quote !== '' ? c === quote : c === '"' || c === "'") quote = quote === '' ? c : '';
    if (c === separator && quote === '') {
      parts.push(current);
      current = '';
    } else {
      current += c;
    }
  }
  parts.push(current);
  return parts;
}
