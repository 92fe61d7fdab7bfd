/** Instructions as they lie in a hart's memory, as lines of assembly. */
import { decode, type Decoded, lengthOf } from '../../isa/decode.ts';
import { disassemble } from '../../isa/disassemble.ts';
import type { CodeLine } from '../../protocol/inspect.ts';
import type { FunctionTable } from '../loaders/elf-symbols.ts';
import { hex64 } from './hart-report.ts';

/** Reads the 16 bits at a virtual address; null: nothing is mapped there. */
export type ReadParcel = (address: bigint) => number | null;

/** Longest way back to the start of a function, bytes. */
const LONGEST_FUNCTION = 0x4000n;

/**
 * `count` lines from `address` on, after `before` lines of the function it lies in. Code has no marks where instructions
 * begin: what comes before is told from the function's start, and not told where none is known or the way from there
 * does not meet `address`.
 */
export function listCode(
  read: ReadParcel,
  address: bigint,
  before: number,
  count: number,
  functions: FunctionTable | null,
): CodeLine[] {
  const earlier = placesBefore(read, address, functions).slice(before === 0 ? Infinity : -before);
  const lines: CodeLine[] = [];
  let at = earlier[0] ?? address;
  let last: Place | null = null;
  while (lines.length < earlier.length + count) {
    const place = placeAt(read, at);
    lines.push(lineOf(place, last, functions));
    last = place;
    at = BigInt.asUintN(64, at + BigInt(place.decoded?.length ?? 4));
  }
  return lines;
}

function placesBefore(read: ReadParcel, address: bigint, functions: FunctionTable | null): bigint[] {
  const start = functions?.startOf(address) ?? null;
  if (start === null || address - start > LONGEST_FUNCTION) return [];
  const places: bigint[] = [];
  let at = start;
  while (at < address) {
    const parcel = read(at);
    if (parcel === null) return [];
    places.push(at);
    at += BigInt(lengthOf(parcel));
  }
  return at === address ? places : [];
}

interface Place {
  readonly at: bigint;
  readonly word: number;
  /** null: nothing can be read there. */
  readonly decoded: Decoded | null;
}

function placeAt(read: ReadParcel, at: bigint): Place {
  const first = read(at);
  const second = first !== null && lengthOf(first) === 4 ? read(at + 2n) : 0;
  if (first === null || second === null) return { at, word: 0, decoded: null };
  const word = (first | (second << 16)) >>> 0;
  return { at, word, decoded: decode(word) };
}

function lineOf({ at, word, decoded }: Place, last: Place | null, functions: FunctionTable | null): CodeLine {
  const symbol = functions?.nameOf(at, false) ?? null;
  if (decoded === null) return { address: hex64(at), code: '', text: '', symbol };
  const nameOf = (place: bigint): string | undefined => functions?.nameOf(place, false) ?? undefined;
  const text = disassemble(word, at, nameOf);
  const far = farAddress(decoded, last);
  const meant = far === null ? '' : ` # ${nameOf(far) ?? `0x${far.toString(16)}`}`;
  return {
    address: hex64(at),
    code: word.toString(16).padStart(decoded.length * 2, '0'),
    text: text + meant,
    symbol,
  };
}

/** Where an instruction leads that adds to what AUIPC has left right before it; null: it does not. */
function farAddress(decoded: Decoded, last: Place | null): bigint | null {
  if (last?.decoded?.base.mnemonic !== 'auipc' || decoded.rs1 !== last.decoded.rd) return null;
  if (!/^(jalr|addi|l[bhwd]u?|s[bhwd])$/.test(decoded.base.mnemonic)) return null;
  return BigInt.asUintN(64, last.at + BigInt(last.decoded.imm) + BigInt(decoded.imm));
}
